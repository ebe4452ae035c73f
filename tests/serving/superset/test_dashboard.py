"""The dashboard in a browser: every chart is drawn without an error, with the numbers of the mart."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import duckdb
import pytest
import yaml

from orchestration import releases
from orchestration.serving import postgres as pg
from orchestration.serving.superset.datasets import BUNDLE
from orchestration.settings import Settings
from testing import superset_ui
from testing.dagster_ui import CHROMIUM, browser
from testing.postgres_server import Server
from tests.serving.superset.client import Client

pytestmark = [pytest.mark.superset, pytest.mark.timeout(300)]

CHARTS = {
    path.stem: yaml.safe_load(path.read_text())["slice_name"] for path in sorted((BUNDLE / "charts").glob("*.yaml"))
}
MONTHS = "from marts.fct_trade_balance_monthly where month >= '2018-01-01'"
YEARS = "from marts.fct_trade_balance_period where frequency = 'year' and period_start >= '2018-01-01'"
COVER = "from marts.fct_services_buffer_quarterly where quarter >= '2018' and services_cover_ratio is not null"

# The expected result of each query of each chart, as SQL on the mart. A column `series` and its `value` are pivoted to
# columns of that name, as in the charts.
EXPECTED = {
    "tile_balance": [f"select month, balance_hkd_mn as balance {MONTHS}"],
    "tile_exports": [f"select month, total_exports_hkd_mn as exports {MONTHS}"],
    "tile_imports": [f"select month, imports_hkd_mn as imports {MONTHS}"],
    "tile_exports_growth": [f"select month, exports_yoy_pct as exports_growth {MONTHS}"],
    "tile_imports_growth": [f"select month, imports_yoy_pct as imports_growth {MONTHS}"],
    "tile_deficit_share": [f"select month, deficit_pct_of_imports as deficit_share {MONTHS}"],
    "balance_over_time": [
        "select month, balance_hkd_mn as balance from marts.fct_trade_balance_monthly",
        "select month, balance_hkd_mn as largest_deficits from marts.fct_trade_balance_monthly where deficit_rank <= 5",
    ],
    "growth": [
        f"select month, exports_yoy_pct as exports_growth, imports_yoy_pct as imports_growth {MONTHS}",
        f"select month, 1 as lunar_new_year {MONTHS} and extract(month from month) <= 2",
    ],
    "published_and_summed": [f"select period_label, basis as series, balance_hkd_mn as value {YEARS}"],
    "late_corrections": [
        (
            "select period_label, late_corrections_balance_hkd_mn as late_corrections "
            "from marts.fct_trade_balance_period where frequency = 'year' and basis = 'published'"
        )
    ],
    "categories": [
        (
            "select category_name, flow, period_label, contribution_pp as contribution, yoy_pct as growth, "
            "value_hkd_mn as value_hkd from marts.fct_trade_by_category where period_label = '2018' "
            "and classification = 'sitc_group' and flow in ('imports', 'total_exports')"
        )
    ],
    "partners": [
        (
            "select partner_name, flow, '2011' as period_label, value_hkd_mn - earlier_hkd_mn as change, "
            "100 * (value_hkd_mn - earlier_hkd_mn) / 3364800 as contribution from marts.fct_trade_by_partner "
            "inner join (select partner_code, value_hkd_mn as earlier_hkd_mn from marts.fct_trade_by_partner "
            "where flow = 'imports' and period_label = '2010') as earlier using (partner_code) "
            "where flow = 'imports' and period_label = '2011'"
        )
    ],
    "partner_growth": [
        (
            "select partner_name, flow || ', ' || period_label as series, published_yoy_pct as value "
            "from marts.fct_trade_by_partner where published_yoy_pct is not null and partner_name <> 'Asia' "
            "and (flow, period_label) in (('imports', '2026-01'), ('total_exports', '2025-12'))"
        )
    ],
    "gold_price": [
        "select month, usd_per_troy_oz as usd_price from marts.fct_gold_price_monthly where month >= '2000-01-01'"
    ],
    "gold_flows": [
        (
            "select period_label, partner_name || ', ' || flow as series, weight_kg / 1000 as value "
            "from marts.fct_gold_trade where frequency = 'month' and weight_kg is not null and period_label >= '2012'"
        )
    ],
    "peg": ["select month, hkd_per_usd as rate from marts.fct_hkd_peg_monthly where month >= '2005-06-01'"],
    "services_cover": [
        "select quarter, services_balance_hkd_bn as services, merchandise_balance_hkd_bn as merchandise " + COVER,
        "select quarter, services_cover_ratio as cover " + COVER,
    ],
    "claims_by_verdict": [
        (
            "select verdict_label as verdict, verdict as series, count(*) as value "
            "from marts.fct_claim_verdicts group by all"
        )
    ],
    "claims": [
        (
            "select claim_id, verdict_label as verdict, coalesce(diagnosis, '') as diagnosis, claim, "
            "claimed, official, sentence, source_url from marts.fct_claim_verdicts"
        )
    ],
}


@dataclass
class Drawn:
    """The dashboard opened once: the requests and results of each chart, and the addresses that the page loaded."""

    page: Any
    requests: dict[str, dict[str, Any]] = field(default_factory=dict)
    results: dict[str, list[list[dict[str, Any]]]] = field(default_factory=dict)
    loaded: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def drawn(superset: Client, require: Callable[[bool, str], None]) -> Iterator[Drawn]:
    require(CHROMIUM.exists(), f"there is no browser at {CHROMIUM}; install chromium")
    names = {chart["id"]: chart["slice_name"] for chart in superset.listed("chart")}
    with browser(superset_ui.WIDTH, superset_ui.HEIGHT) as page:
        page.set_default_timeout(60_000)
        drawn = Drawn(page)

        def note(request: Any) -> None:
            drawn.loaded.add(request.url)
            if request.method == "POST" and urlsplit(request.url).path == "/api/v1/chart/data":
                drawn.requests[names[request.post_data_json["form_data"]["slice_id"]]] = request.post_data_json

        page.on("requestfinished", note)
        superset_ui.sign_in(page, superset.address, superset.home)
        results = superset_ui.open_dashboard(page, superset.address, len(CHARTS))
        drawn.results = {names[chart]: rows for chart, rows in results.items()}
        yield drawn


@pytest.fixture(scope="module")
def on_postgres(
    superset: Client, postgres: Server, built: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """A second Superset, with the first one's charts and users, on the same release in PostgreSQL."""
    pg.load(postgres.loader, releases.current_release(built.current), "entrepot_reader")
    home = tmp_path_factory.mktemp("on_postgres")
    shutil.copytree(superset.home / "superset", home / "superset")
    with superset_ui.serve(home, ENTREPOT_SUPERSET_POSTGRES_URL=postgres.reader) as address:
        yield Client.log_in(address, home)


