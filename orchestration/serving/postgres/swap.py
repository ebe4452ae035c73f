"""The swap: the new tables replace the old ones, in the transaction that filled them.

A reader locks an old table until its transaction ends, and the swap cannot be committed before that, so no statement
ever sees tables of two releases. The swap waits for its locks only briefly and then retries: readers that queue behind
it wait no longer than that, and PostgreSQL, which looks for deadlocks after a second, never cancels a reader's query in
favour of the swap. The schemas themselves are kept, with all grants on them.
"""

from collections.abc import Sequence

import psycopg
from psycopg import errors, sql
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random

from orchestration.releases.content import PUBLISHED_SCHEMAS, Relation
from orchestration.serving.postgres import as_of, schemas, tables
from orchestration.serving.postgres.errors import PostgresBusy

LOCK_WAIT_MILLISECONDS = 200
GIVE_UP_SECONDS = 60
PAUSE_SECONDS = (0.05, 0.5)
LOCK_ERRORS = (errors.QueryCanceled, errors.LockNotAvailable, errors.DeadlockDetected)

OLD_TABLES = """
select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any(%s) and c.relkind = 'r' order by 1, 2
"""
# A prepared transaction keeps its locks without a session, even after a restart of the server.
BLOCKING_SESSIONS = """
select distinct coalesce(
    'process ' || a.pid || ' of ' || a.usename || ' ' || coalesce(a.application_name, ''),
    'prepared transaction ' || quote_literal(p.gid) || ' of ' || p.owner
)
from pg_locks l join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
left join pg_stat_activity a on a.pid = l.pid
left join pg_prepared_xacts p on l.pid is null and l.virtualtransaction = '-1/' || p.transaction
where n.nspname = any(%s) and l.granted and l.pid is distinct from pg_backend_pid() order by 1 limit 5
"""


def swap(
    connection: psycopg.Connection, relations: Sequence[Relation], loaded: schemas.LoadedRelease, reader: str
) -> None:
    """Replace the old tables by the filled ones. Raises PostgresBusy if readers keep the old tables locked.

    The caller must commit at once: readers wait from here on.
    """
    found = connection.execute(OLD_TABLES, [list(PUBLISHED_SCHEMAS)]).fetchall()
    old = sql.SQL(", ").join(sql.Identifier(*name) for name in found)
    steps = sql.SQL("; ").join(
        [
            *([sql.SQL("drop table {}").format(old)] if found else []),
            *(_place(relation) for relation in relations),
            *(
                sql.SQL("drop schema {}").format(sql.Identifier(tables.loading_schema(each)))
                for each in PUBLISHED_SCHEMAS
            ),
            schemas.mark(loaded),
        ]
    )
    attempts = Retrying(
        retry=retry_if_exception_type(LOCK_ERRORS),
        wait=wait_random(*PAUSE_SECONDS),
        stop=stop_after_delay(GIVE_UP_SECONDS),
        reraise=True,
    )
    try:
        for attempt in attempts:
            with attempt, connection.transaction():
                if found:
                    _lock(connection, old)
                connection.execute(steps)
                as_of.replace(connection, relations, reader)
    except LOCK_ERRORS:
        raise _busy_error(connection) from None


def _place(relation: Relation) -> sql.Composed:
    return sql.SQL("alter table {} set schema {}").format(
        tables.loading_table(relation), sql.Identifier(relation.schema)
    )


def _lock(connection: psycopg.Connection, old: sql.Composed) -> None:
    """Lock the old tables against readers. The timeout is for the whole statement, not for each table."""
    connection.execute(sql.SQL("set local statement_timeout = {}").format(LOCK_WAIT_MILLISECONDS))
    connection.execute(sql.SQL("lock table {} in access exclusive mode").format(old))
    connection.execute("set local statement_timeout = 0")


def _busy_error(connection: psycopg.Connection) -> PostgresBusy:
    sessions = connection.execute(BLOCKING_SESSIONS, [list(PUBLISHED_SCHEMAS)]).fetchall()
    who = ", ".join(description.strip() for (description,) in sessions if description) or "queries in turn"
    remedy = (
        "Wait until their transactions end (pg_terminate_backend ends a process, `rollback prepared` a prepared one),"
        " then run `entrepot postgres load`."
    )
    return PostgresBusy(f"the old tables were in use for {GIVE_UP_SECONDS} s", who, remedy)
