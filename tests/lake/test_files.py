"""A file of detail, CSV or Parquet, is read by its column names, or refused with a one-sentence error."""

import random
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.lake import files
from orchestration.lake.errors import InvalidRows
from orchestration.lake.files import ImportedFile
from orchestration.sources.lake_tables import TRADE_DETAIL
from testing.lake_files import APRIL, DETAIL, MARCH, MAY, change_footer, row, write_csv

TODAY = date(2026, 9, 25)
COLUMNS = "month, flow, hs_code, hs_edition, partner_code, value, currency, weight_kg, quantity, quantity_unit"
OTHERS = (
    "'imports' as flow, '01' as hs_code, 'HS2022' as hs_edition, '4' as partner_code, 1 as value, 'HKD' as currency"
)
ROWS = [row(), row(month=APRIL, partner_code="36", value="0.001"), row(month=MARCH, flow="re_exports")]


def read(path: Path, spill: Path, columns: str = f"{COLUMNS}, line_number") -> dict[date, list[tuple[Any, ...]]]:
    """Return the columns of a file's rows, by month."""
    with (
        duckdb.connect() as connection,
        files.by_month(connection, ImportedFile(TRADE_DETAIL, path, path.name, "ab12", TODAY), spill) as months,
    ):
        return {
            month: connection.execute(f"select {columns} from ({query}) order by line_number").fetchall()
            for month, query in months.items()
        }


def write_parquet(path: Path, rows: str, options: str = "") -> Path:
    with duckdb.connect() as connection:
        connection.execute(f"copy ({rows}) to '{path}' (format parquet{options})")
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "detail.csv", ROWS)


def test_rows_are_yielded_by_month_with_lines_and_payload(file: Path, tmp_path: Path) -> None:
    found = read(file, tmp_path / "spill", "flow, hs_code, partner_code, value::varchar, line_number, payload_sha256")
    assert list(found.items()) == [
        (
            MARCH,
            [
                ("imports", "010121", "156", "1000.500", 2, "ab12"),
                ("re_exports", "010121", "156", "1000.500", 4, "ab12"),
            ],
        ),
        (APRIL, [("imports", "010121", "36", "0.001", 3, "ab12")]),
    ]


def test_spill_folder_is_empty_afterwards(file: Path, tmp_path: Path) -> None:
    read(file, tmp_path / "spill")
    assert list((tmp_path / "spill").iterdir()) == []


def test_columns_may_come_in_any_order(file: Path, tmp_path: Path) -> None:
    turned = write_csv(tmp_path / "turned.csv", ROWS, sorted(DETAIL, reverse=True))
    assert read(turned, tmp_path / "spill") == read(file, tmp_path / "spill")


def test_byte_order_mark_and_crlf_are_accepted(file: Path, tmp_path: Path) -> None:
    windows = tmp_path / "windows.csv"
    windows.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert read(windows, tmp_path / "spill") == read(file, tmp_path / "spill")


def test_quoted_headings_and_values_are_accepted(file: Path, tmp_path: Path) -> None:
    quoted = tmp_path / "quoted.csv"
    quoted.write_text(
        "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in file.read_text().splitlines()) + "\n"
    )
    assert read(quoted, tmp_path / "spill") == read(file, tmp_path / "spill")


def test_quoted_unit_may_contain_comma_and_quote(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "unit.csv", [row(quantity_unit='PAIRS, "12"')])
    assert read(file, tmp_path / "spill", "quantity_unit")[MARCH] == [('PAIRS, "12"',)]


def test_leading_zeros_of_codes_are_kept(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "zeros.csv", [row(hs_code="0101"), row(hs_code="01"), row(hs_code="01012100")])
    assert read(file, tmp_path / "spill", "hs_code")[MARCH] == [("0101",), ("01",), ("01012100",)]


def test_optional_columns_may_be_missing_or_empty(tmp_path: Path) -> None:
    without = [{name: value for name, value in row().items() if name not in files.OPTIONAL}]
    left_out = read(
        write_csv(tmp_path / "without.csv", without), tmp_path / "spill", "weight_kg, quantity, quantity_unit"
    )
    empty = write_csv(tmp_path / "empty.csv", [row(weight_kg="", quantity="", quantity_unit="")])
    assert left_out == read(empty, tmp_path / "spill", "weight_kg, quantity, quantity_unit") == {MARCH: [(None,) * 3]}


