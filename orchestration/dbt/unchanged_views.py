"""Whether the views of the build file are as the last whole build left them, so that the next may leave them alone.

A view holds no data: one whose definition stands needs no second writing, and writing the 32 of them is a third of a
build. What counts is what DuckDB itself holds of them, so a view that anything else replaced or dropped is made again.
"""

import hashlib
from pathlib import Path

import duckdb

from orchestration.settings import Settings
from orchestration.warehouse import build_file

VIEWS = "select schema_name, view_name, sql, comment from duckdb_views() where not internal order by all"
# Of the tables that views read too: DuckDB refuses a view whose tables have changed under it.
COLUMNS = """
select schema_name, table_name, column_name, data_type, comment from duckdb_columns() where not internal order by all
"""


def are_unchanged(settings: Settings, project_fingerprint: str) -> bool:
    """Say whether every view is what the last whole build of this very dbt project wrote."""
    mark = _mark(settings)
    return mark.exists() and mark.read_text() == _state(settings, project_fingerprint)


def remember(settings: Settings, project_fingerprint: str) -> None:
    """Note the views as they are, after a whole build of the dbt project that succeeded."""
    _mark(settings).write_text(_state(settings, project_fingerprint))


def is_lake_empty(settings: Settings) -> bool:
    """Say whether the lake holds nothing: then models of it hold nothing either."""
    with build_file.connect(settings, read_only=True) as connection:
        return not connection.execute("select 1 from raw.lake__partitions limit 1").fetchall()


def _mark(settings: Settings) -> Path:
    return settings.build_file.with_name("views.sha256")


def _state(settings: Settings, project_fingerprint: str) -> str:
    digest = hashlib.sha256(project_fingerprint.encode())
    with build_file.connect(settings, read_only=True) as connection:
        try:
            for query in (VIEWS, COLUMNS):
                digest.update(repr(connection.execute(query).fetchall()).encode())
        except duckdb.Error:  # a view that no longer binds is not as it was left
            return ""
    return digest.hexdigest()
