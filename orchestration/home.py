"""Where everything is that the program writes: the folders and files under ENTREPOT_HOME."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.storage.files import write_atomically

# Raise it when older code can no longer read what newer code writes. Homes without a mark have layout 1.
LAYOUT = 1
MARK = "layout.json"


class NewerHome(Exception):
    """A home was written by a newer version of this program, in a layout that this one doesn't know."""


def require_known_layout(home: Path) -> None:
    """Raise NewerHome if the home's mark names a later layout. A damaged mark says nothing, and is written again."""
    found = _marked(home)
    if found > LAYOUT:
        raise NewerHome(
            f"{home} was written by a newer version, in layout {found}; this version knows layout {LAYOUT}."
            " Use that version, or set ENTREPOT_HOME to another folder."
        )


def mark_layout(home: Path) -> None:
    """Write the mark if it is missing, damaged or of an earlier layout. Raises NewerHome."""
    require_known_layout(home)
    if _marked(home) < LAYOUT:
        with write_atomically(home / MARK) as file:
            file.write(json.dumps({"layout": LAYOUT}).encode() + b"\n")


def _marked(home: Path) -> int:
    try:
        layout = json.loads((home / MARK).read_bytes())["layout"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return 0
    return layout if isinstance(layout, int) else 0


class Home:
    """The places of a home. Archive and lake may be elsewhere, in a folder or at a URL."""

    if TYPE_CHECKING:  # fields of the settings, in their order there
        home: Path
        archive: Path | str | None
        lake: Path | str | None

    @property
    def archive_dir(self) -> Path | str:
        """The archive: a folder or a URL."""
        return self.archive or self.home / "archive"

    @property
    def build_file(self) -> Path:
        """The DuckDB file that runs build; releases are made from it."""
        return self.home / "build" / "warehouse.duckdb"

    @property
    def parsing_dir(self) -> Path:
        """Names the payloads that are being parsed."""
        return self.home / "build" / "parsing"

    @property
    def spill_dir(self) -> Path:
        return self.home / "build" / "spill"

    @property
    def lake_dir(self) -> Path | str:
        """The lake: a folder or a URL."""
        return self.lake or self.home / "lake"

    @property
    def lake_copies(self) -> Path:
        """Local copies of files of a lake at a URL."""
        return self.home / "lake"

    @property
    def lock_file(self) -> Path:
        """Is locked by the process that changes the build file."""
        return self.home / "build" / "run.lock"

    @property
    def dbt_target_dir(self) -> Path:
        return self.home / "build" / "dbt"

    @property
    def spark_dir(self) -> Path:
        return self.home / "build" / "spark"

    @property
    def releases_dir(self) -> Path:
        return self.home / "releases"

    @property
    def current(self) -> Path:
        return self.home / "current"

    @property
    def dagster_home(self) -> Path:
        return self.home / "dagster"
