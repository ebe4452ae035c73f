"""Lists that can only be imported from a file: the official list of AI-enabling goods, which has no known address.

CSV with the columns `hs_code`, a heading or subheading of HS 2022, and `product_group`.
"""

import csv
import io
import re
from collections.abc import Mapping
from datetime import date, timedelta

import pandas as pd

from orchestration.sources.connector import Context, Plan, RawTable, Refused, Request, Source

NAME = "lists"
DATASET = "ai_goods"
LICENCE = "as agreed with the provider of the file"
COLUMNS = ("hs_code", "product_group")
CODE = re.compile(r"[0-9]{4}([0-9]{2})?")
GROUP = re.compile(r"[a-z][a-z0-9_]*")
AI_GOODS = RawTable(
    "lists__ai_goods",
    "The official list of AI-enabling goods, from an imported file.",
    {**dict.fromkeys(COLUMNS, "varchar"), "line_number": "integer"},
)


def parse(_dataset: str, payload: bytes, _on: date) -> pd.DataFrame:
    """Return the codes with their groups, as text, and `line_number`. Raises Refused.

    A subheading may not be listed along with its heading: its trade would be counted twice.
    """
    try:
        lines = list(csv.reader(io.StringIO(payload.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refused(f"it is not CSV in UTF-8: {error}") from None
    if not lines or tuple(lines[0]) != COLUMNS:
        raise Refused(f"its columns must be {', '.join(COLUMNS)}")
    rows: dict[str, tuple[str, int]] = {}
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(COLUMNS) or not CODE.fullmatch(line[0]):
            raise Refused(
                f"line {number}: {','.join(line)[:80]!r} does not begin with an HS code of four or six digits"
            )
        code, group = line
        if not GROUP.fullmatch(group):
            raise Refused(f"line {number}: {group[:80]!r} is not a product group, such as semiconductors")
        if code in rows:
            raise Refused(f"line {number}: {code} is on line {rows[code][1]} too")
        rows[code] = group, number
    if not rows:
        raise Refused("it has no codes")
    for code, (_, number) in rows.items():
        if len(code) > 4 and code[:4] in rows:
            raise Refused(f"line {number}: {code} is part of {code[:4]}, which is on line {rows[code[:4]][1]}")
    read = [(code, group, number) for code, (group, number) in rows.items()]
    return pd.DataFrame(read, columns=list(AI_GOODS.columns))


def plan(_context: Context) -> Plan:
    """Request nothing: the list has no address."""
    yield from ()


def probe(_addresses: Mapping[str, str], _on: date) -> Request:
    """Raises Refused: the list has no address."""
    raise Refused("the list has no address; import it from a file")


SOURCE = Source(
    name=NAME,
    publisher="the provider of the file",
    description="The official list of AI-enabling goods",
    cadence="imported from a file",
    licence=LICENCE,
    table=lambda _: AI_GOODS.name,
    tables=(AI_GOODS,),
    plan=plan,
    parse=parse,
    probe=probe,
    pause=timedelta(seconds=1),
    importable={DATASET: ""},
)
