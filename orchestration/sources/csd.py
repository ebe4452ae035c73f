"""C&SD's web tables: totals, partners, commodity groups and index numbers, whole tables with all presentations.

A table is fetched only when its component file, 1 kB, has changed; its title file names its statistics. C&SD sends HTTP
200 on failure, `""` for a missing figure, and one row for each presentation of the same statistic.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any, Literal, NotRequired, TypeVar

import pandas as pd
from pydantic import ConfigDict, FailFast, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from orchestration.sources.connector import (
    Context,
    Plan,
    RawTable,
    Refused,
    Request,
    Source,
    first_problem,
    refuse_html,
)
from orchestration.sources.csd_catalogue import TABLES, Table
from orchestration.sources.csd_rules import refuse_implausible, refuse_missing_statistics, refuse_other_title
from orchestration.sources.exact import long_number

COMPONENTS, TITLES = "-components", "-titles"
Shape = TypeVar("Shape")
WEB_TABLES = RawTable(
    "csd__web_tables",
    "Figures of C&SD's web tables, one row a figure: table, member, frequency, period, statistic and presentation.",
    {
        **dict.fromkeys(("table_id", "dimension", "member_code", "member_title", "freq", "period"), "varchar"),
        **dict.fromkeys(("sv", "sv_desc", "figure", "sd_value"), "varchar"),
        "line_number": "integer",
    },
)
STATISTICS = RawTable(
    "csd__statistics",
    "What C&SD calls each statistic of a web table, from the table's own list of titles.",
    {**dict.fromkeys(("table_id", "table_title", "sv", "sv_title"), "varchar"), "line_number": "integer"},
)
COMPONENT_LIST = RawTable(
    "csd__components",
    "Statistics and presentations of each web table, and when C&SD last changed it.",
    {**dict.fromkeys(("table_id", "sv", "presentation", "last_modified"), "varchar"), "line_number": "integer"},
)


class Component(TypedDict):
    stat_var: str
    stat_pres: str


class Components(TypedDict):
    table_component_list: Annotated[list[Component], Field(min_length=1)]
    last_modified_date: str


class Titles(TypedDict):
    tb_title: str
    sv_list: dict[str, str]


@with_config(ConfigDict(extra="allow", strict=True))
class Row(TypedDict):
    """A row without its dimension: those two fields are named after the dimension, such as COUNTRY and COUNTRYDesc."""

    freq: Literal["Y", "H", "Q", "M", "M3M", "YTM", "M12M"]
    period: str
    sv: str
    svDesc: str
    figure: int | Annotated[float, Field(allow_inf_nan=False)] | Literal[""] | None
    sd_value: str


@with_config(ConfigDict(strict=True))
class Status(TypedDict):
    name: str
    code: int
    message: NotRequired[Any]


@with_config(ConfigDict(strict=True))
class Count(TypedDict):
    noOfRecords: int


class Header(TypedDict):
    status: Status
    title: NotRequired[str]
    count: NotRequired[Count]


class Body(TypedDict):
    header: Header
    dataSet: NotRequired[Annotated[list[Row], FailFast()]]


COMPONENTS_FILE, TITLES_FILE, BODY = TypeAdapter(Components), TypeAdapter(Titles), TypeAdapter(Body)


def table_of(dataset: str) -> str:
    """Return the name of the raw table of a dataset."""
    if dataset.endswith(COMPONENTS):
        return COMPONENT_LIST.name
    return STATISTICS.name if dataset.endswith(TITLES) else WEB_TABLES.name


def plan(context: Context) -> Plan:
    """Request each table's component file; if it changed, also the titles and the whole table."""
    base = context.addresses["csd"]
    for name in TABLES:
        components, titles, table = requests_of(base, name)
        if isinstance((yield components), Refused):
            continue
        changed = context.archived.is_older_than(table, components)
        if changed and isinstance((yield titles), Refused):
            continue
        # A changed table is requested again even when the archived answer is still fresh.
        yield replace(table, fresh_for=timedelta(0)) if changed else table


def requests_of(base: str, name: str) -> tuple[Request, Request, Request]:
    """Return the requests for a table's components, its titles, and the whole table."""
    return (
        Request(name + COMPONENTS, f"{base}/data/table_{name}_comp.json"),
        Request(name + TITLES, f"{base}/data/en/table_{name}_lang.json"),
        Request(
            name,
            f"{base}/api/get.php",
            {"id": name, "lang": "en", "full_series": "1"},
            fresh_for=timedelta(minutes=10),
        ),
    )


def parse(dataset: str, payload: bytes, on: date) -> pd.DataFrame:
    """Return the rows of a component, title or table file for its raw table, as text. Raises Refused."""
    refuse_html(payload)
    if dataset.endswith(COMPONENTS):
        return _components(TABLES[dataset.removesuffix(COMPONENTS)], payload)
    if dataset.endswith(TITLES):
        return _titles(TABLES[dataset.removesuffix(TITLES)], payload)
    return _figures(TABLES[dataset], payload, on)


