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
@pytest.mark.parametrize("log", ["ledger.jsonl", "visits.jsonl"])
def test_damaged_line_is_named_with_its_file_number_and_remedy(log: str, line: bytes, tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    store(archive, b"one")
    archive.record(Visit("hkma", datetime(2026, 9, 24, tzinfo=UTC), 1, 3, 1))
    undamaged = (tmp_path / log).read_bytes()
    (tmp_path / log).write_bytes(undamaged + line + b"\n" + undamaged)
    with pytest.raises(ArchiveError, match=rf"{log}, line 2 can't be read .* restore it from a backup, or delete it"):
        list(archive.sightings() if log == "ledger.jsonl" else archive.visits())


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
