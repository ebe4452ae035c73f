"""A folder and an object store do the same: whole objects, listed in order, and errors that say where."""

import hashlib
from pathlib import Path

import duckdb
import pytest

from orchestration import storage
from orchestration.storage import Folder, Missing, StorageError, Store


def test_an_object_is_written_read_replaced_and_deleted(store: Store) -> None:
    store.put("a/b", b"one")
    store.put("a/b", b"another")
    assert store.read("a/b") == b"another"
    assert store.exists("a/b")
    store.delete(["a/b", "never/was"])
    assert not store.exists("a/b")
    with pytest.raises(Missing, match="a/b"):
        store.read("a/b")


def test_objects_are_listed_below_a_folder_in_order_with_their_sizes(store: Store) -> None:
    assert store.sizes() == {}
    for name in ("l/2", "l/10", "l/deep/er", "lake/x"):
        store.put(name, name.encode())
    assert list(store.sizes("l").items()) == [("l/10", 4), ("l/2", 3), ("l/deep/er", 9)]
    assert list(store.sizes()) == ["l/10", "l/2", "l/deep/er", "lake/x"]
    assert store.sizes("none") == {}


def test_many_are_read_at_once_and_one_that_lacks_is_an_error(store: Store) -> None:
    for number in range(130):
        store.put(f"many/{number:03}", str(number).encode())
    assert store.read_all(store.sizes("many")) == {f"many/{n:03}": str(n).encode() for n in range(130)}
    assert store.read_all([]) == {}
    assert store.read_all(["many/007"]) == {"many/007": b"7"}
    with pytest.raises(Missing):
        store.read_all(["many/007", "many/none"])


def test_a_file_goes_there_and_comes_back_with_its_hash(store: Store, tmp_path: Path) -> None:
    file, back = tmp_path / "file", tmp_path / "back"
    file.write_bytes(bytes(range(256)) * 50_000)
    store.put_file("month=2026-03-01/file", file)
    assert store.sha256("month=2026-03-01/file") == hashlib.sha256(file.read_bytes()).hexdigest()
    store.fetch("month=2026-03-01/file", back)
    assert back.read_bytes() == file.read_bytes()


def test_a_local_copy_is_made_once_and_proved_by_its_hash(store: Store, tmp_path: Path) -> None:
    sha256 = hashlib.sha256(b"rows").hexdigest()
    store.put("rows", b"rows")
    first = storage.local_copy(store, "rows", sha256, tmp_path / "cache")
    assert first.read_bytes() == b"rows"
    if not isinstance(store, Folder):
        store.delete(["rows"])
        assert storage.local_copy(store, "rows", sha256, tmp_path / "cache") == first
        store.put("rows", b"tows")
        with pytest.raises(StorageError, match="its bytes hash to"):
            storage.local_copy(store, "rows", "0" * 64, tmp_path / "cache")
        assert [path.name for path in (tmp_path / "cache").iterdir()] == [sha256]


def test_duckdb_reads_the_parquet_files_of_a_store(store: Store, tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        if store.filesystem:
            connection.register_filesystem(store.filesystem)
        for month in ("2026-03-01", "2026-04-01"):
            connection.execute(f"copy (select 5 as value) to '{tmp_path}/{month}.parquet'")
            store.put_file(f"trade/year=2026/month={month}/a.parquet", tmp_path / f"{month}.parquet")
        query = "select month, sum(value) from read_parquet($files, hive_partitioning = true) group by 1 order by 1"
        rows = connection.execute(query, {"files": store.place("trade/*/*/*.parquet")}).fetchall()
    assert [(str(month), value) for month, value in rows] == [("2026-03-01", 5), ("2026-04-01", 5)]


def test_a_file_that_a_killed_writer_left_behind_is_no_object(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / ".b.x1.partial").write_bytes(b"half")
    assert storage.at(tmp_path).sizes() == {}


def test_an_object_in_a_folder_is_never_seen_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = storage.at(tmp_path)
    store.put("pointer", b"old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(StorageError, match="No space left on device"):
        store.put("pointer", b"new")
    assert store.read("pointer") == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["pointer"]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nosuch://bucket/prefix", "nosuch"),
        ("s3://", "must be a URL such as s3://bucket/prefix"),
        ("/mnt/releases", "must be a URL such as s3://bucket/prefix"),
        ("simplecache::s3://bucket", "must be a URL such as s3://bucket/prefix"),
        ("s3://bucket/x?versionId=1", "must be a URL such as s3://bucket/prefix"),
        ("ftp://role:s3cret@host/x", "must hold no password"),
    ],
)
def test_what_is_no_place_is_refused(url: str, said: str) -> None:
    with pytest.raises(StorageError, match=said) as refused:
        storage.at(url)
    assert "s3cret" not in str(refused.value)


def test_a_bucket_that_does_not_exist_is_named(s3: str) -> None:
    with pytest.raises(StorageError, match=r"bucket does not exist.*s3://no-such-bucket/x/a"):
        storage.at("s3://no-such-bucket/x").put("a", b"1")
