"""`make screenshots`: take the pictures for README and docs, of the real UI after real runs, and of Superset."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from orchestration.settings import FIGURES_DIR, PROJECT_DIR
from testing import dagster_ui, superset_ui

IMAGES = PROJECT_DIR / "docs" / "images"
CLAIMS = "marts/fct_claim_verdicts"
CLAIM = "claim_c001"
# Parts of the graph's nodes that are hidden, so that all marts fit on one picture.
HIDDEN_FACETS = ("Sync status tags", "Latest event", "Kind tag", "Automation", "Partitions")


@contextmanager
def after_a_run(home: Path, expected: str, **environment: str) -> Iterator[tuple[Any, str]]:
    """Click "Materialize all"; yield a page and the UI's address once the run has ended as expected."""
    with dagster_ui.serve(home, **environment) as address, dagster_ui.browser() as page:
        dagster_ui.open_lineage(page, address)
        page.get_by_text("Hide navigation").click()
        outcome, _ = dagster_ui.click_to_success(page, address)
        if outcome != expected:
            raise RuntimeError(f"the run ended with {outcome}, not with {expected}")
        yield page, address


def take(page: Any, name: str, height: int) -> None:
    """Save the upper part of the page as a picture, once the page has settled."""
    page.wait_for_timeout(2_000)
    width = page.viewport_size["width"]
    page.screenshot(path=IMAGES / f"{name}.png", clip={"x": 0, "y": 0, "width": width, "height": height})


def asset_graph(page: Any, address: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 1250})
    page.locator("button:has([aria-label='config'])").last.click()
    for facet in HIDDEN_FACETS:
        page.locator("label", has_text=facet).click()
    page.get_by_text("Save", exact=True).click()
    page.goto(f"{address}/asset-groups?expanded=global%40global%3Amarts%2Cglobal%40global%3Arelease")
    page.get_by_text("dim_source").wait_for()
    page.locator("button:has([aria-label='panel_show_right'])").click()
    page.mouse.dblclick(160, 200)  # fits the graph to the page
    take(page, "asset-graph", 1250)


def check(page: Any, address: str, name: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 760})
    dagster_ui.open_check(page, address, CLAIMS, CLAIM)
    take(page, name, 760)


def materialisation(page: Any, address: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 1100})
    page.goto(f"{address}/assets/release")
    page.get_by_text("[Show Markdown]").click()
    page.get_by_role("img", name="Balance by month").wait_for()
    take(page, "materialisation", 930)


def dashboard(home: Path) -> None:
    """Take Superset's dashboard on the release of a home: the upper part, whole rows; and the claims at its foot."""
    charts = len(list((PROJECT_DIR / "bi" / "superset" / "charts").glob("*.yaml")))
    with superset_ui.serve(home) as address, dagster_ui.browser(1400, 3600) as page:
        page.set_default_timeout(60_000)
        superset_ui.sign_in(page, address, home)
        superset_ui.open_dashboard(page, address, charts)
        page.wait_for_timeout(2_000)
        page.screenshot(path=IMAGES / "superset.png", clip={"x": 0, "y": 0, "width": 1400, "height": 1680})
        tiles = page.locator(superset_ui.TILES)
        top, foot = (tiles.filter(has_text=text).last.bounding_box() for text in ("Claims by verdict", "Claimed by"))
        height = foot["y"] + foot["height"] - top["y"] + 32
        page.screenshot(
            path=IMAGES / "superset-claims.png", clip={"x": 0, "y": top["y"] - 16, "width": 1400, "height": height}
        )


def report(page: Any, file: Path) -> None:
    """Take pictures of the report opened from disk: on a desktop in light mode, on a phone in dark mode."""
    shots = (("report", "#what-happened", 1024, 1130, "light"), ("report-phone", "#balance", 390, 844, "dark"))
    for name, place, width, height, scheme in shots:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": height})
        page.goto(file.as_uri())
        page.wait_for_function("document.querySelectorAll('.chart:not([data-drawn=yes])').length === 0")
        page.locator(place).evaluate("place => place.scrollIntoView({behavior: 'instant'})")
        page.wait_for_timeout(500)
        page.screenshot(path=IMAGES / f"{name}.png")


def altered_figures(parent: Path) -> Path:
    """Return a copy of the record in which the imports of March 2026 are off by HK$ 1 bn."""
    figures = Path(shutil.copytree(FIGURES_DIR, parent / "figures"))
    totals = figures / "trade_totals_monthly.csv"
    totals.write_text(totals.read_text().replace("2026-03,imports,707484", "2026-03,imports,708484"))
    return figures


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="entrepot-screenshots-") as parent:
        home = Path(parent) / "home"
        home.mkdir()
        with after_a_run(home, "Success") as (page, address):
            asset_graph(page, address)
            check(page, address, "checks")
            materialisation(page, address)
            report(page, home / "current" / "report.html")
        dashboard(home)
        with after_a_run(home, "Failure", ENTREPOT_FIGURES_DIR=str(altered_figures(Path(parent)))) as (page, address):
            check(page, address, "failing-check")
    for image in sorted(IMAGES.glob("*.png")):
        print(f"{image.relative_to(PROJECT_DIR)}: {image.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