@pytest.mark.parametrize("options", ["", ", row_group_size 2048"])
@pytest.mark.parametrize("order", ["month, partner_code", "partner_code, month"])
def test_parquet_file_gives_the_same_rows_clustered_by_month_or_not(tmp_path: Path, order: str, options: str) -> None:
    rows = f"""
        select
            date '2025-01-01' + to_months((i % 12)::integer) as month, 'imports' as flow, '010121' as hs_code,
            'HS2022' as hs_edition, (1 + i // 12)::varchar as partner_code, i::decimal(18, 3) as value,
            'HKD' as currency, null::decimal(18, 3) as weight_kg
        from range(12 * 900) t(i) order by {order}
    """
    file = write_parquet(tmp_path / "detail.parquet", rows, options)
    found = read(file, tmp_path / "spill", "partner_code::integer, value::integer")
    assert list(found) == [date(2025, month, 1) for month in range(1, 13)]
    assert {month: sorted(each) for month, each in found.items()} == {
        date(2025, month, 1): [(1 + number, number * 12 + month - 1) for number in range(900)] for month in range(1, 13)
    }


def test_lines_of_a_parquet_file_are_counted_from_one(tmp_path: Path) -> None:
    rows = " union all ".join(
        f"select date '{each['month']}' as month, 'imports' as flow, '010121' as hs_code, 'HS2022' as hs_edition,"
        f" '{number}' as partner_code, 1::double as value, 'HKD' as currency"
        for number, each in enumerate([row(), row(month=APRIL), row()], start=1)
    )
    found = read(write_parquet(tmp_path / "detail.parquet", rows), tmp_path / "spill", "partner_code, line_number")
    assert found == {MARCH: [("1", 1), ("3", 3)], APRIL: [("2", 2)]}


def test_csv_line_numbers_are_right_with_several_threads(tmp_path: Path) -> None:
    line = "2026-{0:02d}-01,imports,010121,HS2022,{1},{2},HKD\n"
    file = tmp_path / "long.csv"
    with file.open("w") as lines:
        lines.write("month,flow,hs_code,hs_edition,partner_code,value,currency\n")
        lines.writelines(line.format(1 + number % 3, 1 + number % 900, number) for number in range(400_000))
    with (
        duckdb.connect() as connection,
        files.by_month(connection, ImportedFile(TRADE_DETAIL, file, "x", "ab12", TODAY), tmp_path) as months,
    ):
        wrong = [
            connection.execute(f"select count(*) from ({query}) where line_number <> value + 2").fetchall()
            for query in months.values()
        ]
    assert file.stat().st_size > 15_000_000
    assert wrong == [[(0,)]] * 3


def with_replacement(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("1000.5", "1,000.5", "detail.csv: "),
        ("1000.5", "a lot", "line 2: value a lot is not a number"),
        ("2026-03-01", "March 2026", "line 2: month March 2026 is not a day of a month from 1900 to now"),
        ("2026-03-01", "", "detail.csv: a row has no month"),
        ("2026-03-01", "2026-02-30", "detail.csv: "),
        (
            "flow",
            "trade",
            "lacks flow and has trade, which are not columns of trade_detail; its columns must be month",
        ),
        ("hs_code,", "", "detail.csv: lacks hs_code"),
        ("currency", "hs_code", "detail.csv: "),
        ("quantity_unit\n", "quantity_unit,note\n", "has note, which are not columns of trade_detail"),
        ("month", "line_number", "lacks month and has line_number, which are not columns of trade_detail"),
    ],
)
def test_invalid_csv_is_refused_with_its_name(file: Path, tmp_path: Path, old: str, new: str, message: str) -> None:
    file.write_text(with_replacement(file.read_text(), old, new))
    with pytest.raises(InvalidRows) as refused:
        read(file, tmp_path / "spill")
    assert message in str(refused.value)
    assert str(refused.value).startswith("detail.csv: ")
    assert "\n" not in str(refused.value)
    assert list((tmp_path / "spill").iterdir()) == []


