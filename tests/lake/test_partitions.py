"""A month's file has valid rows, each once, in order; an invalid row is refused with its line and column."""

import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.lake import partitions
from orchestration.lake.errors import InvalidRows
from orchestration.lake.partitions import EXPECTED, INVALID, NewVintage
from orchestration.sources.lake_tables import TABLES, TRADE_DETAIL, TRADE_MIRROR
from orchestration.storage.files import file_sha256
from testing.lake_files import APRIL, KEY, MARCH, Lake, row, values

TOO_MUCH = "10000000000001"
CAN_NOT_BE: list[tuple[str, str, Any]] = [
    ("trade_detail", "month", None),
    ("trade_detail", "month", APRIL),
    ("trade_detail", "flow", None),
    ("trade_detail", "flow", "exports"),
    ("trade_detail", "flow", "Imports"),
    ("trade_detail", "hs_code", None),
    ("trade_detail", "hs_code", ""),
    ("trade_detail", "hs_code", "1"),
    ("trade_detail", "hs_code", "10121"),
    ("trade_detail", "hs_code", "0101210000"),
    ("trade_detail", "hs_code", "01.01"),
    ("trade_detail", "hs_code", "TOTAL"),
    ("trade_detail", "hs_edition", None),
    ("trade_detail", "hs_edition", "HS2007"),
    ("trade_detail", "hs_edition", "H6"),
    ("trade_detail", "partner_code", None),
    ("trade_detail", "partner_code", "0"),
    ("trade_detail", "partner_code", "000"),
    ("trade_detail", "partner_code", "036"),
    ("trade_detail", "partner_code", "CN"),
    ("trade_detail", "partner_code", "1560"),
    ("trade_detail", "value", None),
    ("trade_detail", "value", "-0.001"),
    ("trade_detail", "value", TOO_MUCH),
    ("trade_detail", "currency", None),
    ("trade_detail", "currency", "CNY"),
    ("trade_detail", "weight_kg", "-1"),
    ("trade_detail", "weight_kg", TOO_MUCH),
    ("trade_detail", "quantity", "-1"),
    ("trade_detail", "quantity", "inf"),
    ("trade_detail", "quantity", "nan"),
    ("trade_mirror", "hs_code", None),
    ("trade_mirror", "hs_code", "total"),
    ("trade_mirror", "reporter_code", None),
    ("trade_mirror", "reporter_code", "0"),
    ("trade_mirror", "reporter_code", "344"),
    ("trade_mirror", "valuation", None),
    ("trade_mirror", "valuation", "CIF"),
]


@pytest.mark.parametrize(("table", "column", "value"), CAN_NOT_BE)
def test_invalid_value_is_refused_with_line_and_column(lake: Lake, table: str, column: str, value: Any) -> None:
    partner = "reporter_code" if table == "trade_mirror" else "partner_code"
    rows = [row(table), row(table, **{partner: "392", column: value})]
    with pytest.raises(InvalidRows) as refused:
        lake.write(rows, TABLES[table])
    shown = "nothing" if value is None else str(value)
    assert str(refused.value).startswith(f"line 3: {column} {shown}")
    assert str(refused.value).endswith(f" is not {EXPECTED[column]}")
    assert not [path for path in lake.stores[table].folder.rglob("*") if path.is_file()]


def test_every_column_rule_has_an_invalid_value_above() -> None:
    assert set(INVALID) == {column for _, column, _ in CAN_NOT_BE}


@pytest.mark.parametrize("column", ["weight_kg", "quantity", "quantity_unit"])
def test_optional_values_may_be_missing(lake: Lake, column: str) -> None:
    assert lake.write([row(**{column: None})]).rows == 1


def test_rows_at_the_bounds_are_accepted(lake: Lake) -> None:
    largest = "10000000000000"
    rows = [
        row(hs_code="01", value="0", weight_kg="0", quantity="0", partner_code="4"),
        row(hs_code="0201", value=largest, weight_kg=largest, quantity=largest, hs_edition="HS2012"),
        row(hs_code="03011100", flow="re_exports", hs_edition="HS2017", partner_code="899"),
        row(hs_code="040110", flow="domestic_exports"),
        row(hs_code="050100", flow="total_exports"),
    ]
    assert lake.write(rows).rows == 5
    assert lake.write([row("trade_mirror")], TRADE_MIRROR).hs_digits == 0


def test_month_that_is_not_a_first_day_is_refused(lake: Lake) -> None:
    day = MARCH.replace(day=15)
    query = values(TRADE_DETAIL, [row(month=day)])
    with pytest.raises(InvalidRows, match=r"^line 2: month 2026-03-15 is not the first day of a month$"):
        partitions.write(lake.connection, lake.store, NewVintage(replace(KEY, month=day), "v1", "any"), query)


