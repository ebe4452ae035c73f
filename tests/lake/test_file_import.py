"""Imported files: all their months at once, with history; a refused file is recorded and changes nothing."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from orchestration.archive import ArchiveError
from orchestration.lake import manifest
from orchestration.lake.manifest import PartitionKey
from orchestration.sources.lake_tables import TRADE_DETAIL, TRADE_MIRROR
from testing.lake_files import APRIL, MARCH, MAY, Lake, change_footer, row, values, write_csv

MONTHS = (MARCH, APRIL, MAY)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Three months of two rows each."""
    return write_csv(tmp_path / "first.csv", [row(month=m, partner_code=p) for m in MONTHS for p in ("156", "842")])


def held(lake: Lake) -> list[tuple[int, str, bool]]:
    """Return month, payload hash, and True if it is current, of each vintage."""
    return [(key.month.month, v.payloads[0], v.known_until is None) for key, v in lake.store.manifest().vintages()]


def test_every_month_of_a_file_is_a_partition_of_its_source(lake: Lake, file: Path) -> None:
    seen = lake.add_file(file)
    [result] = lake.import_files()
    assert (result.payload_sha256, result.months, result.new_vintages, result.rows) == (seen.sha256, 3, 3, 6)
    assert set(lake.store.manifest().partitions) == {PartitionKey(month, "files", "csd_trade_idds") for month in MONTHS}
    for _, vintage in lake.store.manifest().vintages():
        assert (vintage.is_complete, vintage.rows, vintage.hs_digits) == (True, 2, 6)
        assert (vintage.payloads, vintage.source_id) == ((seen.sha256,), "csd_trade_idds")
        assert vintage.known_from == seen.retrieved_at


def test_progress_is_reported_for_each_month(lake: Lake, file: Path) -> None:
    lake.add_file(file)
    progress: list[tuple[int, int, str]] = []
    lake.import_files(lambda *step: progress.append(step))
    assert progress == [(0, 3, "2026-03"), (1, 3, "2026-04"), (2, 3, "2026-05")]


def test_imported_file_is_not_read_again(lake: Lake, file: Path) -> None:
    lake.add_file(file)
    lake.import_files()
    before = manifest.render(lake.store.manifest())
    lake.add_file(file)
    assert lake.import_files() == []
    assert manifest.render(lake.store.manifest()) == before


def test_later_file_replaces_its_months_and_keeps_older_vintages(lake: Lake, file: Path, tmp_path: Path) -> None:
    first = lake.add_file(file)
    lake.import_files()
    second = lake.add_file(write_csv(tmp_path / "second.csv", [row(month=APRIL, value="7"), row(month=MAY, value="8")]))
    [result] = lake.import_files()
    assert result.new_vintages == 2
    assert held(lake) == [
        (3, first.sha256, True),
        (4, first.sha256, False),
        (4, second.sha256, True),
        (5, first.sha256, False),
        (5, second.sha256, True),
    ]
    assert lake.rows("month", "value::double") == [
        (MARCH, 1000.5),
        (MARCH, 1000.5),
        (APRIL, 7.0),
        (MAY, 8.0),
    ]
    for _, vintage in lake.store.manifest().vintages():
        lake.store.verify(vintage)
    older = lake.store.manifest().partitions[PartitionKey(APRIL, "files", "csd_trade_idds")][0]
    query = "select count(*), sum(value)::double from read_parquet($file)"
    assert lake.connection.execute(query, {"file": str(lake.store.local_file(older))}).fetchall() == [(2, 2001.0)]
    assert older.known_until == second.retrieved_at


def test_same_rows_in_another_file_make_no_vintage(lake: Lake, file: Path, tmp_path: Path) -> None:
    first = lake.add_file(file)
    lake.import_files()
    lines = file.read_text().splitlines()
    turned = tmp_path / "turned.csv"
    turned.write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    lake.add_file(turned)
    [result] = lake.import_files()
    assert (result.months, result.new_vintages, result.refusal) == (3, 0, None)
    assert {payload for _, payload, _ in held(lake)} == {first.sha256}
    assert lake.import_files() == []


