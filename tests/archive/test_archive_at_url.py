"""The archive in an object store behaves as in a folder, also when a writer is killed."""

import os
import signal
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from orchestration import storage
from orchestration.archive import Archive, ArchiveError, Sighting, Visit
from orchestration.archive.object_log import ObjectLog
from orchestration.storage import StorageError
from orchestration.storage.object_store import ObjectStore
from testing import s3_server


def store(archive: Archive, payload: bytes, part: str = "") -> Sighting:
    about = {"source": "hkma", "dataset": "rates", "url": "https://example.org/t", "licence": "free"}
    return archive.store(payload, **about, part=part, published_on=date(2026, 9, 24), headers={"etag": "a\u2028b"})


def store_and_die_before_ledger_entry(url: str, payload: bytes) -> None:
    """Store a payload, and kill this process after its bytes and before its ledger entry are written."""

    class KillingLog(ObjectLog):
        def append(self, entry: str) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

    archive = Archive(url)
    archive.ledger = KillingLog(storage.open_store(url), "ledger", None)
    store(archive, payload)


def store_endlessly(url: str, begin: int) -> None:
    archive = Archive(url)
    for number in range(begin, begin + 100_000):
        store(archive, f"payload {number}".encode())


def test_second_reader_gets_sightings_visits_and_bytes_in_order(object_store_url: str) -> None:
    archive = Archive(f"{object_store_url}/archive")
    first, second = store(archive, b"one"), store(archive, b"two", part="2")
    again = archive.see_again(first, {"etag": "new"})
    visit = Visit("hkma", datetime.now(UTC), 2, 6, 1, ("hkma: late",))
    archive.record(visit)
    for reader in (archive, Archive(f"{object_store_url}/archive")):
        assert list(reader.sightings()) == [first, second, again]
        assert list(reader.visits()) == [visit]
        assert reader.read("hkma", "rates", second.sha256) == b"two"
    assert list(storage.open_store(f"{object_store_url}/archive").sizes("hkma")) == sorted(
        f"hkma/rates/{each.sha256}" for each in (first, second)
    )


def test_archive_until_a_time_has_no_later_sightings(object_store_url: str) -> None:
    archive = Archive(object_store_url)
    first = store(archive, b"one")
    store(archive, b"two")
    assert list(Archive(object_store_url, until=first.retrieved_at).sightings()) == [first]


def test_changed_or_missing_payload_raises_an_error_with_its_url(object_store_url: str) -> None:
    archive = Archive(object_store_url)
    sighting = store(archive, b"true")
    name = f"hkma/rates/{sighting.sha256}"
    storage.open_store(object_store_url).put(name, b"false")
    with pytest.raises(ArchiveError, match=f"{object_store_url}/{name} was changed"):
        archive.read("hkma", "rates", sighting.sha256)
    storage.open_store(object_store_url).delete([name])
    with pytest.raises(ArchiveError, match=f"{object_store_url}/{name} is missing"):
        archive.read("hkma", "rates", sighting.sha256)


def test_ledger_without_entries_beside_payloads_is_an_error_at_a_url_too(object_store_url: str) -> None:
    archive = Archive(object_store_url)
    for payload in (b"one", b"two"):
        store(archive, payload)
    objects = storage.open_store(object_store_url)
    objects.delete(objects.sizes("ledger"))
    with pytest.raises(ArchiveError, match=f"{object_store_url}/ledger is missing or empty, .* 2 payloads"):
        list(Archive(object_store_url).sightings())


def test_entries_keep_their_order_when_the_clock_goes_back(object_store_url: str) -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    parts = []
    for number, moment in enumerate((now, now - timedelta(days=1), now - timedelta(hours=1))):
        with time_machine.travel(moment, tick=False):
            archive = Archive(object_store_url)  # another run
            for letter in "ab":
                parts.append(f"{number}{letter}")
                store(archive, b"one", part=parts[-1])
    assert [seen.part for seen in Archive(object_store_url).sightings()] == parts


def test_entries_are_read_once_and_those_of_a_damaged_cache_again(
    object_store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    read_all = ObjectStore.read_all

    def counted(self: ObjectStore, names: list[str]) -> dict[str, bytes]:
        if names and names != released:
            reads.append(len(names))
        return read_all(self, names)

    writer = Archive(object_store_url)
    expected = [store(writer, b"one", part=str(number)) for number in range(5)]
    released = list(storage.open_store(object_store_url).sizes("released"))
    monkeypatch.setattr(ObjectStore, "read_all", counted)
    for _ in range(2):
        assert list(Archive(object_store_url, cache=tmp_path).sightings()) == expected
        assert reads == [5]
    expected.append(store(writer, b"two"))
    assert list(Archive(object_store_url, cache=tmp_path).sightings()) == expected
    assert reads == [5, 1]
    [cache] = tmp_path.glob("ledger-*")
    content = cache.read_bytes()
    for damaged in (content[:-40], b"", b"\xff\0", content.replace(b"rates", b"rat\xffs")):
        cache.unlink()
        cache.write_bytes(damaged)
        assert list(Archive(object_store_url, cache=tmp_path).sightings()) == expected
        assert reads.pop() == 6
    cache.unlink()
    cache.mkdir()
    assert list(Archive(object_store_url, cache=tmp_path).sightings()) == expected


def test_archives_sharing_a_cache_folder_have_separate_caches(object_store_url: str, tmp_path: Path) -> None:
    first, second = Archive(f"{object_store_url}/a", cache=tmp_path), Archive(f"{object_store_url}/b", cache=tmp_path)
    stored = store(first, b"one")
    assert list(Archive(f"{object_store_url}/a", cache=tmp_path).sightings()) == [stored]
    assert list(second.sightings()) == []


def test_payload_of_a_writer_killed_before_the_ledger_entry_is_reused(bucket: str) -> None:
    before = store(Archive(bucket), b"one")
    writer = s3_server.process(store_and_die_before_ledger_entry, bucket, b"two")
    writer.start()
    writer.join(60)
    assert writer.exitcode == -signal.SIGKILL
    assert len(storage.open_store(bucket).sizes("hkma")) == 2
    assert list(Archive(bucket).sightings()) == [before]
    after = store(Archive(bucket), b"two")
    assert list(Archive(bucket).sightings()) == [before, after]
    assert len(storage.open_store(bucket).sizes("hkma")) == 2


def test_killed_writer_leaves_only_whole_entries_and_payloads(bucket: str) -> None:
    for kill in range(2):
        before = len(list(Archive(bucket).sightings()))
        writer = s3_server.process(store_endlessly, bucket, kill * 1_000_000)
        writer.start()
        while len(storage.open_store(bucket).sizes("ledger")) < before + 5 + kill:
            assert writer.is_alive()
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join(60)
        archive = Archive(bucket)
        sightings = list(archive.sightings())
        assert len(sightings) >= before + 5
        for seen in sightings:
            assert len(archive.read(seen.source, seen.dataset, seen.sha256)) == seen.bytes


def test_unreachable_server_raises_an_error_with_its_url_and_no_credential(
    s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    from s3fs import S3FileSystem

    S3FileSystem.clear_instance_cache()
    try:
        with pytest.raises(StorageError, match=r"Could not connect.*s3://bucket/archive/") as down:
            store(Archive("s3://bucket/archive"), b"one")
    finally:
        S3FileSystem.clear_instance_cache()
    assert "s3cret" not in str(down.value)