HOSTILE_MONTHS = (
    *("infinity", "-infinity", "0044-03-01 (BC)", "9999-12-01", "0001-01-01", "1899-12-01", "2026-13-01", "2026-10-01"),
    *("epoch", "today", "true", "2026-03-01 12:30:00", "5877642-06-24 (BC)"),
)

ORDINARY = (("date", "epoch"), ("timestamp", "epoch"), ("date", "2026-03-01 12:30:00"))  # once they have that type


@pytest.mark.hostile
@pytest.mark.parametrize("month", HOSTILE_MONTHS)
@pytest.mark.parametrize("kind", ["csv", "varchar", "date", "timestamp"])
def test_impossible_month_is_refused_with_its_line(tmp_path: Path, month: str, kind: str) -> None:
    if kind == "csv":
        file = write_csv(tmp_path / "months.csv", [row(), row(month=month)])
        line = 3
    else:
        try:
            months = " union all ".join(f"select '{each}'::{kind} as month, {OTHERS}" for each in ("2026-03-01", month))
            file = write_parquet(tmp_path / "months.parquet", months)
        except duckdb.Error:
            pytest.skip(f"DuckDB has no such {kind}")
        if (kind, month) in ORDINARY:
            pytest.skip("an ordinary day")
        line = 2
    with pytest.raises(InvalidRows, match=rf"^months\.(csv|parquet): line {line}: month .* is not a day of a month"):
        read(file, tmp_path / "spill")


LOSSY = ("1000.5004", "1e-9", "1e400", "NaN", "Infinity", "-inf", "true", "1,5", "0x10", "1000000000000000.5")


@pytest.mark.hostile
@pytest.mark.parametrize("value", LOSSY)
@pytest.mark.parametrize("column", ["value", "weight_kg"])
def test_figure_that_would_lose_digits_is_refused(tmp_path: Path, value: str, column: str) -> None:
    file = write_csv(tmp_path / "lossy.csv", [row(), row(**{column: value})])
    with pytest.raises(InvalidRows, match=rf"^lossy\.csv: line 3: {column} .* is not a number, or not one"):
        read(file, tmp_path / "spill")


@pytest.mark.parametrize(
    ("printed", "stored"),
    [
        ("7", "7.000"),
        (".5", "0.500"),
        ("1000.5000000", "1000.500"),
        ("1e3", "1000.000"),
        (" 12 ", "12.000"),
        ("", None),
    ],
)
def test_figure_that_loses_nothing_is_accepted(tmp_path: Path, printed: str, stored: str | None) -> None:
    file = write_csv(tmp_path / "fine.csv", [row(weight_kg=printed, quantity=printed)])
    assert read(file, tmp_path / "spill", "weight_kg::varchar")[MARCH] == [(stored,)]


QUANTITIES = ("NaN", "Infinity", "1e400", "1e-400", "true", "12345678901234567.89", "9999999999999.0001")


@pytest.mark.hostile
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_quantity_that_is_no_finite_double_is_refused(tmp_path: Path, quantity: str) -> None:
    file = write_csv(tmp_path / "quantity.csv", [row(quantity=quantity)])
    with pytest.raises(InvalidRows, match=r"line 2: quantity .* is not a number"):
        read(file, tmp_path / "spill")


@pytest.mark.hostile
@pytest.mark.parametrize(
    "typed",
    [
        *(
            "'0.30000000000000004'::double",
            "0.1234::decimal(18, 4)",
            "'nan'::double",
            "'infinity'::double",
            "true",
            "1e300::double",
        ),
        *("'1.00005'", "170141183460469231731687303715884105727::hugeint", "1.2345::float"),
    ],
)
def test_value_of_a_parquet_file_that_would_lose_digits_is_refused(tmp_path: Path, typed: str) -> None:
    others = OTHERS.replace("1 as value", f"{typed} as value")
    file = write_parquet(tmp_path / "lossy.parquet", f"select date '2026-03-01' as month, {others}")
    with pytest.raises(InvalidRows, match=r"^lossy\.parquet: line 1: value .* is not a number, or not one"):
        read(file, tmp_path / "spill")