def test_repeated_flow_code_and_partner_is_refused_with_the_second_line(lake: Lake) -> None:
    rows = [row(), row(flow="re_exports"), row(partner_code="392"), row(value="1001.5", quantity="9")]
    with pytest.raises(InvalidRows) as refused:
        lake.write(rows)
    assert str(refused.value) in {
        f"line {line}: flow imports, hs_code 010121, partner_code 156 comes twice in 2026-03" for line in (2, 5)
    }
    assert lake.files() == []


def test_one_month_in_two_currencies_is_refused_and_leaves_no_file(lake: Lake) -> None:
    with pytest.raises(InvalidRows, match="one month in HKD and USD: a partition is in one currency"):
        lake.write([row(), row(currency="USD", partner_code="392")])
    assert not [path for path in lake.store.folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("whole", "part"), [("85", "8542"), ("85", "854231"), ("8542", "85423100"), ("854231", "85423100")]
)
def test_code_and_a_longer_code_within_it_are_refused(lake: Lake, whole: str, part: str) -> None:
    elsewhere = [row(hs_code=whole, partner_code="392"), row(hs_code=whole, flow="re_exports"), row(hs_code="84")]
    assert lake.write([row(hs_code=part), *elsewhere]).rows == 4
    with pytest.raises(InvalidRows, match=f"^line 2: hs_code {part} is part of {whole}, which is a row too"):
        lake.write([row(hs_code=part), *elsewhere, row(hs_code=whole)], vintage="v2")
    assert len(lake.files()) == 1


def test_mirror_may_have_a_total_and_its_parts(lake: Lake) -> None:
    reports = [row("trade_mirror", hs_code=code) for code in ("TOTAL", "85", "8542")]
    assert lake.write(reports, TRADE_MIRROR).rows == 3


def test_rows_are_sorted_by_flow_code_and_partner_as_text(lake: Lake) -> None:
    codes = [
        ("total_exports", "01", "4"),
        ("imports", "0201", "842"),
        ("imports", "0201", "36"),
        ("imports", "01", "9"),
    ]
    written = lake.write([row(flow=flow, hs_code=code, partner_code=partner) for flow, code, partner in codes])
    query = "select flow, hs_code, partner_code from read_parquet($file, hive_partitioning = false)"
    found = lake.connection.execute(query, {"file": str(lake.store.folder / written.file)}).fetchall()
    assert found == sorted(codes)


def test_file_has_source_vintage_and_payload_of_each_row(lake: Lake) -> None:
    written = lake.write([row(hs_code="0101"), row(hs_code="010229")])
    assert written.file == "year=2026/month=2026-03-01/files-synthetic-v1.parquet"
    assert (written.rows, written.hs_digits, written.currency) == (2, 4, "HKD")
    path = lake.store.folder / written.file
    assert written.bytes == path.stat().st_size
    query = "select distinct source_id, vintage, payload_sha256 from read_parquet($file)"
    assert lake.connection.execute(query, {"file": str(path)}).fetchall() == [("un_comtrade", "v1", "ab12")]
    assert stat.S_IMODE(path.stat().st_mode) == 0o444


def test_same_rows_give_byte_identical_files(tmp_path: Path) -> None:
    rows = [
        row(hs_code=f"{code:06d}", partner_code=str(partner), value=str(code * partner))
        for code in range(10_100, 10_300)
        for partner in (4, 36, 156, 392, 842)
    ]
    one, other = Lake(tmp_path / "one"), Lake(tmp_path / "other")
    first = one.write(rows)
    other.connection.execute("set threads = 1")
    assert other.write(rows) == first
    assert first.rows == 1_000
    changed = Lake(tmp_path / "changed").write([{**rows[0], "value": "1"}, *rows[1:]])
    assert changed.sha256 != first.sha256


def test_existing_file_is_replaced(lake: Lake) -> None:
    (lake.store.folder / lake.write([row(value="5")]).file).chmod(0o444)
    written = lake.write([row()])
    assert written.sha256 == file_sha256(lake.store.folder / written.file)
    assert lake.connection.execute(f"select value::double from '{lake.store.folder / written.file}'").fetchall() == [
        (1000.5,)
    ]


def test_partial_file_of_a_killed_run_is_overwritten(lake: Lake) -> None:
    folder = lake.store.folder / "year=2026" / "month=2026-03-01"
    folder.mkdir(parents=True)
    (folder / ".files-synthetic-v1.parquet.partial").write_bytes(b"half")
    assert lake.write([row()]).rows == 1
    assert [path.name for path in folder.iterdir()] == ["files-synthetic-v1.parquet"]


def test_lake_folder_name_may_contain_an_apostrophe(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "Hong Kong's")
    assert lake.write([row()]).rows == 1


def test_query_of_a_month_and_a_code_skips_most_row_groups(lake: Lake, tmp_path: Path) -> None:
    written = lake.write([row(hs_code=f"{code:06d}") for code in range(10_100, 10_400)])
    with duckdb.connect() as connection:
        query = "select stats_min_value, stats_max_value from parquet_metadata($file) where path_in_schema = 'hs_code'"
        found = connection.execute(query, {"file": str(lake.store.folder / written.file)}).fetchall()
    assert found == [("010100", "010399")]
