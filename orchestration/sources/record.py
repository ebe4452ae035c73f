"""The embedded record: published figures with their addresses, shipped in the package as CSV files.

One file per dataset under `orchestration/figures/`. A figure says what (dimensions and measure), when (period label),
how much (value, unit, rounding unit), and from where (source, address, publication day, vintage). Every schema is
declared here, once; a file that breaks it is refused with file, line, column and reason.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NoReturn

import pandas as pd

from orchestration.sources import record_schema
from orchestration.sources.connector import Context, Plan, RawTable, Refused, Request, Source
from orchestration.sources.vocabulary import FLOWS, vocabulary

NAME = "record"
ADDRESS = "entrepot:figures/"  # what follows is a file's name in ENTREPOT_FIGURES_DIR
LICENCE = "Quoted figures, each with the address of its publisher; see docs/data-terms.md"
FIGURE_COLUMNS = (
    *("value", "unit", "rounding_unit", "published_on", "vintage"),
    *("source_id", "source_url", "flag", "note"),
)

YEAR = "[0-9]{4}"
MONTH = rf"{YEAR}-(?:0[1-9]|1[0-2])"
PERIOD = rf"{MONTH}|{YEAR}|{YEAR}-Q[1-4]|{YEAR}-H[12]|{MONTH}\.\.{MONTH}"

# The columns that are not text; codes with leading zeros are.
COLUMN_TYPES = {
    "value": "decimal(18, 6)",
    "rounding_unit": "decimal(18, 6)",
    "published_on": "date",
    "line_number": "integer",
}


@dataclass(frozen=True)
class Dataset:
    """One file of the record: its dimensions with the values they may take, its measures, its period labels."""

    name: str
    measures: tuple[str, ...]
    units: tuple[str, ...]
    dimensions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    period: str = PERIOD

    @property
    def columns(self) -> tuple[str, ...]:
        return ("period_label", *(name for name, _ in self.dimensions), "measure", *FIGURE_COLUMNS)

    @property
    def key(self) -> list[str]:
        """The columns that identify a row: a figure occurs once for each place and edition that it was read from."""
        return ["period_label", *(name for name, _ in self.dimensions), "measure", "vintage", "source_url"]

    @property
    def table(self) -> RawTable:
        dimensions = ", ".join(name for name, _ in self.dimensions) or "none"
        return RawTable(
            f"{NAME}__{self.name}",
            "Figures of the embedded record, as printed, one row a figure: `orchestration/figures/{}.csv`."
            "\n\nMeasures: {}. Units: {}. Dimensions: {}.".format(
                self.name, ", ".join(self.measures), ", ".join(self.units), dimensions
            ),
            {column: COLUMN_TYPES.get(column, "varchar") for column in (*self.columns, "line_number")},
        )


def _names(classification: str) -> tuple[str, ...]:
    return vocabulary("categories", "printed_name", ("classification", classification))


def _datasets() -> tuple[Dataset, ...]:
    partners = vocabulary("partners", "partner_name")
    levels = ("total_exports", "domestic_exports", "re_exports", "imports", "balance")
    members = partners + _names("sitc_division") + _names("end_use") + ("Air", "Land", "Ocean", "River", "Others")
    pct, hkd_bn = ("pct",), ("hkd_bn",)
    return (
        Dataset("trade_totals_monthly", ("total_exports", "imports", "balance"), ("hkd_mn",), period=MONTH),
        Dataset("trade_totals_press", levels, ("hkd_bn", "hkd_mn"), period=MONTH),
        Dataset(
            "trade_totals_cumulative",
            ("total_exports", "imports", "balance", "exports_yoy", "imports_yoy", "deficit_pct_of_imports"),
            ("hkd_bn", "pct"),
        ),
        Dataset("trade_totals_annual", levels, hkd_bn, period=YEAR),
        Dataset(
            "trade_by_sitc_group",
            ("value", "share"),
            ("hkd_mn", "pct"),
            (("flow", FLOWS), ("sitc_group", _names("sitc_group"))),
        ),
        Dataset(
            "trade_by_sitc_division",
            ("value", "change", "yoy"),
            ("hkd_bn", "pct"),
            (("flow", FLOWS), ("division", _names("sitc_division"))),
        ),
        Dataset(
            "trade_by_end_use",
            ("value", "volume_yoy", "price_yoy"),
            ("hkd_bn", "pct"),
            (("flow", FLOWS), ("category", _names("end_use"))),
        ),
        Dataset("trade_by_partner", ("value", "yoy"), ("hkd_bn", "pct"), (("flow", FLOWS), ("partner", partners))),
        Dataset(
            "trade_shares",
            ("share",),
            pct,
            (
                ("flow", FLOWS),
                ("dimension", ("partner", "commodity", "end_use", "transport_mode")),
                ("member", members),
            ),
        ),
        Dataset(
            "trade_indices",
            ("volume_yoy", "price_yoy", "terms_of_trade_yoy"),
            pct,
            (("flow", (*FLOWS, "not_applicable")), ("partner", partners)),
        ),
        Dataset("trade_seasonally_adjusted", ("sa_change",), pct, (("flow", FLOWS),)),
        Dataset("gdp_goods_real_growth", ("real_yoy",), pct, (("flow", FLOWS),)),
        Dataset(
            "services",
            (
                *("services_exports", "services_imports", "services_balance", "goods_balance_bop"),
                *("services_exports_real_yoy", "services_imports_real_yoy"),
            ),
            ("hkd_bn", "pct"),
            (("basis", ("bop", "bop_bpm5", "bop_bpm6", "trade_in_services", "gdp_real_growth")),),
        ),
        Dataset(
            "gold_trade",
            ("weight", "value"),
            ("tonnes", "kg", "usd_mn", "usd_bn"),
            (("flow", ("imports", "total_exports", "net_exports", "net_imports")), ("partner", partners)),
        ),
        Dataset("gold_prices_monthly", ("gold_price",), ("usd_per_troy_oz",), period=MONTH),
        Dataset("exchange_rates_monthly", ("hkd_per_usd",), ("hkd_per_usd",), period=MONTH),
    )


DATASETS: dict[str, Dataset] = {dataset.name: dataset for dataset in _datasets()}


def plan(_context: Context) -> Plan:
    """Request each file of the record; they are read from disk."""
    for dataset in DATASETS.values():
        yield Request(dataset.name, f"{ADDRESS}{dataset.name}.csv", needs_rows=False)


def parse(name: str, payload: bytes, on: date) -> pd.DataFrame:
    """Parse and check one file of the record.

    Returns:
        The file's columns as text, exactly as printed, and `line_number` (1 is the header).

    Raises:
        Refused: The file breaks its schema; the message has a line for each problem: file, line, column, reason.
    """
    if name not in DATASETS:
        raise Refused(f"the record has no dataset {name}")
    dataset = DATASETS[name]
    rows = _read_rows(dataset, payload)
    frame = pd.DataFrame(rows, columns=list(dataset.columns), dtype="str")
    record_schema.check(dataset, frame, on)
    return frame.assign(line_number=range(2, len(frame) + 2))


def probe(_addresses: Mapping[str, str], _on: date) -> Request:
    raise Refused("the embedded record is read from disk")


def _read_rows(dataset: Dataset, payload: bytes) -> list[list[str]]:
    if payload.startswith(b"\xef\xbb\xbf"):
        _refuse(dataset, 1, "period_label", "the file begins with a byte-order mark; save it as plain UTF-8")
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse(dataset, payload[: error.start].count(b"\n") + 1, "?", f"not UTF-8 text: {error.reason}")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header, *rows = list(reader) or [[]]
    except csv.Error as error:
        _refuse(dataset, reader.line_num, "?", f"not CSV: {error}")
    if header != list(dataset.columns):
        _refuse(dataset, 1, "?", f"the header is {','.join(header)!r}, not {','.join(dataset.columns)!r}")
    if not rows:
        _refuse(dataset, 2, "?", "the file holds no figures")
    for line, row in enumerate(rows, start=2):
        if len(row) != len(header):
            _refuse(dataset, line, "?", f"{len(row)} cells, not {len(header)}")
        for column, cell in zip(header, row, strict=True):
            if "\n" in cell or "\r" in cell or cell != cell.strip():
                _refuse(dataset, line, column, "a line break or white space around the text")
    return rows


def _refuse(dataset: Dataset, line: int, column: str, reason: str) -> NoReturn:
    raise Refused(f"{dataset.name}.csv, line {line}, column {column}: {reason}")


SOURCE = Source(
    name=NAME,
    publisher="Entrepot",
    description="The embedded record: published figures with their addresses",
    cadence="with each version",
    licence=LICENCE,
    table=lambda dataset: f"{NAME}__{dataset}",
    tables=tuple(dataset.table for dataset in DATASETS.values()),
    plan=plan,
    parse=parse,
    probe=probe,
    pause=timedelta(0),
    is_required=True,
)