LOSSY_QUANTITIES = (
    *("'9999999999999.0001'", "9999999999999.0001::decimal(38, 4)", "18446744073709551615::ubigint"),
    *("interval 3 days", "blob '12'", "[1]", "uuid '00000000-0000-0000-0000-000000000001'"),
)
NOT_TEXTS = ("interval 3 days", "[1]", "{'a': 1}", "1.5::double", "date '2026-03-01'", "blob 'kg'")


@pytest.mark.parametrize("typed", ["0.3::double", "0.5::float", "12::bigint", "'12.5'", "1.500::decimal(30, 10)"])
def test_value_of_a_parquet_file_of_another_type_is_accepted(tmp_path: Path, typed: str) -> None:
    others = OTHERS.replace("1 as value", f"{typed} as value")
    file = write_parquet(tmp_path / "fine.parquet", f"select date '2026-03-01' as month, {others}")
    assert len(read(file, tmp_path / "spill", "value")[MARCH]) == 1


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("typed", "column", "reason"),
    [
        *((f"{typed} as quantity", "quantity", "is not a number, or not one") for typed in LOSSY_QUANTITIES),
        *((f"{typed} as quantity_unit", "quantity_unit", "is not text") for typed in NOT_TEXTS),
        ("timestamptz '2026-03-01' as month", "month", "is not a day of a month"),
        ("time '00:00' as month", "month", "is not a day of a month"),
    ],
)
def test_column_of_a_type_that_cannot_be_read_is_refused(tmp_path: Path, typed: str, column: str, reason: str) -> None:
    month = "" if column == "month" else "date '2026-03-01' as month, "
    file = write_parquet(tmp_path / "types.parquet", f"select {typed}, {month}{OTHERS}")
    with pytest.raises(InvalidRows, match=rf"^types\.parquet: line 1: {column} .* {reason}"):
        read(file, tmp_path / "spill")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("0.1::float", 0.1),
        ("0.1::double", 0.1),
        ("'0.10000000000000001'", 0.1),
        ("1234567890123456.5::decimal(38, 10)", 1234567890123456.5),
        ("10000000000000000000::ubigint", 1e19),
        ("null::interval", None),
    ],
)
def test_quantity_of_a_parquet_file_keeps_its_digits(tmp_path: Path, typed: str, stored: float | None) -> None:
    file = write_parquet(tmp_path / "fine.parquet", f"select date '2026-03-01' as month, {OTHERS}, {typed} as quantity")
    assert read(file, tmp_path / "spill", "quantity")[MARCH] == [(stored,)]


@pytest.mark.hostile
def test_figure_among_codes_is_refused(tmp_path: Path) -> None:
    others = OTHERS.replace("'01' as hs_code", "true as hs_code")
    file = write_parquet(tmp_path / "codes.parquet", f"select date '2026-03-01' as month, {others}")
    with pytest.raises(InvalidRows, match="line 1: hs_code true is not text"):
        read(file, tmp_path / "spill")


def test_text_of_a_full_disk_in_a_file_does_not_blame_this_machine(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "sly.csv", [row(value="No space left on device")])
    with pytest.raises(InvalidRows):
        read(file, tmp_path / "spill")


@pytest.mark.hostile
@pytest.mark.parametrize(
    "payload", [b"", b"\n", b"PAR1", b"PAR1 and rubbish PAR1", b"\xff\xd8\xff", b"<html>", b"PK\x03\x04rubbish"]
)
def test_other_bytes_are_refused(tmp_path: Path, payload: bytes) -> None:
    file = tmp_path / "any.parquet"
    file.write_bytes(payload)
    with pytest.raises(InvalidRows, match=r"^any\.parquet: "):
        read(file, tmp_path / "spill")


