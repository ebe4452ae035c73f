"""The report shows the figures of its release, says what is missing, and escapes hostile text."""

import json
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration import releases
from orchestration.cli import pages
from orchestration.pages import report
from orchestration.pages.report.document import Report, Section
from orchestration.pages.report.wording import MISSING, NBSP
from orchestration.settings import Settings
from testing.commands import call_entrepot, run_entrepot
from testing.report_marts import HOSTILE, changed

MARTS = {
    "what-happened": "fct_trade_balance_monthly",
    "balance": "fct_trade_balance_monthly",
    "growth": "fct_trade_balance_monthly",
    "two-bases": "fct_trade_balance_period",
    "categories": "fct_trade_by_category",
    "partners": "fct_trade_by_partner",
    "indices": "fct_trade_indices",
    "peg": "fct_hkd_peg_monthly",
    "services": "fct_services_buffer_quarterly",
    "claims": "fct_claim_verdicts",
    "sources": "dim_source",
}
CORRECTIONS = """
late_corrections_balance_hkd_mn from marts.fct_trade_balance_period
where basis = 'published' and frequency not in ('month', 'rolling') and late_corrections_balance_hkd_mn is not null
order by period_end desc, period_start
"""


@pytest.fixture(scope="module")
def content(release: releases.Release, warehouse: duckdb.DuckDBPyConnection) -> Report:
    return report.build_report(warehouse, releases.describe(release))


def section(content: Report, anchor: str) -> Section:
    [found] = [each for each in content.sections if each.anchor == anchor]
    return found


def column(content: Report, anchor: str, index: int) -> list[str | None]:
    """Return the sort values of a column of a chart's table: the figures with all their digits."""
    return [row[index].sort for row in section(content, anchor).charts[0].table.rows]


def texts(values: list[Any]) -> list[str]:
    return ["" if value is None else str(value) for (value,) in values]


def markup(page: str) -> str:
    """Return a page without the content of its scripts."""
    return re.sub(r"(<script[^>]*>).*?</script>", r"\1", page, flags=re.DOTALL)


def test_no_section_is_empty_on_the_embedded_record(content: Report) -> None:
    assert [each.anchor for each in content.sections if each.empty_message] == []
    assert sum(len(each.charts) for each in content.sections) == 12


def test_headline_shows_the_latest_month_of_the_mart(content: Report, warehouse: duckdb.DuckDBPyConnection) -> None:
    query = "select total_exports_hkd_mn, imports_hkd_mn, balance_hkd_mn, deficit_rank, record_months, month"
    latest = f"{query} from marts.fct_trade_balance_monthly order by month desc limit 1"
    exports, imports, balance, rank, months, month = warehouse.execute(latest).fetchall()[0]
    tiles = {tile.label: tile for tile in section(content, "what-happened").tiles}
    assert tiles["Total exports"].figure == f"{exports:,.0f}"
    assert tiles["Imports"].figure == f"{imports:,.0f}"
    assert tiles["Balance: a deficit"].figure == f"−{-balance:,.0f}"  # noqa: RUF001 - a true minus sign
    assert tiles["Rank of the deficit"].figure == f"{rank}nd"
    assert tiles["Rank of the deficit"].unit == f"of {months} months"
    assert content.title.endswith(f"{month:%B %Y}")
    traced = [row[-1].text for row in section(content, "what-happened").tables[0].rows]
    assert traced == [f"entrepot trace {month:%Y-%m} {name}" for name in ("total_exports", "imports", "balance")]


@pytest.mark.parametrize(
    ("anchor", "index", "query"),
    [
        ("balance", 1, "balance_hkd_mn from marts.fct_trade_balance_monthly order by month desc limit 24"),
        ("growth", 1, "exports_yoy_pct from marts.fct_trade_balance_monthly order by month desc limit 24"),
        ("growth", 2, "imports_yoy_pct from marts.fct_trade_balance_monthly order by month desc limit 24"),
        (
            "two-bases",
            3,
            CORRECTIONS,
        ),
        ("gold", 1, "usd_per_troy_oz from marts.fct_gold_price_monthly order by month desc limit 24"),
        ("peg", 1, "hkd_per_usd from marts.fct_hkd_peg_monthly order by month desc limit 24"),
        (
            "services",
            1,
            "services_balance_hkd_bn from marts.fct_services_buffer_quarterly order by period_end desc",
        ),
    ],
    ids=lambda value: value if value in MARTS or value == "gold" else "",
)
def test_chart_table_shows_the_figures_of_its_mart(
    content: Report, warehouse: duckdb.DuckDBPyConnection, anchor: str, index: int, query: str
) -> None:
    held = texts(warehouse.execute(f"select {query}").fetchall())
    assert held
    assert column(content, anchor, index) == held


