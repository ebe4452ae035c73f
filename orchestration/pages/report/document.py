"""The parts of a report: sections of sentences, tiles, charts and tables. Text is plain; the templates escape it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Tone = Literal["", "good", "warn", "bad"]


@dataclass(frozen=True)
class Cell:
    """A table cell. `sort` is what the cell sorts by, if not its text; empty sorts last.

    `url` is where the text links to, `note` is shown below it, `anchor` is a target for links within the page.
    """

    text: str
    sort: str | None = None
    url: str = ""
    tone: Tone = ""
    is_code: bool = False
    note: str = ""
    anchor: str = ""


@dataclass(frozen=True)
class Column:
    """A column heading. Numbers are right-aligned and sort as numbers; dates do not wrap; prose gets the most width."""

    label: str
    kind: Literal["text", "number", "date", "prose"] = "text"


@dataclass(frozen=True)
class Table:
    """A table with a caption; the first cell of each row is its heading. `is_stacked` puts cells below each
    other on narrow screens.
    """

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    is_sortable: bool = True
    is_stacked: bool = False


@dataclass(frozen=True)
class Chart:
    """A Vega-Lite chart, with a summary for readers who cannot see it and its figures as a table."""

    name: str
    title: str
    summary: str
    spec: Mapping[str, Any]
    table: Table


@dataclass(frozen=True)
class Tile:
    """A headline figure with its unit and notes (growth, rounding). Its label may link to an anchor in the page."""

    label: str
    figure: str
    unit: str = ""
    notes: Sequence[str] = ()
    tone: Tone = ""
    anchor: str = ""


@dataclass(frozen=True)
class Section:
    """A part of the report. Where the release has nothing to show, `empty_message` says so and the rest is empty."""

    anchor: str
    title: str
    tiles: Sequence[Tile] = ()
    sentences: Sequence[str] = ()
    notes: Sequence[str] = ()
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()
    facts: Sequence[tuple[str, Cell]] = ()
    empty_message: str = ""


@dataclass(frozen=True)
class Report:
    """A whole report: its title, its first sentence, and its sections."""

    title: str
    lead: str
    sections: Sequence[Section] = field(default_factory=tuple)


def empty_section(anchor: str, title: str, what: str) -> Section:
    """Return a section whose only content is that this release has no such data."""
    return Section(anchor, title, empty_message=f"This release holds no {what}.")
