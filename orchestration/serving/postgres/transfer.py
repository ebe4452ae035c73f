"""Load a release into PostgreSQL: fill, compare with the release, swap, all in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import duckdb
import psycopg
from duckdb import DuckDBPyConnection
from psycopg import sql

from orchestration.releases import Release
from orchestration.releases.content import LAKE_VIEWS, PUBLISHED_SCHEMAS, Relation, count_and_hash, read_relations
from orchestration.serving.postgres import rows, schemas, tables
from orchestration.serving.postgres.errors import PostgresBusy, PostgresError, ReleaseMismatch
from orchestration.serving.postgres.session import APPLICATION, connect, place
from orchestration.serving.postgres.swap import swap
from orchestration.warehouse.sql import literal

LOCK_WAIT_MILLISECONDS = 200
# A reader may call itself by the same name, but may not create schemas.
OTHER_LOADS = """
select pid, usename from pg_stat_activity
where application_name = %s and datname = current_database() and pid <> pg_backend_pid()
    and has_database_privilege(usesysid, datid, 'create')
order by 1 limit 5
"""


def load(url: str, release: Release, reader: str) -> schemas.LoadedRelease:
    """Load a release in place of the one that PostgreSQL has; `reader` is the role that may read it.

    The views of the lake are not loaded: PostgreSQL gets the aggregates only. Readers see the new release at once when
    the load is committed; a load that ends before that leaves nothing behind.

    Raises PostgresUnavailable, PostgresBusy, ReleaseMismatch or another PostgresError; the old release is then kept.
    """
    with connect(url) as connection, _opened(release) as warehouse:
        _lock_out_other_loads(connection, place(url))
        schemas.prepare(connection, reader, place(url))
        relations = [each for each in read_relations(warehouse, "release") if each.label not in LAKE_VIEWS]
        for relation in relations:
            _fill(connection, warehouse, relation, reader)
        for relation in relations:
            _audit(connection, warehouse, relation, release)
        done = schemas.LoadedRelease(release.id, datetime.now(UTC))
        swap(connection, relations, done, reader)
    return done


def loaded(url: str) -> schemas.LoadedRelease | None:
    """Return the release that PostgreSQL has; None if there is none. Raises PostgresError if it cannot be read."""
    with connect(url) as connection:
        return schemas.read_mark(connection)


@contextmanager
def _opened(release: Release) -> Iterator[DuckDBPyConnection]:
    """Yield a connection with the release attached read-only as `release`. Raises PostgresError if it is unreadable."""
    try:
        with duckdb.connect() as connection:
            # Timestamps with a zone become text in UTC, as in the content hash.
            connection.execute("set global timezone = 'UTC'")
            connection.execute(f"attach {literal(release.database)} as release (read_only)")
            yield connection
    except duckdb.Error as error:
        remedy = "Check it with `entrepot releases verify`; then roll back, or build a new one."
        raise PostgresError(f"the release cannot be read ({error})", release.database, remedy) from error


def _lock_out_other_loads(connection: psycopg.Connection, where: str) -> None:
    """Create the schemas to fill, which locks out other loads until this transaction ends. Raises PostgresBusy.

    A name can't be taken twice, also while the other transaction is open, and readers can't create schemas. An advisory
    lock, in contrast, could be taken by any reader, who would then block every load.
    """
    names = [sql.Identifier(tables.loading_schema(schema)) for schema in PUBLISHED_SCHEMAS]
    try:
        with connection.transaction():
            connection.execute(sql.SQL("set local lock_timeout = {}").format(LOCK_WAIT_MILLISECONDS))
            connection.execute(sql.SQL("; ").join(sql.SQL("create schema {}").format(name) for name in names))
            connection.execute("set local lock_timeout = 0")
    except psycopg.errors.LockNotAvailable:
        loads = connection.execute(OTHER_LOADS, [APPLICATION]).fetchall()
        who = ", ".join(f"process {pid} of {user}" for pid, user in loads) or "its session has just ended"
        remedy = "Wait for it to end and try again."
        raise PostgresBusy(f"another load is running ({who})", where, remedy) from None
    except psycopg.errors.DuplicateSchema as error:
        remedy = "No load leaves such a schema behind: find out who made it, drop it, and load again."
        raise PostgresError(
            f"there is a schema that only loads may make ({error.diag.message_primary})", where, remedy
        ) from None


def _fill(connection: psycopg.Connection, warehouse: DuckDBPyConnection, relation: Relation, reader: str) -> None:
    connection.execute(tables.create(relation))
    rows.copy_in(connection, warehouse, relation, tables.loading_table(relation))
    for statement in tables.finish(relation, reader):
        connection.execute(statement)


def _audit(connection: psycopg.Connection, warehouse: DuckDBPyConnection, relation: Relation, release: Release) -> None:
    """Read a table back and compare it with the release.

    A release describes the rows and hash of its tables but not of its views, so a view is read from DuckDB.
    Raises ReleaseMismatch.
    """
    found = rows.read_back(connection, warehouse, relation, tables.loading_table(relation))
    if relation.is_view:
        names = [column.name for column in relation.columns]
        expected = count_and_hash(warehouse, f"release.{relation.quoted}", names)
    else:
        expected = (release.rows[relation.label], release.content_hashes[relation.label].removeprefix("sha256:"))
    if found != expected:
        what = f"{found[0]} rows were read back of {expected[0]}" if found[0] != expected[0] else "the rows differ"
        remedy = "The old release stays loaded. Look for triggers or settings that change rows; then load again."
        raise ReleaseMismatch(f"the table in PostgreSQL differs from the release ({what})", relation.label, remedy)