def test_chart_data_are_the_figures_of_the_mart(content: Report, warehouse: duckdb.DuckDBPyConnection) -> None:
    query = "select strftime(month, '%Y-%m-%dT00:00:00'), balance_hkd_mn from marts.fct_trade_balance_monthly"
    held = {month: float(balance / 1000) for month, balance in warehouse.execute(query).fetchall() if balance}
    drawn = section(content, "balance").charts[0].spec["data"]["values"]
    assert len(drawn) > 100
    assert {point["month"]: point["balance_hkd_bn"] for point in drawn} == {p["month"]: held[p["month"]] for p in drawn}
    assert [p["deficit_rank"] for p in drawn if p["is_record"]] != []


def test_only_the_months_of_lunar_new_year_are_shaded(content: Report) -> None:
    drawn = section(content, "growth").charts[0].spec["data"]["values"]
    assert {point["month"][5:7] for point in drawn if point["is_lunar_new_year_distorted"]} == {"01", "02"}
    assert not any(p["month"][5:7] in ("01", "02") and not p["is_lunar_new_year_distorted"] for p in drawn)


def test_notes_quote_the_figures_of_the_release(content: Report) -> None:
    late, gold, new_year = (note.replace(NBSP, " ") for note in section(content, "notes").notes)
    assert "the first quarter of 2026 the published balance is HK$ −168.4 bn" in late  # noqa: RUF001
    assert "add up to HK$ −167.329 bn: HK$ −1.071 bn came late" in late  # noqa: RUF001
    assert "In July 2026 gold came to imports of US$ 15,967 mn" in gold
    assert "17 February 2026: imports grew +38.1 % in January, +29.9 % in February, and +34.1 %" in new_year


def test_each_verdict_has_a_word_and_a_sign_as_well_as_a_colour(content: Report) -> None:
    verdicts = {row[0].text: row[1] for row in section(content, "claims").tables[0].rows}
    assert len(verdicts) == 38
    assert verdicts["C001"].text == "✓ confirmed"
    assert verdicts["C007"].text == "≠ basis difference"
    assert verdicts["C023"].text == "↔ mislabelled"
    assert verdicts["C023"].note == "currency: HKD, not USD"
    assert {cell.text: cell.tone for cell in verdicts.values()} == {
        "✗ contradicted": "bad",
        "↔ mislabelled": "bad",
        "? unverifiable": "warn",
        "≠ basis difference": "warn",
        "≈ rounding": "good",
        "✓ confirmed": "good",
    }


def test_wrong_claims_come_first_newest_period_first(content: Report) -> None:
    rows = section(content, "claims").tables[0].rows
    assert [row[0].text for row in rows[:8]] == ["C043", "C045", "C047", "C049", "C057", "C023", "C025", "C027"]
    assert [row[1].sort for row in rows] == sorted(str(row[1].sort) for row in rows)


def test_each_verdict_count_links_to_its_first_claim(content: Report, warehouse: duckdb.DuckDBPyConnection) -> None:
    claims = section(content, "claims")
    counted = dict(warehouse.execute("select verdict, count(*) from marts.fct_claim_verdicts group by all").fetchall())
    shown = {tile.label.partition(" ")[2].replace(" ", "_"): tile.figure for tile in claims.tiles}
    assert shown == {verdict: str(count) for verdict, count in counted.items()}
    assert claims.sentences[0].startswith(
        "Of 38 numbers that the press printed, 23 are sound, 12 are wrong, and 3 can't"
    )
    leads = {row[0].anchor: row[1].text for row in claims.tables[0].rows if row[0].anchor}
    assert leads == {tile.anchor: tile.label for tile in claims.tiles}


