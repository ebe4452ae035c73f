"""The data dictionary as one searchable HTML page: tables, columns, units, usage warnings, lineage."""

from pathlib import Path

from duckdb import DuckDBPyConnection

from orchestration.pages import DICTIONARY_FILE, html
from orchestration.pages.dictionary import tables
from orchestration.pages.dictionary.tables import Manifest
from orchestration.releases import Attachment, Description

FILE = DICTIONARY_FILE
SEARCH_SCRIPT = "search.js"


def render(manifest: Manifest) -> str:
    """Return the data dictionary of a dbt manifest as one HTML page. Raises tables.UnknownUsageWarning."""
    content = {
        "tables": tables.entries(manifest),
        "warnings": tables.usage_warnings(),
        "datasets": tables.raw_datasets(manifest),
    }
    return html.render("dictionary.html.j2", content, scripts=[html.static(SEARCH_SCRIPT)])


def write(manifest: Manifest, path: Path) -> None:
    """Write the page to a file. Raises tables.UnknownUsageWarning, and OSError when the file can't be written."""
    path.write_text(render(manifest), encoding="utf-8")


def attachment(manifest: Manifest) -> Attachment:
    """Return the page as a file of a release."""

    def page(_: DuckDBPyConnection, __: Description) -> bytes:
        return render(manifest).encode()

    return Attachment(FILE, "Data dictionary that can be searched", "html", page)