@pytest.fixture(scope="module")
def mart(built: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with releases.connect(releases.current_release(built.current)) as connection:
        yield connection


def plain(name: str, value: Any) -> Any:
    """Return a value in a comparable form: months as text, numbers rounded to nine digits."""
    if name == "month" and isinstance(value, (int, float)):
        return datetime.fromtimestamp(value / 1000, UTC).date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return float(f"{value:.9g}") if isinstance(value, (int, float, Decimal)) else value


def cells(rows: list[dict[str, Any]]) -> set[tuple[Any, ...]]:
    """Return every figure with the texts of its row and its column's name; for a table without figures, its rows.

    Nulls are left out.
    """
    figures, texts = set(), set()
    for row in rows:
        values = {name: plain(name, value) for name, value in row.items() if value is not None}
        words = sorted(value for value in values.values() if isinstance(value, str))
        figures |= {(*words, name, value) for name, value in values.items() if not isinstance(value, str)}
        texts.add(tuple(words))
    return figures or texts


def expected(mart: duckdb.DuckDBPyConnection, query: str) -> set[tuple[Any, ...]]:
    result = mart.execute(query)
    names = [column[0] for column in result.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    for row in rows:
        if "series" in row:
            row[row.pop("series")] = row.pop("value")
        if "value_hkd" in row:
            row["value"] = row.pop("value_hkd")
    return cells(rows)


def test_every_chart_of_the_bundle_has_an_expectation() -> None:
    assert set(EXPECTED) == set(CHARTS)


@pytest.mark.parametrize("chart", EXPECTED)
def test_chart_shows_the_numbers_of_the_mart(chart: str, drawn: Drawn, mart: duckdb.DuckDBPyConnection) -> None:
    queries = drawn.results[CHARTS[chart]]
    assert len(queries) == len(EXPECTED[chart])
    for rows, query in zip(queries, EXPECTED[chart], strict=True):
        wanted = expected(mart, query)
        assert wanted
        assert cells(rows) == wanted


@pytest.mark.parametrize("chart", EXPECTED)
def test_chart_shows_the_same_numbers_from_postgresql(
    chart: str, drawn: Drawn, on_postgres: Client, mart: duckdb.DuckDBPyConnection
) -> None:
    answer = on_postgres.http.post("/chart/data", json=drawn.requests[CHARTS[chart]])
    assert answer.status_code == 200, answer.text
    answered = [cells(query["data"]) for query in answer.json()["result"]]
    assert answered == [expected(mart, query) for query in EXPECTED[chart]]


def test_every_tile_is_drawn_without_an_error(drawn: Drawn) -> None:
    assert drawn.page.locator(superset_ui.ERRORS).all_inner_texts() == []
    for name in CHARTS.values():
        drawn.page.get_by_text(name, exact=True).first.wait_for()
    assert drawn.page.locator("canvas").count() >= len(CHARTS) - 3  # three are tables


def test_tiles_show_the_newest_month(drawn: Drawn) -> None:
    for shown in ("-71,242", "667,851", "739,093", "+53.0", "+60.0", "9.6"):
        drawn.page.get_by_text(shown, exact=True).first.wait_for()
    assert drawn.page.get_by_text("August 2026", exact=True).count() == 6


def test_browser_loads_from_this_server_only(drawn: Drawn, superset: Client) -> None:
    assert len(drawn.loaded) > 20
    elsewhere = [url for url in drawn.loaded if not url.startswith((superset.address, "data:", "blob:"))]
    assert elsewhere == []