def test_verdict_without_claims_is_counted_as_0_and_has_no_link(release: releases.Release) -> None:
    with changed(release, fct_claim_verdicts="where verdict <> 'rounding'") as connection:
        content = report.build_report(connection, releases.describe(release))
    [tile] = [tile for tile in section(content, "claims").tiles if tile.label == "≈ rounding"]
    assert (tile.figure, tile.anchor) == ("0", "")


def test_report_names_its_release(content: Report, release: releases.Release) -> None:
    facts = {name: cell.text for name, cell in section(content, "release").facts}
    assert facts["Release"] == release.id
    assert facts["Content id"] == release.content_id
    assert facts["Trace a figure"] == "entrepot trace 2026-08 balance"


def test_report_lists_every_payload_of_the_release(content: Report, release: releases.Release) -> None:
    [_, payloads] = section(content, "sources").tables
    assert [row[-1].text for row in payloads.rows] == [each["sha256"] for each in release.datapackage["sources"]]


@pytest.mark.parametrize(("anchor", "mart"), MARTS.items(), ids=MARTS)
def test_empty_mart_gives_an_empty_section_and_the_rest_is_shown(
    release: releases.Release, anchor: str, mart: str
) -> None:
    with changed(release, **{mart: "where false"}) as connection:
        content = report.build_report(connection, releases.describe(release))
    assert section(content, anchor).empty_message.startswith("This release holds no ")
    assert sum(not each.empty_message for each in content.sections) >= 6


def test_release_without_rows_still_has_a_report(release: releases.Release) -> None:
    tables = [name.partition(".")[2] for name in release.rows]
    with changed(release, **dict.fromkeys(tables, "where false")) as connection:
        page = report.render(connection, releases.describe(release))
    assert page.count("This release holds no ") >= len(MARTS)
    assert "This release holds no month of trade." in page


def test_missing_growth_rate_and_exchange_rate_are_mentioned(release: releases.Release) -> None:
    nothing = "replace (null::double as exports_yoy_pct, null::double as imports_yoy_pct)"
    with changed(release, fct_trade_balance_monthly=nothing, fct_gold_trade="where false") as connection:
        content = report.build_report(connection, releases.describe(release))
    assert "Exports were held without a growth rate" in content.lead
    assert section(content, "growth").empty_message
    happened = section(content, "what-happened")
    assert "no exchange rate of August 2026 is held" in str(happened.tiles)
    assert happened.tables[0].rows[0][2].text == MISSING
    assert section(content, "gold").sentences == ["This release holds no gold flow of a month."]


def test_surplus_is_named_and_has_no_deficit_rank(release: releases.Release) -> None:
    surplus = "replace (cast(5 as decimal(18,3)) as balance_hkd_mn, -0.5::double as deficit_pct_of_imports,"
    with changed(release, fct_trade_balance_monthly=f"{surplus} null::integer as deficit_rank)") as connection:
        content = report.build_report(connection, releases.describe(release))
    assert "The surplus of" in content.lead
    labels = [tile.label for tile in section(content, "what-happened").tiles]
    assert labels[0] == "Balance: a surplus"
    assert "Rank of the deficit" not in labels


def test_hostile_text_is_escaped(release: releases.Release) -> None:
    hostile = HOSTILE.replace("'", "''")
    claim = ", ".join(f"'{hostile}' as {column}" for column in ("claim_id", "claim", "diagnosis", "sentence"))
    changes = {
        "fct_trade_by_partner": f"replace ('{hostile}' as partner_name)",
        "fct_trade_by_category": f"replace ('{hostile}' as category_name)",
        "fct_trade_indices": f"replace ('{hostile}' as vintage)",
        "fct_claim_verdicts": f"replace ({claim}, 'javascript:alert(4)' as source_url)",
        "dim_source": f"replace ('{hostile}' as publisher, 'javascript:alert(3)' as home_url)",
    }
    described = replace(releases.describe(release), code_version=HOSTILE)
    with changed(release, **changes) as connection:
        page = report.render(connection, described)
    assert page.count("&lt;script&gt;alert(1)") > 20
    assert "<script>alert" not in page
    assert "<img" not in markup(page)
    assert 'href="javascript:' not in page
    assert "=HYPERLINK(&#34;http://x&#34;)" in page
    specs = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert len(specs) == 12
    assert any(point.get("name") == HOSTILE for spec in specs for point in json.loads(spec)["data"]["values"])


