"""The archive stores each payload once, records every sighting, and verifies payloads when they are read."""

from pathlib import Path

import pytest

from orchestration.archive import Archive, ArchiveError, Sighting


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
