"""Reading a release: opening it for queries, and checking its files against its description."""

import hashlib
import os
import tempfile
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from orchestration.warehouse.releases.errors import ReleaseDamaged, ReleaseUnavailable, first_line
from orchestration.warehouse.releases.store import Release


def connect(release: Release) -> DuckDBPyConnection:
    """Open a release read-only, for queries that cannot reach files, the network or the settings.

    It is opened by its own path, not through `current`: DuckDB clients before 1.5 take a connection through the link
    for the one that they still hold, and show its old rows; later ones look where the link leads.

    Raises ReleaseUnavailable when this process has it open with other settings, or it cannot be read.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": "false",
        "lock_configuration": "true",
        # The default is beside the file, inside the release.
        "temp_directory": str(Path(tempfile.gettempdir()) / f"entrepot-spill-{os.getpid()}"),
    }
    try:
        return duckdb.connect(str(release.database), read_only=True, config=config)
    except duckdb.Error as error:
        remedy = "Close this process's other connections to it; if there are none, roll back to another release."
        raise ReleaseUnavailable(
            f"the release cannot be opened ({first_line(error)})", release.database, remedy
        ) from error


def verify(release: Release, file: str | None = None) -> None:
    """Hold each file of a release, or the one named, against its datapackage.json.

    Raises ReleaseDamaged, naming all files that differ.
    """
    faults = [
        fault
        for item in release.datapackage["resources"]
        if file in (None, item["path"]) and (fault := _fault(release.path / item["path"], item["hash"]))
    ]
    if faults:
        remedy = "Roll back to another release, or build a new one."
        raise ReleaseDamaged(f"files are not those described ({'; '.join(faults)})", release.path, remedy)


def _fault(path: Path, described: str) -> str | None:
    if not path.is_file():
        return f"{path.name} is missing"
    with path.open("rb") as file:
        found = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    return None if found == described else f"{path.name} has {found}, not {described}"
