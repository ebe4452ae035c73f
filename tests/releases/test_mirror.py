"""Releases at a URL: copied whole, found by one pointer, fetched and verified, despite kills and damage."""

import hashlib
import json
import os
import signal
import stat
import threading
from pathlib import Path

import duckdb
import pytest

from orchestration import releases, storage
from orchestration.releases.mirror import POINTER
from orchestration.releases.package import OWN_HASH, own_hash
from orchestration.storage import Missing, StorageError, Store
from testing import s3_server
from testing.release_builds import generation, publish_changed, release_directory

CHANGES = ("put", "put_file", "delete")


def made(home: Path, number: int) -> releases.Release:
    return publish_changed(home, generation(number))


def fetch(store: Store, home: Path) -> releases.Release:
    return releases.fetch(store, release_directory(home, keep=2))


def read_pointer(store: Store) -> releases.Pointer:
    pointer = releases.read_pointer(store)
    assert pointer is not None
    return pointer


def whole(store: Store, release: str) -> bool:
    """Compare every object of a release with its description."""
    described = json.loads(store.read(f"{release}/datapackage.json"))["resources"]
    hashes = {item["path"]: item["hash"].removeprefix("sha256:") for item in described}
    return all(store.sha256(f"{release}/{path}") == sha256 for path, sha256 in hashes.items())


def kept(store: Store) -> list[str]:
    return sorted({name.partition("/")[0] for name in store.sizes() if name != POINTER})


def mirror_and_die_at(url: str, path: Path, step: int) -> None:
    """Copy a release, and kill the process before the step-th change of the store."""
    store, steps = storage.open_store(url), iter(range(1, 1000))
    for name in CHANGES:
        change = getattr(store, name)

        def deadly(first: object, *rest: object, change: object = change) -> None:
            # Names to delete are passed as a list; each is one change.
            for each in first if isinstance(first, list) else [first]:
                if next(steps) == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                change([each] if isinstance(first, list) else each, *rest)  # type: ignore[operator]

        setattr(store, name, deadly)
    releases.mirror(releases.Release(path), store, keep=1)


def test_fetched_release_equals_the_copied_one(store: Store, tmp_path: Path) -> None:
    release = made(tmp_path / "here", 1)
    releases.mirror(release, store, keep=2)
    assert read_pointer(store) == releases.Pointer.to(release)
    assert json.loads(store.read(POINTER))["database"] == f"{release.id}/warehouse.duckdb"
    got = fetch(store, tmp_path / "there")
    assert (got.id, got.content_id, got.is_new) == (release.id, release.content_id, True)
    releases.verify(got)
    assert (tmp_path / "there" / "current").resolve() == got.path
    assert got.datapackage == release.datapackage
    assert stat.S_IMODE(got.database.stat().st_mode) == 0o444
    with releases.connect(releases.current_release(tmp_path / "there" / "current")) as connection:
        assert connection.execute("select count(*) from marts.balance").fetchall() == [(3,)]
    assert fetch(store, tmp_path / "there").is_new is False


