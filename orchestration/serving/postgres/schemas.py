"""The schemas that a release has in PostgreSQL: whose they are, who may read them, and which release they hold."""

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql

from orchestration.releases.content import PUBLISHED_SCHEMAS
from orchestration.serving.postgres.errors import PostgresError

MARK = "Entrepot release "
LOADED = ", loaded "
DESCRIBED = "select nspname, obj_description(oid, 'pg_namespace') from pg_namespace where nspname = any(%s)"
READER = """
select rolsuper or rolcreaterole or rolbypassrls or rolreplication or pg_has_role(oid, current_user, 'member')
from pg_roles where rolname = %s
"""


@dataclass(frozen=True)
class Loaded:
    """The release that PostgreSQL has, and since when."""

    release: str
    at: datetime


def read_mark(connection: psycopg.Connection) -> Loaded | None:
    """Return what the comment on the schemas says; None when no release was ever loaded."""
    for _, comment in connection.execute(DESCRIBED, [list(PUBLISHED_SCHEMAS)]).fetchall():
        if comment and comment.startswith(MARK) and LOADED in comment:
            release, _, at = comment.removeprefix(MARK).partition(LOADED)
            return Loaded(release, datetime.fromisoformat(at))
    return None


def mark(loaded: Loaded) -> sql.Composed:
    """Return SQL that says which release the schemas hold."""
    text = f"{MARK}{loaded.release}{LOADED}{loaded.at.isoformat(timespec='seconds')}"
    return sql.SQL("; ").join(
        sql.SQL("comment on schema {} is {}").format(sql.Identifier(schema), text) for schema in PUBLISHED_SCHEMAS
    )


def prepare(connection: psycopg.Connection, reader: str, where: str) -> None:
    """Make the schemas and the reader's role where they lack, and let the reader, and nobody else, in.

    Raises PostgresError when a schema of that name is somebody else's, or the reader could do more than read.
    """
    described = connection.execute(DESCRIBED, [list(PUBLISHED_SCHEMAS)]).fetchall()
    foreign = sorted(name for name, comment in described if not (comment or "").startswith(MARK))
    if foreign:
        remedy = "Give Entrepot a database of its own: it replaces all tables in these schemas."
        raise PostgresError(f"there is a schema {', '.join(foreign)} that Entrepot did not make", where, remedy)
    _prepare_reader(connection, reader, where)
    for name in PUBLISHED_SCHEMAS:
        schema, role = sql.Identifier(name), sql.Identifier(reader)
        connection.execute(sql.SQL("create schema if not exists {}").format(schema))
        connection.execute(sql.SQL("revoke all on schema {} from public").format(schema))
        connection.execute(sql.SQL("grant usage on schema {} to {}").format(schema, role))


def _prepare_reader(connection: psycopg.Connection, reader: str, where: str) -> None:
    found = connection.execute(READER, [reader]).fetchone()
    if found is None:
        try:
            connection.execute(sql.SQL("create role {} nologin").format(sql.Identifier(reader)))
        except psycopg.errors.InsufficientPrivilege:
            remedy = f'Let an administrator run: create role "{reader}" nologin'
            raise PostgresError(f"there is no role {reader} for readers", where, remedy) from None
    elif found[0]:
        remedy = "Name a plain role in ENTREPOT_POSTGRES_READER, not the one that loads nor an administrator's."
        raise PostgresError(f"the role {reader} could do more than read", where, remedy)
