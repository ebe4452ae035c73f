"""A manifest is read back as it was written, and vintages of a partition follow one another without a gap."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration.lake import manifest
from orchestration.lake.errors import LakeError
from orchestration.lake.manifest import FileVintage, Manifest, PartitionKey
from orchestration.lake.table_store import TableStore
from testing.commands import call_entrepot

MARCH = PartitionKey(date(2026, 3, 1), "idds", "detail")
FEBRUARY = PartitionKey(date(2026, 2, 1), "files", "un_comtrade")


def with_partition(**changes: Any) -> bytes:
    """Return a manifest with one invalid partition."""
    partition = {"month": "2026-03-01", "provider": "files", "dataset": "un_comtrade", "vintages": [], **changes}
    return json.dumps({"format": 1, "taken_in": [], "refused": {}, "partitions": [partition]}).encode()


def content(**changes: Any) -> bytes:
    """Return a manifest with changed fields."""
    return json.dumps({**json.loads(manifest.render(manifest_of_one())), **changes}).encode()


def manifest_of_one() -> Manifest:
    state = Manifest()
    state.add(MARCH, vintage("one", 1))
    return state


def with_vintage(**changes: Any) -> bytes:
    """Return a manifest whose only vintage has changed fields."""
    [partition] = json.loads(content())["partitions"]
    return content(partitions=[{**partition, "vintages": [{**partition["vintages"][0], **changes}]}])


def vintage(name: str, day: int) -> FileVintage:
    return FileVintage(
        id=name,
        file=f"year=2026/month=2026-03-01/idds-detail-{name}.parquet",
        sha256="ab" * 32,
        bytes=100,
        rows=2,
        hs_digits=6,
        currency="HKD",
        source_id="csd_trade_idds",
        is_complete=True,
        payloads=("cd", "ef"),
        known_from=datetime(2026, 5, day, 1, 2, 3, 456, tzinfo=UTC),
    )


def test_manifest_round_trip() -> None:
    state = Manifest(imported=["aa"], refused={"bb": "line 2: value -1 is not an amount from 0 to 10 trillion"})
    state.add(MARCH, vintage("one", 1))
    state.add(MARCH, vintage("two", 2))
    state.add(FEBRUARY, vintage("three", 3))
    written = manifest.render(state)
    assert manifest.parse(written) == state
    assert manifest.render(manifest.parse(written)) == written


def test_vintage_ends_when_the_next_begins_and_the_newest_is_open() -> None:
    state = Manifest()
    assert state.add(MARCH, vintage("one", 1))
    assert state.add(MARCH, vintage("two", 2))
    first, second = state.partitions[MARCH]
    assert first.known_until == second.known_from == datetime(2026, 5, 2, 1, 2, 3, 456, tzinfo=UTC)
    assert second.known_until is None
    assert state.current(MARCH) == second
    assert state.current(FEBRUARY) is None


def test_current_vintage_is_not_added_twice() -> None:
    state = Manifest()
    assert state.add(MARCH, vintage("one", 1))
    assert not state.add(MARCH, vintage("one", 9))
    assert state.partitions[MARCH] == [vintage("one", 1)]


def test_vintage_that_returns_after_another_is_added() -> None:
    state = Manifest()
    for name, day in (("one", 1), ("two", 2), ("one", 3)):
        assert state.add(MARCH, vintage(name, day))
    assert [(v.id, v.known_from.day, v.known_until and v.known_until.day) for v in state.partitions[MARCH]] == [
        ("one", 1, 2),
        ("two", 2, 3),
        ("one", 3, None),
    ]


def test_vintages_are_ordered_by_month_and_time() -> None:
    state = Manifest()
    for key, name, day in ((MARCH, "a", 1), (FEBRUARY, "b", 2), (MARCH, "c", 3)):
        state.add(key, vintage(name, day))
    assert [(key, v.id) for key, v in state.vintages()] == [(FEBRUARY, "b"), (MARCH, "a"), (MARCH, "c")]


@pytest.mark.parametrize(
    ("damaged", "message"),
    [
        (b"", "Invalid JSON: EOF"),
        (b'{"format": 1, "partitions": [', "Invalid JSON: EOF"),
        (b"\xff\xfe\x00", "Invalid JSON"),
        (b'{"format": "\xff"}', "Invalid JSON: invalid unicode"),
        pytest.param(b"[" * 100_000, "Invalid JSON: recursion limit exceeded", id="deeply nested"),
        (b"[]", "Input should be an object"),
        (b"null", "Input should be an object"),
        (b'{"format": 2}', "format: Input should be 1"),
        (b'{"format": 1, "taken_in": [], "refused": {}}', "partitions: Field required"),
        (content(refused=[]), "refused: Input should be an object"),
        (content(refused={"ab": None}), "refused.ab: Input should be a valid string"),
        (content(taken_in={}), "taken_in: Input should be a valid array"),
        (content(taken_in=[1]), "taken_in.0: Input should be a valid string"),
        (content(partitions={}), "partitions: Input should be a valid array"),
        (with_partition(), "partitions.0.vintages: List should have at least 1 item"),
        (with_partition(month="2026-13-01"), "partitions.0.month: Input should be a valid date"),
        (with_partition(vintages=[{}]), "partitions.0.vintages.0.id: Field required"),
        (with_vintage(sha256="short"), "sha256: String should match pattern"),
        (with_vintage(rows="2"), "rows: Input should be a valid integer"),
        (with_vintage(bytes=-1), "bytes: Input should be greater than or equal to 0"),
        (with_vintage(is_complete="yes"), "is_complete: Input should be a valid boolean"),
        (with_vintage(payloads="cd"), "payloads: Input should be a valid array"),
        (with_vintage(known_from="2026-03-01T00:00:00"), "known_from: Input should have timezone info"),
        (with_vintage(known_from=None), "known_from: Input should be a valid datetime"),
    ],
)
def test_damaged_manifest_error_names_the_file_and_what_to_do(tmp_path: Path, damaged: bytes, message: str) -> None:
    store = TableStore(tmp_path, tmp_path / "copies", "trade_detail")
    file = tmp_path / "trade_detail" / manifest.FILE
    file.parent.mkdir()
    file.write_bytes(damaged)
    with pytest.raises(LakeError) as error:
        store.manifest()
    assert message in str(error.value)
    assert str(error.value).startswith(f"{file} can't be read (")
    assert str(error.value).endswith("without the earlier vintages of publishers' months")


def test_command_reports_a_damaged_manifest_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "lake" / "trade_detail" / manifest.FILE
    file.parent.mkdir(parents=True)
    file.write_bytes(b"damaged")
    result = call_entrepot(tmp_path, "lake", "status")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"error {file} can't be read (")


def test_fields_of_newer_versions_are_ignored() -> None:
    [partition] = json.loads(content())["partitions"]
    newer = {**partition, "vintages": [{**partition["vintages"][0], "new": 1}], "new": 1}
    assert manifest.parse(content(partitions=[newer], new=1)) == manifest_of_one()


def test_lake_without_a_manifest_is_empty(tmp_path: Path) -> None:
    assert TableStore(tmp_path, tmp_path / "copies", "trade_detail").manifest() == Manifest()


@pytest.mark.parametrize(
    "damaged",
    [b"", b"{", b"[]", b"null", b"\xff\0", pytest.param(b"[" * 100_000, id="deeply nested"), content(refused=[])],
)
def test_backup_is_used_for_a_damaged_manifest(tmp_path: Path, damaged: bytes) -> None:
    store = TableStore(tmp_path, tmp_path / "copies", "trade_detail")
    store.commit(Manifest(imported=["abc"]))
    file = tmp_path / "trade_detail" / manifest.FILE
    file.unlink()
    file.write_bytes(damaged)
    assert store.manifest().imported == ["abc"]
    store.commit(store.manifest())
    content = json.loads(file.read_bytes())
    assert content["taken_in"] == ["abc"]
