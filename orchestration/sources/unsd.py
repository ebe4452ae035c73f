"""The United Nations' correlation tables: editions of the HS with one another, with SITC and with BEC.

A workbook has a sheet of conversions, with one target for each code, and a sheet of correlations, with every pair and
its relationship. Tables with BEC are CSV files of pairs only. Addresses are known for two of the workbooks; the other
tables are imported from files.
"""

from collections.abc import Mapping
from datetime import date, timedelta

import pandas as pd

from orchestration.sources import unsd_tables
from orchestration.sources.connector import Context, Plan, RawTable, Refused, Request, Source, refuse_repeats
from orchestration.sources.unsd_tables import PAIR, Correlation

NAME = "unsd"
DATASETS = {
    "HS2022toHS2017": Correlation("HS2022", "HS2017"),
    "HS2017toHS2012": Correlation("HS2017", "HS2012"),
    "HS2022toSITC4": Correlation("HS2022", "SITC4"),
    "HS2022toBEC4": Correlation("HS2022", "BEC4"),
    "HS2017toBEC4": Correlation("HS2017", "BEC4"),
}
FETCHED = ("HS2022toHS2017", "HS2022toSITC4")
FRESH_FOR = timedelta(days=180)  # an HS edition comes every five years; its tables are corrected now and then
MIN_CODES = 5_000  # the editions of 2017 and 2022 have 5,388 and 5,613 in these tables

CORRELATIONS = RawTable(
    "unsd__correlations",
    "Pairs of codes of two classifications, from the United Nations' correlation tables, with the one that converts.",
    {
        **dict.fromkeys(("from_classification", "from_code", "to_classification", "to_code"), "varchar"),
        **dict.fromkeys(("relationship", "is_conversion"), "varchar"),
        "line_number": "integer",
    },
)


def plan(context: Context) -> Plan:
    """Request the tables whose address is known."""
    for dataset in FETCHED:
        yield _request(context.addresses, dataset)


def _request(addresses: Mapping[str, str], dataset: str) -> Request:
    file = f"{dataset}ConversionAndCorrelationTables.xlsx"
    return Request(dataset, f"{addresses[NAME]}/unsd/classifications/Econ/tables/{file}", fresh_for=FRESH_FOR)


def parse(dataset: str, payload: bytes, _on: date) -> pd.DataFrame:
    """Return the pairs of a table as text, with `line_number`: the row in the sheet of correlations or in the CSV.

    A conversion to a group of codes has no row there; the numbering of such pairs continues after the last correlation.
    Raises Refused.
    """
    if not payload.strip():
        raise Refused("the body is empty")
    correlation = DATASETS[dataset]
    read = unsd_tables.of_csv if correlation.target == "BEC4" else unsd_tables.of_workbook
    pairs = pd.DataFrame(read(correlation, payload), columns=[*PAIR, "line_number"])
    refuse_repeats(pairs.set_index("line_number"), ["from_code", "to_code"])
    if (codes := pairs["from_code"].nunique()) < MIN_CODES:
        raise Refused(f"the table has {codes:,} codes of {correlation.origin}; an edition has at least {MIN_CODES:,}")
    classified = pairs.assign(from_classification=correlation.origin, to_classification=correlation.target)
    *texts, line_number = CORRELATIONS.columns
    return classified.astype({**dict.fromkeys(texts, "str"), line_number: int})[[*texts, line_number]]


def probe(addresses: Mapping[str, str], _on: date) -> Request:
    """Return the request for the first table."""
    return _request(addresses, FETCHED[0])


SOURCE = Source(
    name=NAME,
    publisher="United Nations Statistics Division",
    description="Correlation tables of the HS 2022, 2017 and 2012, SITC Rev. 4 and BEC Rev. 4",
    cadence="with each edition, every five years",
    licence="Copyright United Nations; free to consult",
    table=lambda _: CORRELATIONS.name,
    tables=(CORRELATIONS,),
    plan=plan,
    parse=parse,
    probe=probe,
    pause=timedelta(seconds=1),
    importable=dict.fromkeys(DATASETS, ""),
)
