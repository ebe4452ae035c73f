"""The benchmarks of the detail use rows of the real shape, and every engine computes the same sums."""

from decimal import Decimal
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

import duckdb
import pytest

from benchmarks import children, detail_aggregates, detail_rebuild, synthetic_detail
from benchmarks.detail import label, targets
from benchmarks.synthetic_detail import Files
from orchestration.settings import Settings
from orchestration.sources.lake_tables import TRADE_DETAIL
from orchestration.warehouse import build_file

ROWS_A_MONTH = 2_000


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Two months, the month after them, and the second month revised."""
    files = synthetic_detail.files(tmp_path_factory.mktemp("synthetic"), new_months=1, csv=True)
    synthetic_detail.write(files, months=2, rows_a_month=ROWS_A_MONTH)
    return files


def rows(query: str) -> list[Any]:
    with duckdb.connect() as connection:
        return connection.execute(query).fetchall()


def test_synthetic_rows_have_the_lakes_columns_and_unique_keys(written: Files) -> None:
    columns = {name: kind.lower() for name, kind, *_ in rows(f"describe from '{written.parquet}'")}
    assert columns == {name: kind for name, kind in TRADE_DETAIL.columns.items() if name != "line_number"} | {
        "value": "decimal(18,3)",
        "weight_kg": "decimal(18,3)",
    }
    [(held, keys, months, least)] = rows(
        f"select count(*), count(distinct (month, flow, hs_code, partner_code)), count(distinct month), min(value)"
        f" from '{written.parquet}'"
    )
    assert (keys, months, least) == (held, 2, Decimal(1000))
    assert held == pytest.approx(2 * ROWS_A_MONTH, rel=0.1)


def test_synthetic_month_does_not_depend_on_the_length_of_the_history(written: Files, tmp_path: Path) -> None:
    shorter = synthetic_detail.files(tmp_path, new_months=2, csv=False)
    synthetic_detail.write(shorter, months=1, rows_a_month=ROWS_A_MONTH)
    first, second, third = shorter.parquet, *shorter.new_months
    assert rows(f"from '{first}' union all from '{second}' order by all") == rows(
        f"from '{written.parquet}' order by all"
    )
    assert rows(f"from '{third}'") == rows(f"from '{written.new_months[0]}'")


def test_synthetic_revision_changes_only_values_of_some_rows(written: Files) -> None:
    [(held, joined, changed)] = rows(
        f"select (select count(*) from '{written.revised}'), count(*), count(*) filter (now.value <> before.value)"
        f" from '{written.revised}' as now inner join '{written.parquet}' as before"
        f" using (month, flow, hs_code, partner_code)"
    )
    assert held == joined
    assert 0 < changed < held / 20


@pytest.mark.parametrize("engine", detail_aggregates.ENGINES)
def test_every_engine_sums_by_month_flow_chapter_and_partner(engine: str, tmp_path: Path) -> None:
    file, target = tmp_path / "detail.csv", tmp_path / "sums.parquet"
    file.write_text(
        "month,flow,hs_code,hs_edition,partner_code,value,currency,weight_kg,quantity,quantity_unit\n"
        "2026-03-01,imports,854231,HS2022,156,2000.000,HKD,3.000,,\n"
        "2026-03-01,imports,850440,HS2022,156,5000.000,HKD,,7.0,no.\n"
        "2026-03-01,imports,010110,HS2022,36,1000.000,HKD,4.000,,\n"
    )
    detail_aggregates.main(engine, str(target), str(file))
    assert [row[1:] for row in rows(f"from '{target}'")] == [
        ("imports", "01", "36", 1, 4),
        ("imports", "85", "156", 7, 3),
    ]


def test_every_engine_computes_the_same_sums(written: Files, tmp_path: Path) -> None:
    assert written.csv
    sums = []
    for file in (written.parquet, written.csv):
        for engine in detail_aggregates.engines_for(file):
            detail_aggregates.main(engine, str(tmp_path / "sums.parquet"), str(file))
            sums.append(detail_aggregates.checksums(tmp_path / "sums.parquet"))
    assert sums == [sums[0]] * len(sums)


def test_engine_with_different_sums_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def sums(engine: str, files: list[Path], target: Path) -> tuple[dict[str, float], float]:
        figure = 2 if engine == "polars" else 1
        duckdb.sql(f"copy (select {figure} as value_hkd_k) to '{target}' (format parquet)")
        return {"seconds": 1, "cpu_seconds": 1}, 1

    monkeypatch.setattr(detail_aggregates, "summed", sums)
    with pytest.raises(AssertionError, match="polars"):
        detail_aggregates.measure([Path("detail.parquet")], tmp_path, rounds=1)


def test_detail_build_computes_the_sums_of_the_engines(home: Path, written: Files, tmp_path: Path) -> None:
    run = detail_rebuild.refresh(home, written.parquet, detail_rebuild.FULL)
    assert run.summary["nodes"].keys() >= {"tests", "int_detail_goods", "fct_trade_aggregates"}
    assert run.imported
    detail_aggregates.main("duckdb", str(tmp_path / "sums.parquet"), str(written.parquet))
    with build_file.connect(Settings(home=home), read_only=True) as connection:
        built = connection.execute(
            "select month, flow, hs_chapter, partner_code, cast(value_hkd_mn * 1000 as bigint)"
            " from marts.fct_trade_by_chapter_and_partner_monthly order by all"
        ).fetchall()
    assert built == rows(f"select month, flow, chapter, partner_code, value_hkd_k from '{tmp_path}/sums.parquet'")


def test_failing_child_process_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CalledProcessError):
        children.sql("select error('no')", home=tmp_path)


def test_spilled_bytes_are_measured(tmp_path: Path) -> None:
    small = {"memory_limit": "50MB", "threads": 1}
    cost = children.sql(
        "create table sorted as select hash(range) as h from range(10_000_000) order by h",
        home=tmp_path,
        settings=small,
    )
    assert cost.spilled_mb > 10


def test_targets_are_named_for_the_measured_sizes() -> None:
    assert [label(rows) for rows in (60_000, 10_000_000)] == ["60k", "10m"]
    assert "aggregates_10m_csv rate_to_pandas" in targets([10_000_000])