def test_one_changed_figure_makes_a_vintage_of_its_month_only(lake: Lake, file: Path, tmp_path: Path) -> None:
    lake.add_file(file)
    lake.import_files()
    lines = file.read_text().splitlines()
    changed = tmp_path / "changed.csv"
    changed.write_text("\n".join([*lines[:-1], lines[-1].replace("1000.5", "1000.501")]) + "\n")
    lake.add_file(changed)
    [result] = lake.import_files()
    assert (result.months, result.new_vintages) == (3, 1)
    assert [month for month, _, is_current in held(lake) if not is_current] == [5]


def test_two_sources_of_one_month_are_separate_partitions(lake: Lake, file: Path, tmp_path: Path) -> None:
    lake.add_file(file)
    lake.add_file(write_csv(tmp_path / "other.csv", [row(currency="USD")]), source_id="un_comtrade")
    assert [result.new_vintages for result in lake.import_files()] == [3, 1]
    assert {key.dataset for key in lake.store.manifest().partitions if key.month == MARCH} == {
        "csd_trade_idds",
        "un_comtrade",
    }


def test_mirror_file_goes_to_its_own_table(lake: Lake, tmp_path: Path) -> None:
    lake.add_file(write_csv(tmp_path / "mirror.csv", [row("trade_mirror")]), "un_comtrade", TRADE_MIRROR.name)
    [result] = lake.import_files()
    assert (result.refusal, result.new_vintages) == (None, 1)
    assert not lake.store.manifest().partitions
    assert len(lake.stores[TRADE_MIRROR.name].manifest().partitions) == 1


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        ({"value": "-1"}, r"bad\.csv: line 4: value -1\.000 is not an amount from 0 to"),
        ({"value": "x"}, r"bad\.csv: line 4: value x is not a number"),
        ({"partner_code": "0"}, r"bad\.csv: line 4: partner_code 0 is not a partner's code"),
        ({"month": date(2026, 5, 2)}, r"bad\.csv: line 4: month 2026-05-02 is not the first day of a month"),
        ({"month": ""}, r"bad\.csv: a row has no month"),
        ({"currency": "USD"}, r"bad\.csv: one month in HKD and USD"),
    ],
)
def test_file_with_one_invalid_row_is_refused_whole_and_changes_nothing(
    lake: Lake, file: Path, tmp_path: Path, spoil: dict[str, Any], message: str
) -> None:
    lake.add_file(file)
    lake.import_files()
    before, rows = lake.store.manifest(), lake.rows("*")
    months = [row(month=month, value="9") for month in MONTHS]
    bad = lake.add_file(
        write_csv(tmp_path / "bad.csv", [*months[:2], {**months[2], **spoil}, row(month=MAY, partner_code="4")])
    )
    [result] = lake.import_files()
    assert (result.months, result.new_vintages, result.rows) == (0, 0, 0)
    assert re.match(message, result.refusal or "")
    after = lake.store.manifest()
    assert after.refused == {bad.sha256: result.refusal}
    assert (after.partitions, after.imported) == (before.partitions, before.imported)
    assert lake.rows("*") == rows
    assert lake.import_files() == []


