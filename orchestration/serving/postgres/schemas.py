"""The schemas of a release in PostgreSQL: their ownership, who may read them, and which release they contain."""

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
class LoadedRelease:
    """The release that PostgreSQL has, and the time it was loaded."""

    release: str
    at: datetime


def read_mark(connection: psycopg.Connection) -> LoadedRelease | None:
    """Return the loaded release from the comment on the schemas; None if no release was ever loaded."""
    for _, comment in connection.execute(DESCRIBED, [list(PUBLISHED_SCHEMAS)]).fetchall():
        if comment and comment.startswith(MARK) and LOADED in comment:
            release, _, at = comment.removeprefix(MARK).partition(LOADED)
            return LoadedRelease(release, datetime.fromisoformat(at))
    return None


def mark(loaded: LoadedRelease) -> sql.Composed:
    """Return SQL that writes the loaded release into the comments of the schemas."""
    text = f"{MARK}{loaded.release}{LOADED}{loaded.at.isoformat(timespec='seconds')}"
    return sql.SQL("; ").join(
        sql.SQL("comment on schema {} is {}").format(sql.Identifier(schema), text) for schema in PUBLISHED_SCHEMAS
    )


def prepare(connection: psycopg.Connection, reader: str, where: str) -> None:
    """Create the schemas and the reader's role if they are missing; only the reader gets access to the schemas.

    Raises PostgresError if Entrepot did not create a schema of that name, or the reader's role can do more than read.
    """
    described = connection.execute(DESCRIBED, [list(PUBLISHED_SCHEMAS)]).fetchall()
    foreign = sorted(name for name, comment in described if not (comment or "").startswith(MARK))
    if foreign:
        remedy = "Give Entrepot a database of its own: it replaces all tables in these schemas."
        raise PostgresError(f"there is a schema {', '.join(foreign)} that Entrepot did not create", where, remedy)
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
            remedy = f'Ask an administrator to run: create role "{reader}" nologin'
            raise PostgresError(f"there is no role {reader} for readers", where, remedy) from None
    elif found[0]:
        remedy = "Set ENTREPOT_POSTGRES_READER to a plain role: neither the loading role nor an administrator."
        raise PostgresError(f"the role {reader} can do more than read", where, remedy)
