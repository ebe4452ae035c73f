"""The archive stores each payload once, records every sighting, and verifies payloads when they are read."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.archive import Archive, ArchiveError, Sighting, Visit
from orchestration.storage import StorageError


def store(archive: Archive, payload: bytes) -> Sighting:
    return archive.store(payload, source="record", dataset="totals", url="https://example.org/t", licence="free")


def test_same_payload_is_stored_once_with_two_sightings(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    first, second = store(archive, b"a,b\n1,2\n"), store(archive, b"a,b\n1,2\n")
    assert first.sha256 == second.sha256
    assert [s.sha256 for s in archive.sightings()] == [first.sha256, second.sha256]
    assert [path.name for path in (tmp_path / "record" / "totals").iterdir()] == [first.sha256]


def test_payload_is_read_back_unchanged_and_its_file_is_read_only(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    sighting = store(archive, b"\xff\x00 not text")
    assert archive.read("record", "totals", sighting.sha256) == b"\xff\x00 not text"
    assert Path(archive.place("record", "totals", sighting.sha256)).stat().st_mode & 0o222 == 0


def test_changed_payload_raises_archive_error(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    sighting = store(archive, b"true")
    path = Path(archive.place("record", "totals", sighting.sha256))
    path.chmod(0o644)
    path.write_bytes(b"false")
    with pytest.raises(ArchiveError, match="was changed"):
        archive.read("record", "totals", sighting.sha256)


def test_missing_payload_raises_archive_error_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=f"{tmp_path}/record/totals/0{{64}} is missing"):
        Archive(tmp_path).read("record", "totals", "0" * 64)


def test_half_written_ledger_line_is_cut_before_the_next_entry(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    first = store(archive, b"one")
    with (tmp_path / "ledger.jsonl").open("a") as ledger:
        ledger.write(first.to_json()[:40])
    assert [s.sha256 for s in archive.sightings()] == [first.sha256]
    second = store(archive, b"two")
    assert [s.sha256 for s in archive.sightings()] == [first.sha256, second.sha256]


@pytest.mark.parametrize("ledger", [None, b"", b"\n", b'{"bytes": 3, "dat'], ids=["missing", "empty", "blank", "cut"])
def test_ledger_without_entries_beside_payloads_is_an_error_with_the_remedy(
    ledger: bytes | None, tmp_path: Path
) -> None:
    archive, file = Archive(tmp_path), tmp_path / "new"
    for payload in (b"one", b"two"):
        store(archive, payload)
    (tmp_path / "ledger.jsonl").unlink()
    if ledger is not None:
        (tmp_path / "ledger.jsonl").write_bytes(ledger)
    file.write_bytes(b"three")
    about = {"source": "record", "dataset": "totals", "url": "file:new", "licence": "free"}
    for use in (
        lambda: list(Archive(tmp_path).sightings()),
        lambda: store(Archive(tmp_path), b"three"),
        lambda: Archive(tmp_path).store_file(file, **about),
    ):
        with pytest.raises(ArchiveError, match=r"ledger\.jsonl is missing or empty, .* 2 payloads; restore the ledger"):
            use()
    assert len(list((tmp_path / "record" / "totals").iterdir())) == 2


def test_payloads_stored_just_before_a_kill_need_no_entry(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    for source in ("record", "hkma"):
        archive.store(b"one", source=source, dataset="totals", url="https://example.org/t", licence="free")
    (tmp_path / "ledger.jsonl").unlink()
    assert list(Archive(tmp_path).sightings()) == []
    again = store(Archive(tmp_path), b"one")
    store(Archive(tmp_path), b"two")
    (tmp_path / "ledger.jsonl").write_text(f"{again.to_json()}\n")
    assert list(Archive(tmp_path).sightings()) == [again]


def test_ledger_that_ends_before_released_payloads_is_an_error_with_the_remedy(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    stored = [store(archive, payload) for payload in (b"one", b"two", b"three")]
    archive.record_release("r1", [(each.source, each.dataset, "", each.retrieved_at) for each in stored], [])
    lines = (tmp_path / "ledger.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "ledger.jsonl").write_bytes(b"".join(lines[:2]))  # as the remedy for a damaged line leaves it
    assert list(Archive(tmp_path).sightings()) == stored[:2]
    (tmp_path / "ledger.jsonl").write_bytes(lines[0])
    with pytest.raises(ArchiveError, match=r"ledger\.jsonl ends at .*, but 2 later payloads were released.*restore"):
        list(Archive(tmp_path).sightings())
    released = (tmp_path / "released.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "released.jsonl").write_bytes(released[0])
    assert list(Archive(tmp_path).sightings()) == stored[:1]


def test_archive_without_a_log_of_releases_is_one_of_an_earlier_version(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    stored = store(archive, b"one")
    (tmp_path / "released.jsonl").unlink()
    assert list(Archive(tmp_path).sightings()) == [stored]
    assert Archive(tmp_path).released().has_payload(("record", "totals", "", stored.retrieved_at))


def test_sighting_equals_its_parsed_ledger_line(tmp_path: Path) -> None:
    sighting = store(Archive(tmp_path), b"one")
    assert Sighting.from_json(sighting.to_json()) == sighting


def test_fields_of_newer_versions_and_blank_lines_are_ignored(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    sighting, visit = store(archive, b"one"), Visit("hkma", datetime(2026, 9, 24, tzinfo=UTC), 1, 3, 1, ("late",))
    archive.record(visit)
    for log in ("ledger.jsonl", "visits.jsonl"):
        entry = json.loads((tmp_path / log).read_text())
        (tmp_path / log).write_text(f"\n{json.dumps(entry | {'newer': [1], 'field': {}})}\r\n\n")
    assert list(archive.sightings()) == [sighting]
    assert list(archive.visits()) == [visit]


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b"null",
        b"{}",
        b"\0" * 40,
        b"\xff\xfe",
        b'{"source": "a\xff"}',
        b"[" * 100_000,
        b"9" * 10_000,
        b"<html>",
    ],
    ids=lambda line: repr(line[:12]),
)
@pytest.mark.parametrize("log", ["ledger.jsonl", "visits.jsonl", "quarantine.jsonl", "released.jsonl"])
def test_damaged_line_is_named_with_its_file_number_and_remedy(log: str, line: bytes, tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    store(archive, b"one")
    archive.record(Visit("hkma", datetime(2026, 9, 24, tzinfo=UTC), 1, 3, 1))
    archive.quarantine("0" * 64, "why")
    undamaged = (tmp_path / log).read_bytes()
    (tmp_path / log).write_bytes(undamaged + line + b"\n" + undamaged)
    with pytest.raises(ArchiveError, match=rf"{log}, line 2 can't be read .* restore it from a backup, or delete it"):
        list(archive.visits() if log == "visits.jsonl" else archive.sightings())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sha256", "../../../etc/passwd"),
        ("sha256", 5),
        ("source", "../x"),
        ("dataset", "/x"),
        ("retrieved_at", "2026-09-24T00:00:00"),
        ("retrieved_at", "yesterday"),
        ("published_on", "2026-13-01"),
        ("bytes", "many"),
        ("headers", []),
        ("url", None),
    ],
)
def test_line_with_an_impossible_value_is_damaged(name: str, value: object, tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    store(archive, b"one")
    entry = json.loads((tmp_path / "ledger.jsonl").read_text())
    (tmp_path / "ledger.jsonl").write_text(json.dumps(entry | {name: value}) + "\n")
    with pytest.raises(ArchiveError, match=rf"line 1 can't be read \({name}: "):
        list(archive.sightings())


def test_what_is_no_file_in_place_of_a_log_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "ledger.jsonl").mkdir()
    os.mkfifo(tmp_path / "visits.jsonl")
    with pytest.raises(StorageError, match=r"ledger\.jsonl is a folder, not a file"):
        list(Archive(tmp_path).sightings())
    with pytest.raises(StorageError, match=r"visits\.jsonl is a pipe, not a file"):
        list(Archive(tmp_path).visits())
