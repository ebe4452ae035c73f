"""Whether the views of the build file are as the last whole build left them; then the next build skips them.

A view holds no data, so one whose definition has not changed need not be created again; creating the 32 of them is a
third of a build. The comparison uses DuckDB's own catalog, so a view that something else replaced or dropped counts as
changed.
"""

import hashlib
from pathlib import Path

import duckdb

from orchestration.settings import Settings
from orchestration.storage.files import set_aside_unless_file
from orchestration.warehouse import build_file

VIEWS = "select schema_name, view_name, sql, comment from duckdb_views() where not internal order by all"
# Columns of tables too: DuckDB rejects a view if the tables that it reads have changed.
COLUMNS = """
select schema_name, table_name, column_name, data_type, comment from duckdb_columns() where not internal order by all
"""


def are_unchanged(settings: Settings, project_fingerprint: str) -> bool:
    """Return True if every view is as the last whole build of this version of the dbt project wrote it."""
    try:
        return _mark(settings).read_text() == _state(settings, project_fingerprint)
    except (OSError, ValueError):  # missing or damaged
        return False


def remember(settings: Settings, project_fingerprint: str) -> None:
    """Record the views as they are, after a whole build of the dbt project that succeeded."""
    set_aside_unless_file(_mark(settings))
    _mark(settings).write_text(_state(settings, project_fingerprint))


def is_lake_empty(connection: duckdb.DuckDBPyConnection) -> bool:
    """Return True if the lake holds nothing; then its models are empty too."""
    return not connection.execute("select 1 from raw.lake__partitions limit 1").fetchall()


def _mark(settings: Settings) -> Path:
    return settings.build_file.with_name("views.sha256")


def _state(settings: Settings, project_fingerprint: str) -> str:
    digest = hashlib.sha256(project_fingerprint.encode())
    with build_file.connect(settings, read_only=True) as connection:
        try:
            for query in (VIEWS, COLUMNS):
                digest.update(repr(connection.execute(query).fetchall()).encode())
        except duckdb.Error:  # a view that no longer binds has changed
            return ""
    return digest.hexdigest()
