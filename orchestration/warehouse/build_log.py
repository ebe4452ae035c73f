"""The log of the build file: in which order its raw tables changed, its dbt nodes were built and its checks ended.

The release asks it whether every table was built after what it reads last changed, and whether every check has seen
the tables. It is in the build file itself, so it is right however the file was built: by a run, by a part of one, or
by plain dbt. dbt writes its part in macros/dbt/build_log.sql. Events have the order in which they happened as
numbers, never times: a clock can be set back.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.settings import PROJECT_DIR
from orchestration.storage.files import file_sha256

# dbt creates the same table.
CREATE = """
create schema if not exists build_log;
create table if not exists build_log.latest (
    name varchar primary key, number bigint not null, since bigint not null, state varchar not null, blocks boolean,
    code varchar, description varchar
)
"""
NEXT = "(select coalesce(max(number), 0) + 1 from build_log.latest)"
WRITE = f"""
insert into build_log.latest
select unnest($names), {NEXT}, {NEXT}, unnest($states), unnest($blocks), $code, unnest($descriptions)
on conflict (name) do update set
    number = excluded.number, state = excluded.state, blocks = excluded.blocks, code = excluded.code,
    description = excluded.description
"""
ALL = """
select name, number, since, state, blocks, latest.code, description, content
from build_log.latest left join build_log.contents using (name)
"""

# When bytes were last seen changes with every sighting, and reaches no mart.
CONTENT = """
select count(*), bit_xor(hash(content)), sum(hash(content))
from (select columns(lambda name: name <> 'last_retrieved_at') from raw.{table}) as content
"""

CHANGED = "changed"
# What the tables and the outcomes of checks are made by, besides raw data. dbt's macro lists the same files.
CODE = (
    *(f"dbt_project/{folder}" for folder in ("models", "seeds", "macros", "tests")),
    "orchestration/claims",
    "orchestration/checks",
)
CODE_FILES = ("dbt_project/dbt_project.yml", "orchestration/periods.py", "orchestration/defs/checks.py")
CODE_SUFFIXES = frozenset({".sql", ".py", ".yml", ".yaml", ".csv", ".md"})


@dataclass(frozen=True)
class Entry:
    """The latest event of a raw table, a dbt node or a check.

    Attributes:
        number: The place of the event in the order of all events. All nodes of one run of dbt have one number: dbt
            itself keeps their order.
        since: The number of the first of the latest events of the same version of the code.
        state: `changed` of a raw table; `started` of a node that has not ended; else dbt's status of it.
        blocks: Of a check: whether it would stop the release.
        code: The version of the code, as `code_version` returns it.
        description: What a check found.
        content: Of what dbt built: the hash of what a table then held, see `contents`; None if it holds something else.
    """

    number: int
    since: int
    state: str
    blocks: bool | None
    code: str | None
    description: str | None
    content: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What a check that is not dbt's found."""

    name: str
    state: str
    blocks: bool
    description: str


Log = Mapping[str, Entry]


def read(connection: duckdb.DuckDBPyConnection) -> Log:
    """Return the latest event by name; nothing for a build file from before there was a log of events and contents."""
    exists = (
        "select count(*) from duckdb_tables() where schema_name = 'build_log' and table_name in ('latest', 'contents')"
    )
    if connection.execute(exists).fetchone() != (2,):
        return {}
    return {name: Entry(*entry) for name, *entry in connection.execute(ALL).fetchall()}


def raw_table_changed(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Log that a raw table, named without its schema, changed: in the transaction that changes it."""
    _write(connection, [Outcome(source_name(table), CHANGED, blocks=False, description="")], code=None)


@contextmanager
def logging_changes(connection: duckdb.DuckDBPyConnection, *tables: str) -> Iterator[None]:
    """Log which of some raw tables the block changed, in the transaction that is open around it."""
    before = {table: _content(connection, table) for table in tables}
    yield
    for table in tables:
        if _content(connection, table) != before[table]:
            raw_table_changed(connection, table)


def _content(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[Any, ...] | None:
    exists = "select 1 from duckdb_tables() where schema_name = 'raw' and table_name = $table"
    if not connection.execute(exists, {"table": table}).fetchone():
        return None
    return connection.execute(CONTENT.format(table=table)).fetchone()


def checks_ended(connection: duckdb.DuckDBPyConnection, outcomes: Iterable[Outcome], code: str) -> None:
    """Log the outcomes of checks that are not dbt's, each named by `check_name`."""
    _write(connection, list(outcomes), code)


def still_built(connection: duckdb.DuckDBPyConnection, nodes: Iterable[str]) -> None:
    """Log that building these nodes now would leave them as they are, so that they count as built just now."""
    update = "update build_log.latest set number = (select max(number) from build_log.latest) where name in $nodes"
    connection.execute(update, {"nodes": list(nodes)})


def forget(connection: duckdb.DuckDBPyConnection) -> None:
    """Forget all events: nothing in the build file counts as built any more."""
    connection.execute("drop schema if exists build_log cascade")


def source_name(table: str) -> str:
    """Return the name of a raw table in the log: that of dbt's source."""
    return f"source.entrepot.raw.{table}"


def check_name(asset: str, check: str) -> str:
    """Return the name in the log of a check that is not dbt's."""
    return f"check.{asset}.{check}"


def code_version(project: Path = PROJECT_DIR) -> str:
    """Return a hash of the files that decide what a build makes of raw data, and what its checks find.

    It is of their content: other than times, it is the same for every copy of the project.
    """
    lines = sorted(
        f"{path.relative_to(project).as_posix()} {file_sha256(path)}\n".encode() for path in _code_files(project)
    )
    return hashlib.sha256(b"".join(lines)).hexdigest()


def _code_files(project: Path) -> Iterator[Path]:
    for folder in CODE:
        for path in (project / folder).rglob("*"):
            is_hidden = any(part.startswith(".") for part in path.relative_to(project).parts)
            if path.suffix in CODE_SUFFIXES and path.is_file() and not is_hidden:
                yield path
    yield from (project / file for file in CODE_FILES)


def _write(connection: duckdb.DuckDBPyConnection, outcomes: Sequence[Outcome], code: str | None) -> None:
    connection.execute(CREATE)
    columns = {
        "names": [each.name for each in outcomes],
        "states": [each.state for each in outcomes],
        "blocks": [each.blocks for each in outcomes],
        "descriptions": [each.description for each in outcomes],
    }
    connection.execute(WRITE, {**columns, "code": code})
