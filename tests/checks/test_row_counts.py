"""Row counts: by table and year, and what a change says."""

from pathlib import Path

import duckdb
import pytest

from orchestration.checks import row_counts
from orchestration.settings import Settings
from testing.tiny_marts import TinyMarts


@pytest.fixture
def marts() -> TinyMarts:
    marts = TinyMarts()
    for month in ("2025-12", "2026-01", "2026-02"):
        marts.month(month, 100, 110)
    return marts


def test_facts_are_counted_by_year_and_reference_data_as_a_whole(marts: TinyMarts) -> None:
    marts.connection.execute("insert into reference.gold_exclusions values ('71081100'), ('71081210')")
    counts = row_counts.count(marts.connection)
    assert counts["marts.fct_trade_balance_monthly", "2025"] == 1
    assert counts["marts.fct_trade_balance_monthly", "2026"] == 2
    assert counts["marts.fct_observations", "2026"] == 4
    assert counts["reference.gold_exclusions", ""] == 2


def test_recorded_counts_pass(marts: TinyMarts, tmp_path: Path) -> None:
    path = tmp_path / "row_counts.csv"
    row_counts.write(row_counts.count(marts.connection), path)
    assert row_counts.read(path) == row_counts.count(marts.connection)
    assert row_counts.row_counts_as_recorded(marts.connection, path).passed


@pytest.mark.parametrize(
    ("change", "severity", "sentence"),
    [
        ("delete from {table} where month = '2025-12-01'", "error", "{table} 2025: 0 rows, 1 recorded"),
        ("insert into {table} (month) values ('2026-03-01')", "warn", "{table} 2026: 3 rows, 2 recorded"),
    ],
)
def test_lost_rows_block_and_new_rows_warn(
    marts: TinyMarts, tmp_path: Path, change: str, severity: str, sentence: str
) -> None:
    table, path = "marts.fct_trade_balance_monthly", tmp_path / "row_counts.csv"
    row_counts.write(row_counts.count(marts.connection), path)
    marts.connection.execute(change.format(table=table))
    finding = row_counts.row_counts_as_recorded(marts.connection, path)
    assert (finding.passed, finding.severity) == (False, severity)
    assert finding.sentence.startswith(sentence.format(table=table))
    assert "entrepot row-counts --update" in finding.sentence


def test_recorded_counts_are_those_of_the_embedded_record(built: Settings) -> None:
    with duckdb.connect(str(built.current / "warehouse.duckdb"), read_only=True) as connection:
        assert row_counts.compare(row_counts.count(connection)) == []
