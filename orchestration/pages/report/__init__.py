"""The report on the latest month: one HTML file, made from a release that is opened read-only.

Each section is a function that queries the release and returns plain text and numbers; the templates only lay them out.
"""

from pathlib import Path

from duckdb import DuckDBPyConnection

from orchestration.pages import DICTIONARY_FILE, REPORT_FILE, html
from orchestration.pages.report import (
    bases,
    breakdowns,
    claims,
    gold,
    indices,
    month,
    notes,
    peg_and_services,
    provenance,
    vega,
)
from orchestration.pages.report.document import Report
from orchestration.pages.report.wording import MISSING
from orchestration.releases import Attachment, Description

FILE = REPORT_FILE
CHARTS = Path(__file__).with_name("charts.js")

SECTIONS = (
    month.what_happened,
    month.balance,
    month.growth,
    bases.two_bases,
    breakdowns.categories,
    breakdowns.partners,
    indices.indices,
    gold.gold,
    peg_and_services.peg,
    peg_and_services.services,
    claims.claims,
    notes.how_to_read,
)


def build_report(connection: DuckDBPyConnection, release: Description) -> Report:
    """Return the content of a release's report, before it is laid out."""
    sections = [section(connection) for section in SECTIONS]
    origins = [provenance.sources(connection, release), provenance.this_release(connection, release)]
    return Report(month.title(connection), month.lead(connection), [*sections, *origins])


def render(connection: DuckDBPyConnection, release: Description) -> str:
    """Return the report of a release as one HTML page. The same release always gives the same text."""
    content = {
        "report": build_report(connection, release),
        "release": release,
        "missing": MISSING,
        "dictionary": DICTIONARY_FILE,
    }
    return html.render("report.html.j2", content, scripts=[vega.bundle(), CHARTS.read_text(encoding="utf-8")])


def render_bytes(connection: DuckDBPyConnection, release: Description) -> bytes:
    """Return the report of a release as the bytes of an HTML file."""
    return render(connection, release).encode()


ATTACHMENT = Attachment(FILE, "Report on the latest month, one file that opens from disk", "html", render_bytes)