@pytest.mark.hostile
def test_value_outside_false_statistics_is_refused(lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "false.parquet"
    rows = (
        f"select * exclude (line_number, payload_sha256) from ({values(TRADE_DETAIL, [row(value='20000000000000')])})"
    )
    lake.connection.execute(f"copy ({rows}) to '{file}' (format parquet)")
    change_footer(file, (20_000_000_000_000_000).to_bytes(8, "little"), (1_000).to_bytes(8, "little"))
    lake.add_file(file)
    [result] = lake.import_files()
    assert (result.refusal or "").startswith("false.parquet: line 1: value 20000000000000.000 is not an amount")
    assert lake.files() == []


def test_refused_file_does_not_block_the_next_one(lake: Lake, file: Path, tmp_path: Path) -> None:
    lake.add_file(write_csv(tmp_path / "bad.csv", [row(value="-1")]))
    lake.add_file(file)
    assert [result.refusal is None for result in lake.import_files()] == [False, True]


@pytest.mark.parametrize(("spoil", "message"), [("change", "was changed: its bytes hash to"), ("lose", "is missing; ")])
def test_file_that_the_archive_lost_or_changed_is_an_error_and_not_refused(
    lake: Lake, file: Path, spoil: str, message: str
) -> None:
    seen = lake.add_file(file)
    archived = Path(lake.archive.place(seen.source, seen.dataset, seen.sha256))
    archived.unlink()
    if spoil == "change":
        archived.write_bytes(file.read_bytes().replace(b"1000.5", b"1000.6"))
    with pytest.raises(ArchiveError, match=f"^{archived} {message}"):
        lake.import_files()
    assert lake.store.manifest() == manifest.Manifest()
    archived.unlink(missing_ok=True)
    archived.write_bytes(file.read_bytes())
    assert [result.refusal for result in lake.import_files()] == [None]


@pytest.mark.parametrize("months_done", [0, 1, 2])
def test_interrupted_import_changes_nothing_and_the_next_one_is_whole(
    lake: Lake, file: Path, tmp_path: Path, months_done: int
) -> None:
    lake.add_file(write_csv(tmp_path / "before.csv", [row(value="1")]))
    lake.import_files()
    before = lake.store.manifest()
    lake.add_file(file)
    held = set(lake.files())

    def interrupt(number: int, _of: int, _month: str) -> None:
        if number == months_done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lake.import_files(interrupt)
    assert lake.store.manifest() == before
    assert lake.rows("value::double") == [(1.0,)]
    written = set(lake.files()) - held
    assert len(written) == months_done
    [result] = lake.import_files()
    assert (result.months, result.new_vintages, result.rows) == (3, 3, 6)
    undisturbed = Lake(tmp_path / "undisturbed")
    undisturbed.add_file(tmp_path / "before.csv")
    undisturbed.add_file(file)
    undisturbed.import_files()
    assert [v.sha256 for _, v in lake.store.manifest().vintages()] == [
        v.sha256 for _, v in undisturbed.store.manifest().vintages()
    ]
    assert not list(lake.folder.rglob("*.partial"))


def test_lost_manifest_is_rebuilt_with_its_history(lake: Lake, file: Path, tmp_path: Path) -> None:
    lake.add_file(file)
    lake.import_files()
    lake.add_file(write_csv(tmp_path / "second.csv", [row(month=APRIL, value="7")]))
    lake.import_files()
    before = manifest.render(lake.store.manifest())
    (lake.store.folder / manifest.FILE).unlink()
    lake.import_files()
    assert manifest.render(lake.store.manifest()) == before
    for path in lake.files():
        path.unlink()
    (lake.store.folder / manifest.FILE).unlink()
    lake.import_files()
    assert manifest.render(lake.store.manifest()) == before


def test_files_that_no_manifest_names_are_replaced(lake: Lake, file: Path) -> None:
    lake.add_file(file)
    lake.import_files()
    before, (first, second, third) = manifest.render(lake.store.manifest()), lake.files()
    (lake.store.folder / manifest.FILE).unlink()
    first.unlink()
    first.write_bytes(second.read_bytes())
    second.unlink()
    second.write_bytes(b"damaged")
    third.unlink()
    third.mkdir()
    lake.import_files()
    assert manifest.render(lake.store.manifest()) == before
    for _, vintage in lake.store.manifest().vintages():
        lake.store.verify(vintage)
