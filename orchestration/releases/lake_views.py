"""Opening a release with the lake: its views read the lake's files, and no statement can write or read other files.

DuckDB's `allowed_paths` is not enough: it allows writing too, so that COPY with OVERWRITE, even in a CTE, would delete
a read-only file in the user's own folder. So the files are served by a filesystem of our own, `lake://`, which is
read-only and has only the files that the release describes. The two views are written again with those addresses, in a
small read-only database that comes first in the search path.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import duckdb
from duckdb import DuckDBPyConnection

from orchestration.releases.content import LAKE_VIEWS, Relation, read_relations
from orchestration.releases.directory import Release
from orchestration.releases.reader import connect, connect_with_settings
from orchestration.warehouse.sql import identifier, literal

if TYPE_CHECKING:
    from orchestration.releases.lake_files import LakeFiles

SCHEME = "lake://"
CATALOG = "lake"
# Only partitions of the lake are read, whatever the description names.
PARTITION = re.compile(r"/trade_[a-z]+/year=\d{4}/month=\d{4}-\d\d-\d\d/[^/]+\.parquet$")
SEARCH_PATH = "warehouse.main,lake.marts,warehouse.marts"
REMEDY = (
    "Restore the lake to where it was, or run `entrepot build` where the archive is. Aggregates, such as"
    " marts.fct_trade_aggregates, need no lake."
)


def connect_with_lake(release: Release) -> DuckDBPyConnection:
    """Open a release read-only, as `connect` does, with the files of the lake that its views read.

    A query of a view whose files are not all on this machine is an error that says so. Raises ReleaseUnavailable.
    """
    named = [str(file["path"]) for file in release.datapackage.get("lake", [])]
    paths = [path for path in named if PARTITION.search(path)]
    if not paths:
        return connect(release)
    from orchestration.releases.lake_files import LakeFiles  # takes a sixth of a second, and few queries need it

    files = LakeFiles({SCHEME + path: path for path in paths})
    connection = connect_with_settings(release, {})
    with TemporaryDirectory(prefix="entrepot-lake-") as folder:
        overlay = Path(folder) / "lake.duckdb"
        views = [view for view in read_relations(connection, "warehouse") if view.label in LAKE_VIEWS]
        _write(overlay, release, files, views, paths)
        connection.register_filesystem(files)
        connection.execute(f"attach {literal(overlay)} as {CATALOG} (read_only)")
    connection.execute(f"set search_path = {literal(SEARCH_PATH)}")
    connection.execute(f"set allowed_paths = [{', '.join(literal(SCHEME + path) for path in paths)}]")
    connection.execute("set enable_external_access = false; set lock_configuration = true")
    return connection


def _write(
    overlay: Path, release: Release, files: "LakeFiles", views: Sequence[Relation], paths: Sequence[str]
) -> None:
    """Write the views with the new addresses into a separate database."""
    missing = [path for path in paths if not Path(path).is_file()]
    with duckdb.connect() as writer:
        writer.register_filesystem(files)
        writer.execute(f"attach {literal(release.database)} as warehouse (read_only)")
        writer.execute(f"attach {literal(overlay)} as {CATALOG}; use {CATALOG}; create schema marts")
        for view in views:
            absent = [path for path in view.files if path in missing]
            writer.execute(_failing_view(view, absent) if absent else _with_addresses(view, paths))


def _with_addresses(view: Relation, paths: Sequence[str]) -> str:
    sql = re.sub(r"\b(from|join) marts\.", r"\1 warehouse.marts.", view.sql, flags=re.IGNORECASE)
    for path in paths:
        sql = sql.replace(literal(path), literal(SCHEME + path))
    return sql


def _failing_view(view: Relation, absent: Sequence[str]) -> str:
    """Return SQL for a view with the same columns, any query of which fails with a message."""
    columns = ", ".join(f"cast(null as {column.type}) as {identifier(column.name)}" for column in view.columns)
    message = f"{view.label} reads {len(absent)} files of the lake that are not here, such as {absent[0]}. {REMEDY}"
    return f"create view {view.quoted} as select {columns} where error({literal(message)}) is null"
