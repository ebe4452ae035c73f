"""Report and dictionary in a real browser, opened from disk: what is shown and requested, and keyboard use."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from orchestration import releases
from orchestration.pages import report
from orchestration.pages.dictionary import page
from orchestration.settings import Settings
from testing.dagster_ui import CHROMIUM, QUIET
from testing.report_marts import HOSTILE, changed

pytestmark = [pytest.mark.xdist_group("pages"), pytest.mark.timeout(300)]

WIDTHS = (360, 768, 1280)
DRAWN = "document.querySelectorAll('.chart:not([data-drawn=yes])').length === 0"


@dataclass
class Opened:
    """A page opened from disk, with its network requests and its console errors."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser(require: Callable[[bool, str], None]) -> Iterator[Browser]:
    require(CHROMIUM.exists(), f"there is no browser at {CHROMIUM}; install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*QUIET])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def open_page(browser: Browser) -> Iterator[Callable[..., Opened]]:
    contexts = []

    def open_from_disk(file: Path, width: int = 1280, scheme: Any = "light") -> Opened:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, timezone_id="America/New_York"
        )
        contexts.append(context)
        opened = Opened(context.new_page())
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        opened.page.on("console", lambda message: opened.complaints.append(message.text))
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.page.on("dialog", lambda dialog: opened.complaints.append(f"dialog {dialog.message}"))
        opened.page.goto(file.as_uri())
        opened.page.wait_for_function(DRAWN)
        return opened

    yield open_from_disk
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def file(built: Settings) -> Path:
    return releases.current_release(built.current).path / report.FILE


@pytest.fixture(scope="module")
def dictionary_file(built: Settings) -> Path:
    return releases.current_release(built.current).path / page.FILE


@pytest.fixture(scope="module")
def reader(open_page: Callable[..., Opened], file: Path) -> Page:
    """The report, opened once for all tests that only read it."""
    return open_page(file).page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_report_draws_every_chart_without_network_requests(
    open_page: Callable[..., Opened], file: Path, width: int, scheme: str
) -> None:
    opened = open_page(file, width, scheme)
    boxes = opened.page.eval_on_selector_all(
        ".chart svg", "all => all.map(svg => [svg.getBoundingClientRect().width, svg.querySelectorAll('path').length])"
    )
    assert len(boxes) == 12
    assert all(min(200, width) < drawn <= width and paths > 2 for drawn, paths in boxes)
    assert opened.page.evaluate("document.documentElement.scrollWidth") == width
    assert opened.requests == [file.as_uri()]
    assert opened.complaints == []


def test_dark_and_light_schemes_differ_in_page_and_chart(open_page: Callable[..., Opened], file: Path) -> None:
    def colours(scheme: str) -> tuple[str, str]:
        page = open_page(file, 1280, scheme).page
        body = page.evaluate("getComputedStyle(document.body).backgroundColor")
        label = page.evaluate("getComputedStyle(document.querySelector('.chart svg text')).fill")
        return body, label

    light, dark = colours("light"), colours("dark")
    assert light[0] != dark[0]
    assert light[1] != dark[1]
    assert "var(" not in light[1]


@pytest.mark.parametrize(("name", "scheme"), [(report.FILE, "light"), (report.FILE, "dark"), (page.FILE, "light")])
def test_axe_finds_no_violations(open_page: Callable[..., Opened], file: Path, name: str, scheme: str) -> None:
    page = open_page(file.with_name(name), 360 if scheme == "light" else 1280, scheme).page
    page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
    found = Axe().run(page)
    assert [(each["id"], each["impact"], each["nodes"][0]["html"]) for each in found.response["violations"]] == []
    assert len(found.response["passes"]) > 30


def test_every_chart_has_a_description_and_a_table(reader: Page) -> None:
    page = reader
    for chart in page.locator(".chart").all():
        assert len(chart.get_attribute("aria-label") or "") > 60
        assert page.locator(f"#figures-{chart.get_attribute('id')}").count() == 1
    levels = page.eval_on_selector_all("h1, h2, h3, h4", "all => all.map(each => Number(each.tagName[1]))")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_first_tab_skips_to_the_content(open_page: Callable[..., Opened], file: Path) -> None:
    page = open_page(file).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_table_is_sorted_numerically_by_keyboard(reader: Page) -> None:
    page = reader
    table = page.locator("#balance table", has_text="The largest deficits")
    header = table.locator("th", has_text="Balance, HK$ mn")
    header.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert header.get_attribute("aria-sort") == "ascending"
    figures = table.locator("tbody td:nth-child(3)")
    first = [float(cell.get_attribute("data-sort") or "") for cell in figures.all()]
    assert first == sorted(first)
    page.keyboard.press("Space")
    assert header.get_attribute("aria-sort") == "descending"
    assert [float(cell.get_attribute("data-sort") or "") for cell in figures.all()] == first[::-1]
    table.locator("th", has_text="Month").get_by_role("button").click()
    assert header.get_attribute("aria-sort") is None
    months = [cell.get_attribute("data-sort") for cell in table.locator("tbody th").all()]
    assert months == sorted(months, key=str)


def test_missing_values_are_sorted_last_in_both_directions(reader: Page) -> None:
    page = reader
    page.locator("summary", has_text="Gold trade by month").click()
    table = page.locator("table", has=page.locator("#figures-gold-flows"))
    button = table.locator("th", has_text="HK$ mn").get_by_role("button")
    for _ in range(2):
        button.click()
        values = [cell.get_attribute("data-sort") for cell in table.locator("tbody td:nth-child(6)").all()]
        missing = values.count("")
        assert 0 < missing < len(values)
        assert values[-missing:] == [""] * missing


