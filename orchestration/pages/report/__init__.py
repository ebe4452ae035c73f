"""The report on the latest month: from a release, read-only, to one HTML file that opens from disk.

Each section is a function from the release's tables to plain text and numbers; the templates only lay them out.
"""

from pathlib import Path

from duckdb import DuckDBPyConnection

from orchestration.pages import html
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

FILE = "report.html"
DICTIONARY = "data-dictionary.html"  # lies beside it
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


def report(connection: DuckDBPyConnection, release: Description) -> Report:
    """Return what a release's report says."""
    sections = [section(connection) for section in SECTIONS]
    about = [provenance.sources(connection, release), provenance.this_release(connection, release)]
    return Report(month.title(connection), month.lead(connection), [*sections, *about])


def render(connection: DuckDBPyConnection, release: Description) -> str:
    """Return the report of a release as one HTML file: the same release gives the same text."""
    content = {"report": report(connection, release), "release": release, "missing": MISSING, "dictionary": DICTIONARY}
    return html.render("report.html.j2", content, scripts=[vega.bundle(), CHARTS.read_text(encoding="utf-8")])


def write(connection: DuckDBPyConnection, release: Description) -> bytes:
    """Return the bytes of a release's report."""
    return render(connection, release).encode()


ATTACHMENT = Attachment(FILE, "Report on the latest month, one file that opens from disk", "html", write)
