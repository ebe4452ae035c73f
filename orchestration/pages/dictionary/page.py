"""The data dictionary as one HTML page that people can search: tables, columns, units, warnings, lineage.

It shows what `dictionary` reads from dbt's manifest; nothing is described here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from orchestration.pages import html
from orchestration.pages.dictionary import markdown
from orchestration.pages.dictionary.markdown import Manifest, Node
from orchestration.releases import Attachment, Description

FILE = "data-dictionary.html"
SEARCH = "search.js"

# What the end of a column's name says about its unit.
UNITS = {
    "hkd_per_troy_oz": "HK$ per troy ounce",
    "usd_per_troy_oz": "US$ per troy ounce",
    "hkd_per_tael": "HK$ per tael",
    "hkd_per_usd": "HK$ per US$",
    "_hkd_mn": "HK$ million",
    "_usd_mn": "US$ million",
    "_hkd_bn": "HK$ billion",
    "_pct": "percent",
    "_pp": "percentage points",
    "_kg": "kilograms",
    "_ratio": "ratio",
}


@dataclass(frozen=True)
class Entry:
    """A column of a table."""

    name: str
    type: str
    unit: str
    is_required: bool
    description: str


@dataclass(frozen=True)
class Card:
    """A table: what a reader needs to use it."""

    label: str
    grain: str
    description: str
    key: list[str]
    owner: str
    warnings: list[tuple[str, str]]
    comes_from: list[str]
    raw: list[str]
    feeds: list[str]
    used_by: list[str]
    tests: list[str]
    columns: list[Entry]


def unit(column: str, kind: str) -> str:
    """Return the unit that a column's name gives; nothing for text, days and counts."""
    is_number = kind.upper().partition("(")[0] in ("DECIMAL", "DOUBLE", "INTEGER", "BIGINT")
    return next((words for ending, words in UNITS.items() if column.endswith(ending)), "") if is_number else ""


def render(manifest: Manifest) -> str:
    """Return the data dictionary of a manifest as one HTML file. Raises dictionary.UnknownUsageWarning."""
    cards = [_card(manifest, table) for table in markdown.published(manifest)]
    content = {"cards": cards, "warnings": markdown.usage_warnings(), "datasets": _datasets(manifest)}
    return html.render("dictionary.html.j2", content, scripts=[html.static(SEARCH)])


def write(manifest: Manifest, path: Path) -> None:
    """Write the page. Raises dictionary.UnknownUsageWarning, and OSError when it cannot be written."""
    path.write_text(render(manifest), encoding="utf-8")


def attachment(manifest: Manifest) -> Attachment:
    """Return the page as a file of a release."""

    def page(_: DuckDBPyConnection, __: Description) -> bytes:
        return render(manifest).encode()

    return Attachment(FILE, "Data dictionary that can be searched", "html", page)


def _card(manifest: Manifest, table: Node) -> Card:
    came = markdown.lineage(manifest, table)
    return Card(
        label=markdown.label(table),
        grain=markdown.grain(table),
        description=markdown.line(table["description"]),
        key=markdown.key(manifest, table),
        owner=str(table["meta"].get("owner", "")),
        warnings=markdown.warnings(table),
        comes_from=came.parents,
        raw=came.raw,
        feeds=_names(child for child in manifest.get("child_map", {}).get(table["unique_id"], []) if _is_model(child)),
        used_by=came.used_by,
        tests=list(markdown.tests(manifest, table)),
        columns=[_entry(column, table) for column in table["columns"].values()],
    )


def _entry(column: dict[str, Any], table: Node) -> Entry:
    kind = markdown.column_type(column, table)
    required = any(constraint["type"] == "not_null" for constraint in column["constraints"])
    return Entry(column["name"], kind, unit(column["name"], kind), required, markdown.line(column["description"]))


def _is_model(unique_id: str) -> bool:
    return unique_id.startswith("model.")


def _names(unique_ids: Iterable[str]) -> list[str]:
    return sorted(unique_id.rpartition(".")[2] for unique_id in unique_ids)


def _datasets(manifest: Manifest) -> list[tuple[str, str]]:
    return sorted((source["name"], markdown.line(source["description"])) for source in manifest["sources"].values())