def test_headline_is_the_latest_month_of_the_mart(reader: Page, built: Settings) -> None:
    with releases.connect(releases.current_release(built.current)) as connection:
        query = "select total_exports_hkd_mn, imports_hkd_mn, balance_hkd_mn from marts.fct_trade_balance_monthly"
        [latest] = connection.execute(f"{query} order by month desc limit 1").fetchall()
    table = reader.locator("#what-happened table")
    shown = [cell.inner_text() for cell in table.locator("tbody td:nth-child(2)").all()]
    assert shown == [f"{value:,.0f}".replace("-", "\u2212") for value in latest]


def test_report_prints_in_light_colours_with_every_table_open(open_page: Callable[..., Opened], file: Path) -> None:
    page = open_page(file, 1280, "dark").page
    closed = page.pdf(format="A4")
    assert 8 <= len(re.findall(rb"/Type\s*/Page\b(?!s)", closed)) <= 30
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 688, "height": 998})  # A4 without its margins
    assert page.locator("#claims table").evaluate("table => table.getBoundingClientRect().right") <= 688
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(29, 36, 39)"
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0


def test_claims_need_no_horizontal_scrolling(open_page: Callable[..., Opened], file: Path) -> None:
    page = open_page(file).page
    claims = page.locator("#claims .scroll")
    for width, shape in zip(WIDTHS, ("inline-block", "inline-block", "table-cell"), strict=True):
        page.set_viewport_size({"width": width, "height": 900})
        assert claims.evaluate("box => box.scrollWidth - box.clientWidth") <= 0, width
        assert claims.locator("tbody th").first.evaluate("cell => getComputedStyle(cell).display") == shape
        sentences = claims.locator("tbody td:nth-child(4)")
        assert min(sentences.evaluate_all("all => all.map(cell => cell.clientWidth)")) > 280, width


def test_count_of_a_verdict_links_to_its_first_claim(open_page: Callable[..., Opened], file: Path) -> None:
    page = open_page(file).page
    page.emulate_media(reduced_motion="reduce")  # otherwise the page scrolls smoothly for seconds
    first = page.locator("#claims-unverifiable")
    expect(first).not_to_be_in_viewport()
    page.locator("#claims .tiles a", has_text="unverifiable").press("Enter")
    expect(first).to_be_in_viewport()
    assert first.locator("xpath=following-sibling::td[1]").inner_text() == "? unverifiable"


def test_hostile_text_is_shown_and_not_executed(
    open_page: Callable[..., Opened], built: Settings, tmp_path: Path
) -> None:
    release = releases.current_release(built.current)
    escaped = HOSTILE.replace("'", "''")
    with changed(release, fct_trade_by_partner=f"replace ('{escaped}' as partner_name)") as connection:
        (tmp_path / "hostile.html").write_bytes(report.render_bytes(connection, releases.describe(release)))
    opened = open_page(tmp_path / "hostile.html")
    opened.page.locator("summary", has_text="by partner").first.click()
    assert opened.page.locator("tbody th", has_text=HOSTILE).count() > 3
    opened.page.locator("#partners-imports svg path").nth(5).hover(force=True)
    assert opened.complaints == []
    assert opened.requests == [(tmp_path / "hostile.html").as_uri()]


def test_injected_script_is_not_executed(open_page: Callable[..., Opened], file: Path, tmp_path: Path) -> None:
    page_file = tmp_path / "changed.html"
    page_file.write_text(
        file.read_text().replace("<h1>", "<script>window.ran = true</script><h1 onclick='ran = true'>")
    )
    opened = open_page(page_file)
    opened.page.locator("h1").click()
    assert opened.page.evaluate("typeof window.ran") == "undefined"
    assert all("Content Security Policy" in each for each in opened.complaints)
    assert opened.complaints


def test_dictionary_is_searched_by_keyboard(open_page: Callable[..., Opened], dictionary_file: Path) -> None:
    opened = open_page(dictionary_file)
    page = opened.page
    page.keyboard.press("/")
    page.keyboard.type("deficit_pct_of_imports percent")
    shown = [card.get_attribute("id") for card in page.locator(".card:visible").all()]
    assert shown == ["marts.fct_trade_balance_monthly", "marts.fct_trade_balance_period"]
    assert page.get_by_role("status").inner_text() == "2 tables, 2 columns with these words"
    assert page.locator("tbody tr:visible").count() == 2
    page.keyboard.press("Escape")
    assert page.locator(".card:visible").count() == page.locator(".card").count() > 20
    page.keyboard.type("usage xyzzy")
    assert page.locator(".card:visible").count() == 0
    assert page.get_by_role("status").inner_text() == "0 tables, 0 columns with these words"
    assert opened.requests == [dictionary_file.as_uri()]
    assert opened.complaints == []


@pytest.mark.parametrize("words", ["record__gold_trade", "has_late_corrections", "HK$ million", "int_trade_months"])
def test_search_finds_lineage_warnings_and_units(
    open_page: Callable[..., Opened], dictionary_file: Path, words: str
) -> None:
    page = open_page(dictionary_file).page
    page.get_by_role("searchbox").fill(words)
    assert 0 < page.locator(".card:visible").count() < page.locator(".card").count()
