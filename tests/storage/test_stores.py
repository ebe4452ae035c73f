"""Stores: a folder and an object store behave alike, with whole objects and errors that name the location."""

import hashlib
from pathlib import Path

import duckdb
import pytest

from orchestration import storage
from orchestration.storage import FolderStore, Missing, StorageError, Store


def test_object_is_written_read_replaced_and_deleted(store: Store) -> None:
    store.put("a/b", b"one")
    store.put("a/b", b"another")
    assert store.read("a/b") == b"another"
    assert store.exists("a/b")
    store.delete(["a/b", "never/was"])
    assert not store.exists("a/b")
    with pytest.raises(Missing, match="a/b"):
        store.read("a/b")


def test_sizes_lists_objects_below_a_folder_sorted_by_name(store: Store) -> None:
    assert store.sizes() == {}
    for name in ("l/2", "l/10", "l/deep/er", "lake/x"):
        store.put(name, name.encode())
    assert list(store.sizes("l").items()) == [("l/10", 4), ("l/2", 3), ("l/deep/er", 9)]
    assert list(store.sizes()) == ["l/10", "l/2", "l/deep/er", "lake/x"]
    assert store.sizes("none") == {}


def test_read_all_returns_every_object_and_raises_if_one_is_missing(store: Store) -> None:
    for number in range(130):
        store.put(f"many/{number:03}", str(number).encode())
    assert store.read_all(store.sizes("many")) == {f"many/{n:03}": str(n).encode() for n in range(130)}
    assert store.read_all([]) == {}
    assert store.read_all(["many/007"]) == {"many/007": b"7"}
    with pytest.raises(Missing):
        store.read_all(["many/007", "many/none"])


def test_uploaded_file_is_fetched_with_the_same_bytes_and_hash(store: Store, tmp_path: Path) -> None:
    file, back = tmp_path / "file", tmp_path / "back"
    file.write_bytes(bytes(range(256)) * 50_000)
    store.put_file("month=2026-03-01/file", file)
    assert store.sha256("month=2026-03-01/file") == hashlib.sha256(file.read_bytes()).hexdigest()
    store.fetch("month=2026-03-01/file", back)
    assert back.read_bytes() == file.read_bytes()


def test_local_copy_is_made_once_and_verified_by_hash(store: Store, tmp_path: Path) -> None:
    sha256 = hashlib.sha256(b"rows").hexdigest()
    store.put("rows", b"rows")
    first = storage.local_copy(store, "rows", sha256, tmp_path / "cache")
    assert first.read_bytes() == b"rows"
    if not isinstance(store, FolderStore):
        store.delete(["rows"])
        assert storage.local_copy(store, "rows", sha256, tmp_path / "cache") == first
        first.chmod(0o644)
        first.write_bytes(b"tows")
        store.put("rows", b"rows")
        assert storage.local_copy(store, "rows", sha256, tmp_path / "cache").read_bytes() == b"rows"
        assert [path.name for path in (tmp_path / "cache").iterdir()] == [sha256]
    with pytest.raises(storage.Changed, match="its bytes hash to"):
        storage.local_copy(store, "rows", "0" * 64, tmp_path / "cache")
    with pytest.raises(Missing):
        storage.local_copy(store, "no rows", "0" * 64, tmp_path / "cache")


def test_duckdb_reads_parquet_files_from_a_store(store: Store, tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        if store.filesystem:
            connection.register_filesystem(store.filesystem)
        for month in ("2026-03-01", "2026-04-01"):
            connection.execute(f"copy (select 5 as value) to '{tmp_path}/{month}.parquet'")
            store.put_file(f"trade/year=2026/month={month}/a.parquet", tmp_path / f"{month}.parquet")
        query = "select month, sum(value) from read_parquet($files, hive_partitioning = true) group by 1 order by 1"
        rows = connection.execute(query, {"files": store.location("trade/*/*/*.parquet")}).fetchall()
    assert [(str(month), value) for month, value in rows] == [("2026-03-01", 5), ("2026-04-01", 5)]


def test_partial_file_of_a_killed_writer_is_not_listed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / ".b.x1.partial").write_bytes(b"half")
    assert storage.open_store(tmp_path).sizes() == {}


def test_failed_put_in_a_folder_keeps_the_old_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = storage.open_store(tmp_path)
    store.put("pointer", b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(StorageError, match="No space left on device"):
        store.put("pointer", b"new")
    assert store.read("pointer") == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["pointer"]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nosuch://bucket/prefix", "nosuch"),
        ("s3://", "must be a URL such as s3://bucket/prefix"),
        ("/mnt/releases", "must be a URL such as s3://bucket/prefix"),
        ("simplecache::s3://bucket", "must be a URL such as s3://bucket/prefix"),
        ("s3://bucket/x?versionId=1", "must be a URL such as s3://bucket/prefix"),
        ("ftp://role:s3cret@host/x", "must hold no password"),
    ],
)
def test_invalid_store_url_is_rejected_without_repeating_the_password(url: str, message: str) -> None:
    with pytest.raises(StorageError, match=message) as refused:
        storage.open_store(url)
    assert "s3cret" not in str(refused.value)


def test_error_names_the_missing_bucket(s3: str) -> None:
    with pytest.raises(StorageError, match=r"bucket does not exist.*s3://no-such-bucket/x/a"):
        storage.open_store("s3://no-such-bucket/x").put("a", b"1")