def test_content_security_policy_allows_only_the_scripts_of_the_page(built: Settings) -> None:
    page = (built.current / report.FILE).read_text()
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy.startswith("default-src &#39;none&#39;; script-src &#39;sha256-")
    assert "unsafe-eval" not in policy
    assert "script-src" in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    assert not re.search(r'<(?:script|img|iframe|source|link rel="stylesheet")[^>]* (?:src|href)="', markup(page))


def test_same_release_gives_the_same_bytes_in_any_environment(home: Path, tmp_path: Path) -> None:
    release = releases.current_release(home / "current")
    released = (release.path / report.FILE).read_bytes()
    remove_the_report(release)
    anywhere = {"TZ": "America/New_York", "PYTHONHASHSEED": "7", "LC_ALL": "C"}
    assert run_entrepot(home, "report", "--out", str(tmp_path / "report.html"), **anywhere).returncode == 0
    assert (tmp_path / "report.html").read_bytes() == released


def remove_the_report(release: releases.Release) -> None:
    """Turn a release into one made before releases had a report."""
    described = release.path / "datapackage.json"
    package = json.loads(described.read_text())
    package["resources"] = [item for item in package["resources"] if item["path"] != report.FILE]
    del package["descriptionHash"]  # versions from before there were reports did not write one
    described.chmod(0o644)
    described.write_text(json.dumps(package))
    (release.path / report.FILE).unlink()


def test_release_without_a_report_is_an_error_that_names_the_remedy(home: Path) -> None:
    remove_the_report(releases.current_release(home / "current"))
    refused = call_entrepot(home, "report")
    assert refused.returncode == 1
    assert "was made before releases had a report" in refused.stderr
    assert "--out" in refused.stderr
    releases.verify(releases.current_release(home / "current"))


def test_command_prints_where_the_report_is_and_writes_a_copy(built_home: Path, tmp_path: Path) -> None:
    release = releases.current_release(built_home / "current")
    found = pages.report_of(release, None)
    assert found["file"] == str(release.path / report.FILE)
    assert found["bytes"] == Path(found["file"]).stat().st_size == release.size_of(report.FILE)
    copied = call_entrepot(built_home, "report", "--release", release.id, "--out", str(tmp_path / "r.html"))
    assert f"report of release {release.id}: {tmp_path / 'r.html'}" in copied.stdout
    assert (tmp_path / "r.html").read_bytes() == Path(found["file"]).read_bytes()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--out", "/nowhere/report.html"), "/nowhere/report.html cannot be written: No such file or directory"),
        (("--release", "20200101T000000Z-00000000"), "no release '20200101T000000Z-00000000' is kept"),
    ],
)
def test_command_fails_with_one_sentence(built_home: Path, args: tuple[str, ...], message: str) -> None:
    refused = call_entrepot(built_home, "report", *args)
    assert refused.returncode == 1
    assert message in refused.stderr
    assert "Traceback" not in refused.stderr


def test_report_that_was_changed_on_disk_is_refused(home: Path, tmp_path: Path) -> None:
    path = releases.current_release(home / "current").path / report.FILE
    path.chmod(0o644)
    path.write_text(path.read_text().replace("71,242", "71,243"))
    with pytest.raises(releases.ReleaseDamaged, match=r"report\.html has sha256"):
        pages.report_of(releases.current_release(home / "current"), tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()


def test_contributions_of_a_chart_are_of_one_classification(content: Report) -> None:
    for chart in section(content, "categories").charts:
        total = sum((Decimal(str(point["value"])) for point in chart.spec["data"]["values"]), Decimal())
        assert abs(total) < 100
        assert len({row[0].text for row in chart.table.rows}) == len(chart.table.rows) >= 3
