"""Where a table of the lake lies: its manifest and files in a store, and the files on this machine for DuckDB."""

from pathlib import Path

from orchestration import storage
from orchestration.lake import manifest
from orchestration.lake.errors import LakeError
from orchestration.lake.manifest import FileVintage, Manifest
from orchestration.settings import Settings
from orchestration.sources.lake_tables import TABLES
from orchestration.storage.files import file_sha256, finalize_file, replace_durably


class TableStore:
    """A table's store. In a folder its files are read where they lie; those at a URL are copied to this machine."""

    def __init__(self, lake: Path | str, copies: Path, table: str) -> None:
        self.table = table
        self._store = storage.open_store(lake / table if isinstance(lake, Path) else f"{lake.rstrip('/')}/{table}")
        self.folder = self._store.root if isinstance(self._store, storage.FolderStore) else copies / table

    def manifest(self) -> Manifest:
        """Return the table's manifest, an empty one where there is none. Raises LakeError."""
        try:
            return manifest.parse(self._store.read(manifest.FILE))
        except storage.Missing:
            return Manifest()
        except ValueError as error:
            where = self._store.location(manifest.FILE)
            raise LakeError(f"{where} can't be read ({error}); delete it and build: it is made again") from None

    def commit(self, state: Manifest) -> None:
        """Replace the manifest, atomically and durably: all that it names was kept before."""
        self._store.put(manifest.FILE, manifest.render(state))

    def keep(self, partial: Path, file: str) -> Path:
        """Give a finished file its name, here and in the store, durably; return where it lies here."""
        path = self.folder / file
        finalize_file(partial)
        if not isinstance(self._store, storage.FolderStore):  # first, so that what is here is there too
            self._store.put_file(file, partial)
        replace_durably(partial, path)
        return path

    def file(self, vintage: FileVintage) -> Path:
        """Return a vintage's file on this machine, fetched if need be. Raises LakeError when it has another hash."""
        path = self.folder / vintage.file
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(f".{path.name}.partial")
            self._store.fetch(vintage.file, partial)
            _refuse_other(partial, vintage)
            partial.replace(path)
        return path

    def verify(self, vintage: FileVintage) -> None:
        """Raise LakeError unless a vintage's file, in the store, has the hash that the manifest gives it."""
        try:
            found = self._store.sha256(vintage.file)
        except storage.Missing:
            found = "nothing"
        if found != vintage.sha256:
            where = self._store.location(vintage.file)
            raise LakeError(f"{where} hashes to {found}, not {vintage.sha256}: restore it where it comes from")


def table_stores(settings: Settings) -> dict[str, TableStore]:
    """Return where each table of the lake lies."""
    return {table: TableStore(settings.lake_dir, settings.lake_copies, table) for table in TABLES}


def _refuse_other(path: Path, vintage: FileVintage) -> None:
    found = file_sha256(path)
    if found != vintage.sha256:
        path.unlink()
        raise LakeError(f"{vintage.file} hashes to {found}, not {vintage.sha256}: restore it where it comes from")
