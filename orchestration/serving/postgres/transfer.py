"""Loading a release into PostgreSQL: fill, hold against the release, swap, all in one transaction."""

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
from orchestration.serving.postgres.errors import NotTheRelease, PostgresError, PostgresHeld
from orchestration.serving.postgres.session import connect, place
from orchestration.serving.postgres.swap import swap
from orchestration.warehouse.sql import literal

LOCK_KEY = 0x656E747265706F74  # "entrepot"


def load(url: str, release: Release, reader: str) -> schemas.Loaded:
    """Put a release in the place of the one that PostgreSQL has; `reader` is the role that may read it.

    The detail of the lake stays there: PostgreSQL has the aggregates. What readers see changes at once, when the load
    is committed. Whatever ends a load before leaves nothing of it.

    Raises PostgresUnavailable, PostgresHeld, NotTheRelease, or another PostgresError; the old release is then whole.
    """
    with connect(url) as connection, _opened(release) as warehouse:
        _hold(connection, place(url))
        schemas.prepare(connection, reader, place(url))
        relations = [each for each in read_relations(warehouse, "release") if each.label not in LAKE_VIEWS]
        for schema in PUBLISHED_SCHEMAS:
            connection.execute(sql.SQL("create schema {}").format(sql.Identifier(tables.loading(schema))))
        for relation in relations:
            _fill(connection, warehouse, relation, reader)
        for relation in relations:
            _audit(connection, warehouse, relation, release)
        done = schemas.Loaded(release.id, datetime.now(UTC))
        swap(connection, relations, done, reader)
    return done


def loaded(url: str) -> schemas.Loaded | None:
    """Return which release PostgreSQL has, if any. Raises PostgresError when it cannot say."""
    with connect(url) as connection:
        return schemas.read_mark(connection)


@contextmanager
def _opened(release: Release) -> Iterator[DuckDBPyConnection]:
    """Attach a release, read-only, as `release`. Raises PostgresError when DuckDB cannot read it to the end."""
    try:
        with duckdb.connect() as connection:
            # Timestamps with a zone become text in UTC, as in the content hash.
            connection.execute("set global timezone = 'UTC'")
            connection.execute(f"attach {literal(release.database)} as release (read_only)")
            yield connection
    except duckdb.Error as error:
        remedy = "Look at it with `entrepot releases verify`; roll back, or build a new one."
        raise PostgresError(f"the release cannot be read ({error})", release.database, remedy) from error


def _hold(connection: psycopg.Connection, where: str) -> None:
    """Keep other loads out until this one ends, however it ends."""
    held = connection.execute("select pg_try_advisory_xact_lock(%s)", [LOCK_KEY]).fetchone()
    if held != (True,):
        raise PostgresHeld("another load is under way", where, "Wait for it to end and try again.")


def _fill(connection: psycopg.Connection, warehouse: DuckDBPyConnection, relation: Relation, reader: str) -> None:
    connection.execute(tables.create(relation))
    rows.copy_in(connection, warehouse, relation, tables.waiting(relation))
    for statement in tables.finish(relation, reader):
        connection.execute(statement)


def _audit(connection: psycopg.Connection, warehouse: DuckDBPyConnection, relation: Relation, release: Release) -> None:
    """Read a table back and hold it against the release's description; a view's rows, which it lacks, against DuckDB's.

    Raises NotTheRelease.
    """
    found = rows.read_back(connection, warehouse, relation, tables.waiting(relation))
    if relation.is_view:
        names = [column.name for column in relation.columns]
        wanted = count_and_hash(warehouse, f"release.{relation.quoted}", names)
    else:
        wanted = (release.rows[relation.label], release.content_hashes[relation.label].removeprefix("sha256:"))
    if found != wanted:
        what = f"{found[0]} rows were read back of {wanted[0]}" if found[0] != wanted[0] else "the rows differ"
        remedy = "The old release stays. Look for triggers or settings that change rows; then load again."
        raise NotTheRelease(f"what PostgreSQL holds is not the release's ({what})", relation.label, remedy)
