"""The swap: the old tables go and the new ones take their names, in the transaction that filled them.

Whoever reads an old table holds it until their transaction ends, so no statement ever sees tables of two releases: the
swap cannot be committed before. It asks for the old tables for a moment only and then steps back, so that readers who
queue behind it wait no longer than that, and so that PostgreSQL, which looks for deadlocks after a second, never ends a
reader's query in its favour. The schemas themselves stay, with all that was granted on them.
"""

from collections.abc import Sequence

import psycopg
from psycopg import errors, sql
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random

from orchestration.releases.content import PUBLISHED_SCHEMAS, Relation
from orchestration.serving.postgres import as_of, schemas, tables
from orchestration.serving.postgres.errors import PostgresHeld

ASK_MILLISECONDS = 200
PATIENCE_SECONDS = 60
PAUSE_SECONDS = (0.05, 0.5)
WAITED = (errors.QueryCanceled, errors.LockNotAvailable, errors.DeadlockDetected)

OLD_TABLES = """
select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any(%s) and c.relkind = 'r' order by 1, 2
"""
HOLDERS = """
select distinct a.pid, a.usename, coalesce(a.application_name, '')
from pg_locks l join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
join pg_stat_activity a on a.pid = l.pid
where n.nspname = any(%s) and l.granted and l.pid <> pg_backend_pid() order by 1 limit 5
"""


def swap(connection: psycopg.Connection, relations: Sequence[Relation], loaded: schemas.Loaded, reader: str) -> None:
    """Put the filled tables in the place of the old ones. Raises PostgresHeld when readers never let go.

    The caller commits, at once: from here on readers wait.
    """
    found = connection.execute(OLD_TABLES, [list(PUBLISHED_SCHEMAS)]).fetchall()
    old = sql.SQL(", ").join(sql.Identifier(*name) for name in found)
    steps = sql.SQL("; ").join(
        [
            *([sql.SQL("drop table {}").format(old)] if found else []),
            *(_place(relation) for relation in relations),
            *(sql.SQL("drop schema {}").format(sql.Identifier(tables.loading(each))) for each in PUBLISHED_SCHEMAS),
            schemas.mark(loaded),
        ]
    )
    attempts = Retrying(
        retry=retry_if_exception_type(WAITED),
        wait=wait_random(*PAUSE_SECONDS),
        stop=stop_after_delay(PATIENCE_SECONDS),
        reraise=True,
    )
    try:
        for attempt in attempts:
            with attempt, connection.transaction():
                if found:
                    _lock(connection, old)
                connection.execute(steps)
                as_of.replace(connection, relations, reader)
    except WAITED:
        raise _held(connection) from None


def _place(relation: Relation) -> sql.Composed:
    return sql.SQL("alter table {} set schema {}").format(tables.waiting(relation), sql.Identifier(relation.schema))


def _lock(connection: psycopg.Connection, old: sql.Composed) -> None:
    """Lock the old tables against readers. The time is that of the whole statement, not of each table."""
    connection.execute(sql.SQL("set local statement_timeout = {}").format(ASK_MILLISECONDS))
    connection.execute(sql.SQL("lock table {} in access exclusive mode").format(old))
    connection.execute("set local statement_timeout = 0")


def _held(connection: psycopg.Connection) -> PostgresHeld:
    holders = connection.execute(HOLDERS, [list(PUBLISHED_SCHEMAS)]).fetchall()
    who = ", ".join(f"process {pid} of {user} {name}".strip() for pid, user, name in holders) or "queries in turn"
    remedy = "Let them end their transactions (pg_terminate_backend ends one), then run `entrepot postgres load`."
    return PostgresHeld(f"the old tables were in use for {PATIENCE_SECONDS} s", who, remedy)
