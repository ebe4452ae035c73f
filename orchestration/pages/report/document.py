"""What a report is made of: sections of sentences, tiles, charts and tables. Text is plain; templates escape it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Tone = Literal["", "good", "warn", "bad"]


@dataclass(frozen=True)
class Cell:
    """One cell: its text, what it sorts by where that is not its text, an address that it leads to, a tone.

    A note stands beneath the text; an anchor is a name that links of the page lead to.
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
    """A column's heading. Numbers stand to the right, and sort as numbers; dates stay in one line; prose gets room."""

    label: str
    kind: Literal["text", "number", "date", "prose"] = "text"


@dataclass(frozen=True)
class Table:
    """A table with a caption; the first cell of a row is its heading. On narrow screens rows of prose are stacked."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    is_sortable: bool = True
    is_stacked: bool = False


@dataclass(frozen=True)
class Chart:
    """A Vega-Lite chart: a summary for those who do not see it, and its figures as a table."""

    name: str
    title: str
    summary: str
    spec: Mapping[str, Any]
    table: Table


@dataclass(frozen=True)
class Tile:
    """A headline figure, with what belongs to it: unit, growth, rounding. Its label may lead to an anchor."""

    label: str
    figure: str
    unit: str = ""
    notes: Sequence[str] = ()
    tone: Tone = ""
    anchor: str = ""


@dataclass(frozen=True)
class Section:
    """A part of the report. `nothing` says that this release holds nothing to show, and then there is nothing else."""

    anchor: str
    title: str
    tiles: Sequence[Tile] = ()
    sentences: Sequence[str] = ()
    notes: Sequence[str] = ()
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()
    facts: Sequence[tuple[str, Cell]] = ()
    nothing: str = ""


@dataclass(frozen=True)
class Report:
    """The whole: what the page is called, its first sentence, and its sections."""

    title: str
    lead: str
    sections: Sequence[Section] = field(default_factory=tuple)


def nothing_held(anchor: str, title: str, what: str) -> Section:
    """Return a section that says what this release does not hold."""
    return Section(anchor, title, nothing=f"This release holds no {what}.")