def _components(table: Table, payload: bytes) -> pd.DataFrame:
    described = _validated(COMPONENTS_FILE, payload)
    rows = [(c["stat_var"], c["stat_pres"]) for c in described["table_component_list"]]
    refuse_missing_statistics(table, {sv for sv, _ in rows})
    frame = pd.DataFrame(rows, columns=["sv", "presentation"], dtype=str)
    frame.insert(0, "table_id", table.id)
    return _numbered(frame.assign(last_modified=described["last_modified_date"]))


def _titles(table: Table, payload: bytes) -> pd.DataFrame:
    named = _validated(TITLES_FILE, payload)
    title = _normalised_text(named["tb_title"])
    refuse_other_title(table, title)
    frame = pd.DataFrame(
        [(sv, _normalised_text(text)) for sv, text in named["sv_list"].items()], columns=["sv", "sv_title"]
    )
    frame.insert(0, "table_title", title)
    frame.insert(0, "table_id", table.id)
    return _numbered(frame)


def _figures(table: Table, payload: bytes, on: date) -> pd.DataFrame:
    rows: Any = _rows(table, _validated(BODY, payload))
    members = (table.dimension, f"{table.dimension}Desc") if table.dimension else ()
    fields = {*Row.__annotations__, *members}
    if unlike := next((row.keys() ^ fields for row in rows if row.keys() != fields), None):
        raise Refused(f"the rows differ in fields from what table {table.id} had: {', '.join(sorted(unlike))}")
    if not all(isinstance(row[name], str) for name in members for row in rows):
        raise Refused(f"{table.dimension}: a code or a title is missing or is not text")
    texts = {name: [row[name] for row in rows] for name in fields}
    code, title = [texts[name] for name in members] or [[""] * len(rows)] * 2
    frame = pd.DataFrame(
        {
            "table_id": table.id,
            "dimension": table.dimension or "",
            "member_code": code,
            "member_title": _normalised(title),
            **{name: texts[name] for name in ("freq", "period", "sv")},
            "sv_desc": _normalised(texts["svDesc"]),
            "figure": ["" if figure is None else str(figure) for figure in texts["figure"]],
            "sd_value": texts["sd_value"],
        },
        index=range(1, len(rows) + 1),
        dtype="str",
    )
    refuse_implausible(table, frame, on)
    if printed := long_number(payload):
        raise Refused(f"the number {printed} has more digits than can be stored; some would be lost")
    return _numbered(frame.reset_index(drop=True))


def _rows(table: Table, body: Body) -> list[Row]:
    """Return the rows of a complete answer for this table. Raises Refused."""
    status, rows = body["header"]["status"], body.get("dataSet", [])
    if status["name"] != "Success" or status["code"] != 0:
        raise Refused(f"C&SD says {status['name']!r}, code {status['code']}: {status.get('message')}")
    counted = body["header"].get("count", {}).get("noOfRecords")
    if not rows or counted != len(rows):
        raise Refused(f"the body has {len(rows)} rows, but its header counts {counted}: it is incomplete")
    if title := body["header"].get("title"):
        refuse_other_title(table, _normalised_text(title))
    return rows


def _validated(shape: TypeAdapter[Shape], payload: bytes) -> Shape:
    if b"\\u0000" in payload:
        raise Refused("the body contains a NUL character; C&SD's texts have none")
    try:
        return shape.validate_json(payload)
    except ValidationError as error:
        raise Refused(first_problem(error)) from None


def _normalised_text(title: str) -> str:
    """Return a title with plain blanks and in NFC: Chinese titles may contain compatibility ideographs."""
    return " ".join(unicodedata.normalize("NFC", title).split())


def _normalised(titles: list[str]) -> list[str]:
    forms = {title: _normalised_text(title) for title in set(titles)}
    return [forms[title] for title in titles]


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(line_number=range(1, len(frame) + 1))


def probe(addresses: Mapping[str, str], _on: date) -> Request:
    """Return the request for the components of the table of totals."""
    return Request(f"410-50001{COMPONENTS}", f"{addresses['csd']}/data/table_410-50001_comp.json")


SOURCE = Source(
    name="csd",
    publisher="Census and Statistics Department",
    description="Web tables: totals, partners, commodity groups, index numbers",
    cadence="monthly, 16:30 between the 24th and the 29th after the month's end",
    licence="C&SD Intellectual Property Rights Notice: free reuse with source, ownership and modification statement",
    table=table_of,
    tables=(WEB_TABLES, STATISTICS, COMPONENT_LIST),
    plan=plan,
    parse=parse,
    probe=probe,
    pause=timedelta(seconds=1),  # one request a second was used safely
    importable={request.dataset: request.archive_part for name in TABLES for request in requests_of("", name)},
)
