"""Where a table of the lake is stored: its manifest and files in a folder or at a URL, and local copies for DuckDB."""

import logging
from pathlib import Path

from orchestration import storage
from orchestration.lake import manifest
from orchestration.lake.errors import LakeError
from orchestration.lake.manifest import FileVintage, Manifest
from orchestration.settings import Settings
from orchestration.sources.lake_tables import TABLES
from orchestration.storage.files import file_sha256, finalize_file, replace_durably, set_aside_unless_file


class TableStore:
    """The manifest and files of one table.

    `folder` has the files that DuckDB reads: the originals if the lake is a folder, copies if it is at a URL.
    """

    def __init__(self, lake: Path | str, copies: Path, table: str) -> None:
        self.table = table
        self._store = storage.open_store(lake / table if isinstance(lake, Path) else f"{lake.rstrip('/')}/{table}")
        self.folder = self._store.root if isinstance(self._store, storage.FolderStore) else copies / table

    def manifest(self) -> Manifest:
        """Return the table's manifest, an empty one if there is no file.

        Raises LakeError if neither it nor its backup can be read.
        """
        try:
            return manifest.parse(self._store.read(manifest.FILE))
        except storage.Missing:
            return Manifest()
        except ValueError as error:
            where = self._store.location(manifest.FILE)
            try:
                kept = manifest.parse(self._store.read(manifest.BACKUP))
            except (storage.Missing, ValueError):
                raise LakeError(
                    f"{where} can't be read ({error}); restore it from a backup. Without one, delete it and build: it"
                    " is made again from the archive, without the earlier vintages of publishers' months"
                ) from None
            logging.getLogger(__name__).warning("%s can't be read (%s); its backup is used", where, error)
            return kept

    def commit(self, state: Manifest) -> None:
        """Replace the manifest, atomically and durably. All files it names must have been kept before."""
        for name in (manifest.FILE, manifest.BACKUP):
            self._store.put(name, manifest.render(state))

    def keep(self, partial: Path, file: str) -> Path:
        """Store a finished file under its name, durably; return its local path."""
        path = self.folder / file
        set_aside_unless_file(path)
        finalize_file(partial)
        if not isinstance(self._store, storage.FolderStore):
            self._store.put_file(file, partial)  # before the local rename: a local file is always in the store too
        replace_durably(partial, path)
        return path

    def local_path(self, vintage: FileVintage) -> Path:
        """Return where a vintage's file is on this machine once it is downloaded."""
        return self.folder / vintage.file

    def local_file(self, vintage: FileVintage) -> Path:
        """Return a vintage's file on this machine, downloaded if necessary. Raises LakeError if its hash differs."""
        path = self.local_path(vintage)
        if not path.exists():
            self._download(vintage, path)
        return path

    def has(self, vintage: FileVintage) -> bool:
        """Return True if a vintage's file on this machine, downloaded if necessary, has the hash in the manifest."""
        try:
            return file_sha256(self.local_file(vintage)) == vintage.sha256
        except (LakeError, storage.Missing):
            return False

    def verify(self, vintage: FileVintage) -> None:
        """Raise LakeError unless the stored file of a vintage has the hash in the manifest."""
        try:
            found = self._store.sha256(vintage.file)
        except storage.Missing:
            found = "nothing"
        _compare_hash(found, vintage, self._store.location(vintage.file))

    def _download(self, vintage: FileVintage, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.partial")
        self._store.fetch(vintage.file, partial)
        try:
            _compare_hash(file_sha256(partial), vintage, vintage.file)
        except LakeError:
            partial.unlink()
            raise
        partial.replace(path)


def table_stores(settings: Settings) -> dict[str, TableStore]:
    """Return the store of each table of the lake, by the table's name."""
    return {table: TableStore(settings.lake_dir, settings.lake_copies, table) for table in TABLES}


def _compare_hash(found: str, vintage: FileVintage, where: str) -> None:
    if found != vintage.sha256:
        raise LakeError(f"{where} hashes to {found}, not {vintage.sha256}: restore it from a backup")