def test_only_missing_and_damaged_files_are_copied_again(
    object_store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, release = storage.open_store(object_store_url), made(tmp_path, 1)
    releases.mirror(release, store, keep=2)
    store.put(f"{release.id}/parquet/marts/balance.parquet", b"damaged")
    copied: list[str] = []
    put_file = store.put_file

    def noted(name: str, file: Path) -> None:
        copied.append(name)
        put_file(name, file)

    monkeypatch.setattr(store, "put_file", noted)
    releases.mirror(release, store, keep=2)
    assert copied == [f"{release.id}/parquet/marts/balance.parquet"]
    assert whole(store, release.id)


def test_corrupted_copy_leaves_the_pointer_unchanged(
    object_store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, first, second = storage.open_store(object_store_url), made(tmp_path, 1), made(tmp_path, 2)
    releases.mirror(first, store, keep=2)
    monkeypatch.setattr(store, "put_file", lambda name, file: store.put(name, file.read_bytes()[:-1]))
    with pytest.raises(releases.ReleaseDamaged, match="the copy has sha256"):
        releases.mirror(second, store, keep=2)
    assert read_pointer(store).release == first.id


def test_damaged_local_release_is_not_copied(object_store_url: str, tmp_path: Path) -> None:
    release = made(tmp_path, 1)
    release.database.chmod(0o644)
    release.database.write_bytes(b"damaged")
    with pytest.raises(releases.ReleaseDamaged, match=r"warehouse\.duckdb has sha256"):
        releases.mirror(release, storage.open_store(object_store_url), keep=2)
    assert storage.open_store(object_store_url).sizes() == {}


def test_old_copies_are_deleted_except_the_current_one(object_store_url: str, tmp_path: Path) -> None:
    store = storage.open_store(object_store_url)
    made_here = [made(tmp_path, number) for number in range(1, 5)]
    for release in made_here:
        releases.mirror(release, store, keep=2)
    assert kept(store) == [release.id for release in made_here[2:]]
    releases.mirror(made_here[0], store, keep=2)  # as after a rollback
    assert read_pointer(store).release == made_here[0].id
    assert kept(store) == [made_here[0].id, *(release.id for release in made_here[2:])]
    releases.mirror(made_here[3], store, keep=2)
    assert kept(store) == [release.id for release in made_here[2:]]


def test_kill_before_any_change_leaves_the_pointer_on_a_whole_release(bucket: str, tmp_path: Path) -> None:
    store, last, coming = storage.open_store(bucket), made(tmp_path, 1), made(tmp_path, 2)
    reached = set()
    for step in range(1, 100):
        store.delete(store.sizes(coming.id))
        releases.mirror(last, store, keep=1)
        writer = s3_server.process(mirror_and_die_at, bucket, coming.path, step)
        writer.start()
        writer.join(60)
        named = read_pointer(store).release
        reached.add(named)
        assert named in (last.id, coming.id)
        assert whole(store, named)
        if writer.exitcode == 0:
            break
        assert writer.exitcode == -signal.SIGKILL
        releases.mirror(coming, store, keep=1)
        assert whole(store, coming.id)
        assert kept(store) == [coming.id]
    assert step > 10  # five files, the pointer, five files
    assert reached == {last.id, coming.id}


def test_next_copy_deletes_leftovers_of_a_killed_one(object_store_url: str, tmp_path: Path) -> None:
    store, made_here = storage.open_store(object_store_url), [made(tmp_path, number) for number in range(1, 4)]
    releases.mirror(made_here[0], store, keep=2)
    store.put_file(f"{made_here[1].id}/warehouse.duckdb", made_here[1].database)
    releases.mirror(made_here[2], store, keep=2)
    assert kept(store) == [made_here[0].id, made_here[2].id]


def test_readers_following_a_moving_pointer_see_only_whole_releases(object_store_url: str, tmp_path: Path) -> None:
    made_here = [made(tmp_path / "here", number) for number in range(1, 4)]
    releases.mirror(made_here[0], storage.open_store(object_store_url), keep=2)
    done, failed = threading.Event(), []
    seen: dict[int, list[int]] = {0: [], 1: []}

    def follow(number: int) -> None:
        store = storage.open_store(object_store_url)
        try:
            while not done.is_set():
                with duckdb.connect() as connection:
                    connection.register_filesystem(store.filesystem)
                    place = store.location(f"{read_pointer(store).release}/parquet/marts")
                    query = "select generation from read_parquet($a) union select generation from read_parquet($b)"
                    files = {"a": f"{place}/balance.parquet", "b": f"{place}/headlines.parquet"}
                    [(found,)] = connection.execute(query, files).fetchall()
                    seen[number].append(found)
                releases.verify(fetch(store, tmp_path / f"reader {number}"))
        except Exception as error:  # noqa: BLE001 - whatever it is, the test tells it
            failed.append(error)

    readers = [threading.Thread(target=follow, args=(number,)) for number in range(2)]
    for reader in readers:
        reader.start()
    turn = 0
    while (min(map(len, seen.values())) < 3 or len({*seen[0], *seen[1]}) < 2) and not failed:
        turn += 1
        releases.mirror(made_here[turn % 3], storage.open_store(object_store_url), keep=3)
    done.set()
    for reader in readers:
        reader.join(60)
    assert failed == []


def test_fetch_switches_to_the_new_current_release_if_its_own_is_deleted(
    object_store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_here = [made(tmp_path / "here", number) for number in range(1, 5)]
    store = storage.open_store(object_store_url)
    releases.mirror(made_here[0], store, keep=2)
    get = store.fetch
    moved: list[str] = []

    def slow(name: str, to: Path) -> None:
        if name.endswith("warehouse.duckdb") and not moved:
            moved.append(name)
            for release in made_here[1:]:
                releases.mirror(release, storage.open_store(object_store_url), keep=2)
        get(name, to)

    monkeypatch.setattr(store, "fetch", slow)
    assert fetch(store, tmp_path / "there").id == made_here[3].id
    assert moved == [f"{made_here[0].id}/warehouse.duckdb"]


@pytest.mark.parametrize(
    ("name", "payload", "error", "message"),
    [
        ("parquet/marts/balance.parquet", b"damaged", releases.ReleaseDamaged, r"balance\.parquet has sha256"),
        ("parquet/marts/balance.parquet", None, Missing, r"balance\.parquet"),
        ("datapackage.json", b'{"resources": []}', releases.ReleaseDamaged, "not the one that the pointer names"),
    ],
)
def test_release_that_differs_from_its_description_is_not_fetched(
    object_store_url: str, tmp_path: Path, name: str, payload: bytes | None, error: type[Exception], message: str
) -> None:
    store, first = storage.open_store(object_store_url), made(tmp_path / "here", 1)
    releases.mirror(first, store, keep=2)
    fetch(store, tmp_path / "there")
    second = made(tmp_path / "here", 2)
    releases.mirror(second, store, keep=2)
    if payload is None:
        store.delete([f"{second.id}/{name}"])
    else:
        store.put(f"{second.id}/{name}", payload)
    with pytest.raises(error, match=message) as refused:
        fetch(store, tmp_path / "there")
    assert object_store_url in str(refused.value)
    assert releases.current_release(tmp_path / "there" / "current").id == first.id
    assert [path.name for path in (tmp_path / "there" / "releases").iterdir() if path.name != ".lock"] == [first.id]


@pytest.mark.parametrize("path", ["../../outside", "/tmp/outside"])  # noqa: S108 - nothing is written there
def test_description_with_a_path_outside_the_release_is_rejected(
    object_store_url: str, tmp_path: Path, path: str
) -> None:
    store, release = storage.open_store(object_store_url), made(tmp_path / "here", 1)
    described = release.path / "datapackage.json"
    described.chmod(0o644)
    pointer = releases.Pointer.to(release)
    resource = {**release.datapackage["resources"][0], "path": path}
    hostile = {**release.datapackage, "resources": [resource]}
    described.write_text(json.dumps({**hostile, OWN_HASH: own_hash(hostile)}))
    sha256 = hashlib.sha256(described.read_bytes()).hexdigest()
    store.put(f"{release.id}/datapackage.json", described.read_bytes())
    store.put(POINTER, json.dumps({**vars(pointer), "datapackage_sha256": sha256}).encode())
    with pytest.raises(releases.ReleaseDamaged, match="is not inside the release"):
        fetch(store, tmp_path / "there")
    assert not (tmp_path / "outside").exists()


def test_damaged_local_release_is_fetched_again(object_store_url: str, tmp_path: Path) -> None:
    store, release = storage.open_store(object_store_url), made(tmp_path / "here", 1)
    releases.mirror(release, store, keep=2)
    got = fetch(store, tmp_path / "there")
    got.database.chmod(0o644)
    got.database.write_bytes(b"damaged")
    assert fetch(store, tmp_path / "there").is_new
    releases.verify(got)


@pytest.mark.parametrize("payload", [b"", b"{}", b'"text"', b"\xff"])
def test_unreadable_pointer_is_an_error_until_the_next_copy(
    object_store_url: str, tmp_path: Path, payload: bytes
) -> None:
    store = storage.open_store(object_store_url)
    store.put(POINTER, payload)
    with pytest.raises(releases.ReleaseDamaged, match="the pointer cannot be read"):
        fetch(store, tmp_path / "there")
    release = made(tmp_path / "here", 1)
    releases.mirror(release, store, keep=2)
    assert fetch(store, tmp_path / "there").id == release.id


def test_fetch_without_a_release_at_the_url_raises(bucket: str, tmp_path: Path) -> None:
    with pytest.raises(releases.NoRelease, match=bucket):
        fetch(storage.open_store(bucket), tmp_path)
    with pytest.raises((releases.NoRelease, StorageError)):
        fetch(storage.open_store("s3://no-such-bucket"), tmp_path)
