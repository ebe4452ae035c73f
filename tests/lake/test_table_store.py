"""A table's files are at the path and have the hash of the manifest, in a folder and at a URL."""

from datetime import UTC, datetime
from pathlib import Path

import fsspec
import pytest

from orchestration.lake import manifest
from orchestration.lake.errors import LakeError
from orchestration.lake.manifest import FileVintage
from orchestration.lake.table_store import TableStore
from orchestration.sources.lake_tables import TRADE_DETAIL
from orchestration.storage import StorageError
from testing.lake_files import KEY, Lake, row


def vintage_of(lake: Lake) -> FileVintage:
    """Write a file of one row, add it to the manifest, and return the manifest's entry."""
    written = lake.write([row()])
    state = lake.store.manifest()
    state.add(
        KEY,
        FileVintage(
            id="v1",
            **vars(written),
            source_id="un_comtrade",
            is_complete=True,
            payloads=("ab12",),
            known_from=datetime(2026, 5, 1, tzinfo=UTC),
        ),
    )
    lake.store.commit(state)
    [(_, vintage)] = lake.store.manifest().vintages()
    return vintage


@pytest.fixture
def at_url(tmp_path: Path, bucket: str) -> Lake:
    """A lake at a URL, with local copies in a folder."""
    return Lake(tmp_path, f"{bucket}/lake")


def objects(url: str) -> dict[str, int]:
    """Return the sizes of the objects at a URL."""
    filesystem = fsspec.filesystem("s3", use_listings_cache=False)
    return {path.partition("/lake/")[2]: filesystem.size(path) for path in filesystem.find(url)}


def test_file_in_a_folder_is_read_in_place(lake: Lake) -> None:
    vintage = vintage_of(lake)
    assert lake.store.local_file(vintage) == lake.folder / "lake" / "trade_detail" / vintage.file
    lake.store.verify(vintage)


def test_lake_at_a_url_has_local_copies(at_url: Lake, bucket: str) -> None:
    vintage = vintage_of(at_url)
    manifest_bytes = len(manifest.render(at_url.store.manifest()))
    assert objects(f"{bucket}/lake") == {
        "trade_detail/manifest.json": manifest_bytes,
        "trade_detail/manifest.backup.json": manifest_bytes,
        f"trade_detail/{vintage.file}": vintage.bytes,
    }
    copy = at_url.store.local_file(vintage)
    assert copy == at_url.folder / "copies" / "trade_detail" / vintage.file
    assert copy.stat().st_size == vintage.bytes
    at_url.store.verify(vintage)


def test_lost_copy_is_downloaded_again(at_url: Lake) -> None:
    vintage = vintage_of(at_url)
    copy = at_url.store.local_file(vintage)
    written = copy.read_bytes()
    copy.unlink()
    assert at_url.store.local_file(vintage).read_bytes() == written


def test_another_machine_with_no_copies_reads_the_lake(at_url: Lake, bucket: str, tmp_path: Path) -> None:
    vintage = vintage_of(at_url)
    elsewhere = TableStore(f"{bucket}/lake/", tmp_path / "elsewhere", TRADE_DETAIL.name)
    [(key, found)] = elsewhere.manifest().vintages()
    assert (key, found) == (KEY, vintage)
    assert elsewhere.local_file(found).is_relative_to(tmp_path / "elsewhere")
    assert elsewhere.local_file(found).read_bytes() == at_url.store.local_file(vintage).read_bytes()


def test_changed_file_at_a_url_fails_download_and_verification(at_url: Lake, bucket: str) -> None:
    vintage = vintage_of(at_url)
    copy = at_url.store.local_file(vintage)
    fsspec.filesystem("s3").pipe_file(f"{bucket}/lake/trade_detail/{vintage.file}", b"changed")
    copy.unlink()
    with pytest.raises(LakeError, match=f"hashes to .*, not {vintage.sha256}: restore it from a backup"):
        at_url.store.local_file(vintage)
    assert not [path for path in copy.parent.iterdir() if path.is_file()]
    with pytest.raises(LakeError, match=f"^{bucket}/lake/trade_detail/{vintage.file} hashes to "):
        at_url.store.verify(vintage)


def test_verify_finds_a_changed_byte_and_a_missing_file(lake: Lake) -> None:
    vintage = vintage_of(lake)
    path = lake.store.local_file(vintage)
    path.chmod(0o644)
    payload = bytearray(path.read_bytes())
    payload[len(payload) // 2] ^= 1
    path.write_bytes(payload)
    with pytest.raises(LakeError, match=f"{vintage.file} hashes to [0-9a-f]{{64}}, not {vintage.sha256}"):
        lake.store.verify(vintage)
    path.unlink()
    with pytest.raises(LakeError, match=f"{vintage.file} hashes to nothing, not {vintage.sha256}"):
        lake.store.verify(vintage)


def test_missing_file_in_a_folder_is_an_error_that_names_it(lake: Lake) -> None:
    vintage = vintage_of(lake)
    lake.store.local_file(vintage).unlink()
    with pytest.raises(StorageError, match=vintage.file):
        lake.store.local_file(vintage)


def test_file_is_uploaded_before_the_manifest_names_it(at_url: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise StorageError("the network is gone", "there", "Try again.")

    monkeypatch.setattr(at_url.store._store, "put_file", fail)
    with pytest.raises(StorageError, match="the network is gone"):
        at_url.write([row()])
    assert at_url.files() == []
    monkeypatch.undo()
    assert at_url.write([row()]).rows == 1
