"""Reading a release: opening it for queries, and checking its files against their hashes."""

import os
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from orchestration.releases.directory import Release
from orchestration.releases.errors import ReleaseDamaged, ReleaseUnavailable, first_line
from orchestration.storage.files import file_sha256

HASH_THREADS = 2  # hashing is bound by the processor


def connect(release: Release) -> DuckDBPyConnection:
    """Open a release read-only, for queries that cannot reach files, the network or the settings.

    It is opened by its own path, not through `current`: DuckDB clients before 1.5 reuse a connection that was opened
    through the link earlier, and show its old rows; later ones resolve the link.

    Raises ReleaseUnavailable if it cannot be read or this process has it open with other settings.
    """
    return connect_with_settings(release, {"enable_external_access": "false", "lock_configuration": "true"})


def connect_with_settings(release: Release, settings: Mapping[str, str]) -> DuckDBPyConnection:
    """Open a release read-only, with DuckDB settings of the caller. Raises ReleaseUnavailable."""
    # DuckDB would spill to a folder beside the file, which is inside the release.
    spill = Path(tempfile.gettempdir()) / f"entrepot-spill-{os.getpid()}"
    config: dict[str, str | bool | int | float | list[str]] = {**settings, "temp_directory": str(spill)}
    try:
        return duckdb.connect(str(release.database), read_only=True, config=config)
    except duckdb.Error as error:
        remedy = "Close this process's other connections to it; if there are none, roll back to another release."
        raise ReleaseUnavailable(
            f"the release cannot be opened ({first_line(error)})", release.database, remedy
        ) from error


def verify(release: Release, file: str | None = None) -> None:
    """Check each file of a release, or the one named, against its datapackage.json.

    Raises ReleaseDamaged, naming all files that differ.
    """
    described = [item for item in release.datapackage["resources"] if file in (None, item["path"])]
    with ThreadPoolExecutor(HASH_THREADS) as pool:
        faults = [*filter(None, pool.map(lambda item: _fault(release.path / item["path"], item["hash"]), described))]
    if faults:
        remedy = "Roll back to another release, or build a new one."
        raise ReleaseDamaged(f"files are not those described ({'; '.join(faults)})", release.path, remedy)


def verify_lake(release: Release) -> None:
    """Check each file of the lake that a view of a release reads against datapackage.json.

    Raises ReleaseDamaged, naming all files that differ.
    """
    described = release.datapackage.get("lake", [])
    faults = [fault for file in described if (fault := _fault(Path(file["path"]), f"sha256:{file['sha256']}"))]
    if faults:
        remedy = "Restore the lake's files; `entrepot lake verify` lists those that are missing."
        raise ReleaseDamaged(f"files of the lake are not those described ({'; '.join(faults)})", release.path, remedy)


def _fault(path: Path, described: str) -> str | None:
    if not path.is_file():
        return f"{path.name} is missing"
    try:
        found = f"sha256:{file_sha256(path)}"
    except OSError as error:  # such as a bad block
        return f"{path.name} cannot be read ({error.strerror})"
    return None if found == described else f"{path.name} has {found}, not {described}"
