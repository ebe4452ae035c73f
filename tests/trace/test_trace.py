"""Trace figures of a built warehouse to their archived lines, and the errors for unknown ones."""

import io
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from rich.console import Console

from orchestration.archive import Archive, ArchiveError
from orchestration.settings import Settings
from orchestration.trace import Trace, UnknownFigure, render, trace
from orchestration.trace.measures import TRACED


@pytest.fixture(scope="module")
def archive(built: Settings) -> Archive:
    return Archive(built.archive_dir)


def statuses(traced: Trace) -> dict[tuple[str, str], str]:
    return {(each.series, each.period_label): each.status for each in traced.observations if each.is_served}


def test_balance_of_march_2026_is_traced_to_two_official_lines(
    warehouse: duckdb.DuckDBPyConnection, archive: Archive
) -> None:
    traced = trace(warehouse, archive, "2026-03", "balance")
    [served] = traced.served
    assert (served.value, served.working) == (-89_083, "618,401 - 707,484")
    assert statuses(traced) == {("total_exports", "2026-03"): "used", ("imports", "2026-03"): "used"}
    assert [each.line.split(",")[:3] for each in traced.observations] == [
        ["2026-03", "total_exports", "618401"],
        ["2026-03", "imports", "707484"],
    ]
    assert [payload.dataset for payload in traced.payloads] == ["trade_totals_monthly"]


def test_first_quarter_2026_shows_both_bases_and_the_late_corrections(
    warehouse: duckdb.DuckDBPyConnection, archive: Archive
) -> None:
    traced = trace(warehouse, archive, "2026-Q1", "balance")
    assert [(each.basis, each.value, each.working) for each in traced.served] == [
        ("published", -168_400, "as printed"),
        ("sum_of_months", -167_329, "1,547,760 - 1,715,089"),
    ]
    assert traced.late_corrections == -1_071
    assert "Two bases" in [rule.name for rule in traced.rules]
    assert len([each for each in traced.observations if each.status == "used"]) == 7


def test_unused_published_balance_is_shown_beside_the_levels(
    warehouse: duckdb.DuckDBPyConnection, archive: Archive
) -> None:
    traced = trace(warehouse, archive, "2025-04", "balance")
    assert [each.value for each in traced.served] == [-16_008]
    beside = [each for each in traced.observations if each.status == "beside"]
    assert [each.value for each in beside] == [-16_007]
    assert [each.reason for each in beside] == ["not needed: imports and total_exports are used"]


def test_coarser_figure_shows_why_it_was_not_chosen(warehouse: duckdb.DuckDBPyConnection, archive: Archive) -> None:
    traced = trace(warehouse, archive, "2016", "balance")
    [lost] = [each for each in traced.observations if each.status == "not chosen"]
    assert lost.value == -420_100
    assert lost.reason == "coarser: printed to 100, the figure used to 1"


@pytest.mark.parametrize(
    ("period", "measure", "value", "working"),
    [
        ("2026-03", "exports", 618_401, "as printed"),
        ("2026-03", "imports_yoy", 41.245, "100 * (707,484 / 500,891 - 1)"),
        ("2026-Q1", "exports_yoy", 32, "as printed"),
        ("2026-01", "exports_mom", 1.515, "100 * (520,564 / 512,795 - 1)"),
        ("2026-03", "deficit_pct_of_imports", 12.592, "100 * -(618,401 - 707,484) / 707,484"),
        ("2025", "deficit_pct_of_imports", 7.9, "as printed"),
        ("2026-03", "balance_usd", -11_381.791, "(618,401 - 707,484) / 7.8268"),
        ("2026-03", "deficit_rank", 1, "618,401 - 707,484"),
        ("2026-03", "hkd_per_usd", 7.8268, "as printed"),
        ("2026-03", "gold_price", 4_856, "as printed"),
        ("2013-12", "balance", -54_400, "as printed"),
        ("2025-H1", "balance", -183_600, "as printed"),
    ],
)
def test_each_measure_shows_its_arithmetic(
    warehouse: duckdb.DuckDBPyConnection, archive: Archive, period: str, measure: str, value: float, working: str
) -> None:
    traced = trace(warehouse, archive, period, measure)
    assert float(traced.served[0].value) == pytest.approx(value, abs=0.001)
    assert traced.served[0].working == working
    assert all(each.line for each in traced.observations)


def test_traced_columns_are_those_of_the_measures_formulas() -> None:
    for traced in TRACED.values():
        if traced.formula and traced.kind != "level":
            assert f"{traced.monthly_table}.{traced.column}".removeprefix("marts.") in traced.formula.columns


def test_growth_of_january_shows_the_lunar_new_year_rule(
    warehouse: duckdb.DuckDBPyConnection, archive: Archive
) -> None:
    assert "Lunar New Year" in [rule.name for rule in trace(warehouse, archive, "2026-01", "imports_yoy").rules]
    assert "Lunar New Year" not in [rule.name for rule in trace(warehouse, archive, "2026-03", "imports_yoy").rules]


@pytest.mark.parametrize(
    ("period", "measure", "message"),
    [
        ("2026-03", "balnce", "did you mean balance"),
        ("2026-03", "weather", "The measures are balance, total_exports, imports"),
        ("2026-13", "balance", "'2026-13' is no period; write it as 2026-03"),
        ("2026-09", "balance", "no balance is held for 2026-09"),
        ("2026-09", "balance", "close to it: 2026-08"),
        ("2026-Q1", "exports_mom", "a figure of single months"),
    ],
)
def test_unknown_figure_error_lists_available_figures(
    warehouse: duckdb.DuckDBPyConnection, archive: Archive, period: str, measure: str, message: str
) -> None:
    with pytest.raises(UnknownFigure) as error:
        trace(warehouse, archive, period, measure)
    assert message in str(error.value)


def test_trace_fails_if_archived_bytes_were_changed(warehouse: duckdb.DuckDBPyConnection, home: Path) -> None:
    archive = Archive(home / "archive")
    sha256 = trace(warehouse, archive, "2026-03", "imports").payloads[0].sha256
    payload = Path(archive.place("record", "trade_totals_monthly", sha256))
    payload.chmod(0o644)
    payload.write_bytes(payload.read_bytes().replace(b"707484", b"707485"))
    with pytest.raises(ArchiveError, match="was changed"):
        trace(warehouse, archive, "2026-03", "imports")


def test_trace_fails_if_the_archive_lacks_the_payload(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="does not list payload"):
        trace(warehouse, Archive(tmp_path), "2026-03", "imports")


def test_trace_converts_to_json(warehouse: duckdb.DuckDBPyConnection, archive: Archive) -> None:
    plain: dict[str, Any] = json.loads(json.dumps(trace(warehouse, archive, "2026-Q1", "balance").to_dict()))
    assert (plain["period_label"], plain["measure"], plain["late_corrections"]) == ("2026-Q1", "balance", -1_071)
    assert [each["value"] for each in plain["served"]] == [-168_400, -167_329]


@pytest.mark.parametrize("width", [80, 140])
def test_rendered_trace_shows_figures_lines_and_rules(
    warehouse: duckdb.DuckDBPyConnection, archive: Archive, width: int
) -> None:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(render(trace(warehouse, archive, "2026-Q1", "balance")))
    text = console.export_text()
    for shown in ("-168,400 HK$ mn", "-167,329 HK$ mn", "-1,071 HK$ mn", "2026-Q1,balance,-168.4", "Two bases"):
        assert shown in text