@pytest.mark.hostile
def test_file_with_headings_only_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "headings.csv"
    file.write_text(f"{','.join(DETAIL)}\n")
    with pytest.raises(InvalidRows, match=r"^headings\.csv: it has no rows$"):
        read(file, tmp_path / "spill")


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            "date '2026-03-01' as month, 1 as stranger",
            "lacks flow, hs_code, hs_edition, partner_code, value, currency and has stranger",
        ),
        ("'never' as month, {0}", "line 1: month never is not a day of a month"),
        ("cast(null as date) as month, {0}", "a row has no month"),
    ],
)
def test_invalid_parquet_is_refused(tmp_path: Path, columns: str, message: str) -> None:
    file = write_parquet(tmp_path / "detail.parquet", f"select {columns.format(OTHERS)}")
    with pytest.raises(InvalidRows, match=message):
        read(file, tmp_path / "spill")


@pytest.mark.hostile
@pytest.mark.parametrize("compression", ["snappy", "zstd", "uncompressed"])
def test_parquet_with_flipped_bits_is_read_or_refused(tmp_path: Path, compression: str) -> None:
    others = OTHERS.replace("'4'", "(1 + i // 3)::varchar")
    rows = f"select date '2025-01-01' + to_months((i % 3)::integer) as month, {others} from range(2_000) t(i)"
    file = write_parquet(tmp_path / "bits.parquet", rows, f", compression {compression}")
    good, chance, refused = file.read_bytes(), random.Random(1), 0  # noqa: S311
    for _ in range(15):
        wrong = bytearray(good)
        for _ in range(8):
            wrong[chance.randrange(len(wrong))] ^= 1 << chance.randrange(8)
        file.write_bytes(wrong)
        try:
            read(file, tmp_path / "spill", "*")
        except InvalidRows:
            refused += 1
    assert refused > 3


def test_full_disk_does_not_refuse_the_file() -> None:
    with pytest.raises(OSError, match="No space left"), files.invalid_rows_of("detail.csv"):
        raise duckdb.IOException('IO Error: Could not write file "/spill/part": No space left on device')
    with pytest.raises(duckdb.OutOfMemoryException), files.invalid_rows_of("detail.csv"):
        raise duckdb.OutOfMemoryException("Out of Memory Error")


def test_folder_name_may_contain_an_apostrophe(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "Hong Kong's"
    folder.mkdir()
    moved = file.rename(folder / file.name)
    assert list(read(moved, folder / "spill")) == [MARCH, APRIL]


def test_only_months_of_the_file_are_yielded(tmp_path: Path) -> None:
    file = write_csv(tmp_path / "gap.csv", [row(month=MAY), row(month=MARCH)])
    assert list(read(file, tmp_path / "spill")) == [MARCH, MAY]


def days(month: date) -> bytes:
    """Return a month as Parquet's statistics have it."""
    return (month - date(1970, 1, 1)).days.to_bytes(4, "little")


@pytest.mark.hostile
def test_false_statistics_of_months_hide_no_row(tmp_path: Path) -> None:
    months = " union all ".join(f"select date '{month}' as month, {OTHERS}" for month in (MARCH, APRIL))
    file = write_parquet(tmp_path / "false.parquet", months)
    change_footer(file, days(APRIL), days(MARCH))
    assert {month: len(rows) for month, rows in read(file, tmp_path / "spill").items()} == {MARCH: 1, APRIL: 1}


@pytest.mark.hostile
def test_month_outside_false_statistics_is_refused(tmp_path: Path) -> None:
    file = write_parquet(tmp_path / "false.parquet", f"select date '2027-03-01' as month, {OTHERS}")
    change_footer(file, days(date(2027, 3, 1)), days(MARCH))
    with pytest.raises(InvalidRows, match="line 1: month 2027-03-01 is not a day of a month"):
        read(file, tmp_path / "spill")


@pytest.mark.hostile
def test_false_number_of_rows_is_refused(tmp_path: Path) -> None:
    file = write_parquet(tmp_path / "false.parquet", f"select date '2026-03-01' as month, {OTHERS} from range(50)")
    # In the footer's encoding, an int64 of 50 before the list of row groups.
    change_footer(file, b"\x16\x64\x19", b"\x16\x62\x19")
    with pytest.raises(InvalidRows, match="it says that it has 49 rows, and has 50"):
        read(file, tmp_path / "spill")
