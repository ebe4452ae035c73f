"""Comparison of two releases: tables, columns, rows, and the values of rows with the same primary key.

Values are compared as text, as in the content hash: a change is what a reader would see.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from orchestration.releases.content import Column, Relation, read_relations
from orchestration.releases.directory import Release
from orchestration.releases.errors import ReleaseUnavailable, first_line
from orchestration.warehouse.sql import identifier, literal

LISTED_ROWS = 20

Row = dict[str, str | None]


@dataclass(frozen=True)
class ColumnChange:
    """A column that was added (`before` is None), removed (`after` is None), or got another type or comment."""

    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class RowChange:
    """A row with the same key in both releases whose values changed: column -> (old, new)."""

    key: Row
    values: dict[str, tuple[str | None, str | None]]


@dataclass(frozen=True)
class TableDiff:
    """What changed in one table or view. Counts are exact; of the rows, only the first by key are listed.

    `definition` is (old, new) if the SQL that defines the table, or its comment, changed. Without a primary key that
    both releases share, a changed row counts as one removed and one added.
    """

    table: str
    rows_before: int
    rows_after: int
    rows_added: int = 0
    rows_removed: int = 0
    rows_changed: int = 0
    definition: tuple[str, str] | None = None
    columns: list[ColumnChange] = field(default_factory=list)
    added: list[Row] = field(default_factory=list)
    removed: list[Row] = field(default_factory=list)
    changed: list[RowChange] = field(default_factory=list)


@dataclass(frozen=True)
class ReleaseDiff:
    """What changed from one release to another; `tables` are those in both that differ."""

    before: str
    after: str
    tables_added: list[str]
    tables_removed: list[str]
    tables: list[TableDiff]

    def to_dict(self) -> dict[str, Any]:
        """Return plain dicts, lists, text, numbers and None."""
        return asdict(self)


def diff(before: Release, after: Release, listed: int = LISTED_ROWS) -> ReleaseDiff:
    """Compare two releases, listing per table at most `listed` rows that were added, removed or changed.

    Raises ReleaseUnavailable if one of them cannot be opened, ReleaseDamaged if its description cannot be read.
    """
    if before.id == after.id:
        return ReleaseDiff(before.id, after.id, [], [], [])
    with duckdb.connect() as connection:
        # Timestamps with a zone become text in UTC, as in the content hash.
        connection.execute("set timezone = 'UTC'")
        old, new = _attach(connection, "before", before), _attach(connection, "after", after)
        old_hashes, new_hashes = before.content_hashes, after.content_hashes
        differing = [
            label
            for label in sorted(old.keys() & new.keys())
            if old[label] != new[label] or old_hashes.get(label) != new_hashes.get(label)
        ]
        tables = [_table_diff(connection, old[label], new[label], listed) for label in differing]
    return ReleaseDiff(
        before=before.id,
        after=after.id,
        tables_added=sorted(new.keys() - old.keys()),
        tables_removed=sorted(old.keys() - new.keys()),
        tables=tables,
    )


def _attach(connection: DuckDBPyConnection, catalog: str, release: Release) -> dict[str, Relation]:
    try:
        connection.execute(f"attach {literal(release.database)} as {catalog} (read_only)")
    except duckdb.Error as error:
        remedy = "Close this process's other connections to it; if there are none, roll back to another release."
        raise ReleaseUnavailable(
            f"the release cannot be opened ({first_line(error)})", release.database, remedy
        ) from error
    return {relation.label: relation for relation in read_relations(connection, catalog)}


def _table_diff(connection: DuckDBPyConnection, old: Relation, new: Relation, listed: int) -> TableDiff:
    names = _shared_columns(old, new)
    key = old.primary_key if old.primary_key == new.primary_key else ()
    connection.execute(f"create or replace temp table differing as {_differing(old, new, names, len(key))}")
    rows_removed, removed = _count_and_list(connection, "new is null", listed)
    rows_added, added = _count_and_list(connection, "old is null", listed)
    rows_changed, changed = _count_and_list(connection, "old is not null and new is not null", listed)
    return TableDiff(
        table=new.label,
        rows_before=_count(connection, f"before.{old.quoted}"),
        rows_after=_count(connection, f"after.{new.quoted}"),
        rows_added=rows_added,
        rows_removed=rows_removed,
        rows_changed=rows_changed,
        definition=(_definition(old), _definition(new)) if _definition(old) != _definition(new) else None,
        columns=_column_changes(old, new),
        added=[dict(zip(names, row, strict=True)) for _, row in added],
        removed=[dict(zip(names, row, strict=True)) for row, _ in removed],
        changed=[_row_change(names, len(key), *pair) for pair in changed],
    )


def _shared_columns(old: Relation, new: Relation) -> list[str]:
    """Return the columns that both have: those of the key first, then the others in the new order."""
    kept = {column.name for column in old.columns}
    others = [column.name for column in new.columns if column.name in kept and column.name not in new.primary_key]
    return [*(name for name in new.primary_key if name in kept), *others]


def _differing(old: Relation, new: Relation, names: Sequence[str], key_length: int) -> str:
    """Return SQL for the rows that differ, as lists of text: old (null if added) and new (null if removed)."""
    row = f"[{', '.join(f'{identifier(name)}::varchar' for name in names)}]::varchar[]"
    before, after = f"select {row} as old from before.{old.quoted}", f"select {row} as new from after.{new.quoted}"
    if key_length:
        same_key = f"old[1:{key_length}] = new[1:{key_length}]"
        return f"select old, new from ({before}) full join ({after}) on {same_key} where old is distinct from new"
    return f"""
        select old, null::varchar[] as new from ({before} except all {after})
        union all
        select null, new from ({after} except all {before})
    """


def _count(connection: DuckDBPyConnection, relation: str) -> int:
    counted = connection.execute(f"select count(*) from {relation}").fetchone()
    assert counted is not None
    return int(counted[0])


def _count_and_list(connection: DuckDBPyConnection, condition: str, listed: int) -> tuple[int, list[Any]]:
    query = f"select old, new from differing where {condition} order by coalesce(new, old) limit {listed}"
    return _count(connection, f"differing where {condition}"), connection.execute(query).fetchall()


def _row_change(
    names: Sequence[str], key_length: int, old: Sequence[str | None], new: Sequence[str | None]
) -> RowChange:
    values = list(zip(names, old, new, strict=True))
    return RowChange(
        key={name: value for name, value, _ in values[:key_length]},
        values={name: (was, now) for name, was, now in values[key_length:] if was != now},
    )


def _column_changes(old: Relation, new: Relation) -> list[ColumnChange]:
    was = {column.name: _column_text(column) for column in old.columns}
    now = {column.name: _column_text(column) for column in new.columns}
    return [ColumnChange(name, was.get(name), now.get(name)) for name in was | now if was.get(name) != now.get(name)]


def _column_text(column: Column) -> str:
    return f"{column.type}{'' if column.is_nullable else ' not null'}{_comment_text(column.comment)}"


def _definition(relation: Relation) -> str:
    return relation.sql + _comment_text(relation.comment)


def _comment_text(comment: str | None) -> str:
    return "" if comment is None else f" -- {comment}"
