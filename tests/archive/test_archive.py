"""The archive keeps bytes once, records every sighting, and proves what it gives back."""

from pathlib import Path

import pytest

from orchestration.archive import Archive, ArchiveError, Sighting


def store(archive: Archive, payload: bytes) -> Sighting:
    return archive.store(payload, source="record", dataset="totals", url="https://example.org/t", licence="free")


def test_bytes_seen_twice_are_stored_once_and_both_sightings_recorded(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    first, second = store(archive, b"a,b\n1,2\n"), store(archive, b"a,b\n1,2\n")
    assert first.sha256 == second.sha256
    assert [s.sha256 for s in archive.sightings()] == [first.sha256, second.sha256]
    assert [path.name for path in (tmp_path / "record" / "totals").iterdir()] == [first.sha256]


def test_a_payload_comes_back_byte_for_byte_and_is_read_only(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    sighting = store(archive, b"\xff\x00 not text")
    assert archive.read("record", "totals", sighting.sha256) == b"\xff\x00 not text"
    assert Path(archive.place("record", "totals", sighting.sha256)).stat().st_mode & 0o222 == 0


def test_changed_bytes_are_never_given_back(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    sighting = store(archive, b"true")
    path = Path(archive.place("record", "totals", sighting.sha256))
    path.chmod(0o644)
    path.write_bytes(b"false")
    with pytest.raises(ArchiveError, match="was changed"):
        archive.read("record", "totals", sighting.sha256)


def test_missing_bytes_are_an_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="is missing"):
        Archive(tmp_path).read("record", "totals", "0" * 64)


def test_a_ledger_line_that_a_kill_left_half_written_is_cut_before_the_next(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    first = store(archive, b"one")
    with (tmp_path / "ledger.jsonl").open("a") as ledger:
        ledger.write(first.to_json()[:40])
    assert [s.sha256 for s in archive.sightings()] == [first.sha256]
    second = store(archive, b"two")
    assert [s.sha256 for s in archive.sightings()] == [first.sha256, second.sha256]


def test_a_sighting_survives_its_ledger_line(tmp_path: Path) -> None:
    sighting = store(Archive(tmp_path), b"one")
    assert Sighting.from_json(sighting.to_json()) == sighting
