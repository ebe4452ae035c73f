"""C&SD's Trade IDDS: monthly value and quantity of gold, silver and HS codes, by partner, since 2012.

Backfills also fetch chapters, the headings of AI-enabling goods, and the subheadings whose codes are known. Requests do
not span HS editions: one code that is not defined in every requested month fails the whole batch. Zero is omitted: a
missing row means zero. IDDS starts a session with a redirect that sets a cookie.
"""

import re
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
from pydantic import ValidationError

from orchestration.sources.comtrade_rules import AI_ENABLING
from orchestration.sources.connector import (
    MONTH_TEXT,
    Context,
    LakeRows,
    MustSplit,
    ParseResult,
    Plan,
    RawTable,
    Refused,
    Request,
    Source,
    first_problem,
    refuse_html,
    refuse_repeats,
)
from orchestration.sources.exact import is_exact
from orchestration.sources.idds_bodies import BODY, Row, Status
from orchestration.sources.idds_detail import EDITION_NAMES, detail_rows
from orchestration.sources.vocabulary import vocabulary

# Gold and related codes that merchandise totals exclude. Silver is included in them; it is fetched for comparison.
GOLD = ("710811", "710812", "710813", "710820", "710900", "711230", "711291", "711890")
SILVER = ("710610", "710691", "710692")
CHAPTERS = tuple(f"{chapter:02d}" for chapter in range(1, 98) if chapter != 77)  # the HS reserves chapter 77
CODES = {"gold": GOLD, "silver": SILVER, "detail": CHAPTERS, "detail_headings": AI_ENABLING}
SUBHEADINGS = "detail_hs6"
SUBHEADING = re.compile(r"[0-9]{6}")
BATCH = 20  # codes in a request, as other users of the API send
EDITION_STARTS = tuple(pd.Period(month, "M") for month in EDITION_NAMES)
TRADE_TYPES = {"1": "imports", "2": "domestic exports", "3": "re-exports", "4": "total exports"}
BOTH_FLOWS = (TRADE_TYPES["1"], TRADE_TYPES["4"])
CODE_IN_PART = re.compile(r"(?<= )[0-9]{2,6}(?= |$)")
FIRST_MONTH = "201201"
MONTHS_BACK = 4  # the latest figures are for one to two months ago

VALUE_UNIT = "HK$ '000"
FIGURE = re.compile(r"[0-9]+(\.[0-9]+)?|[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
MISSING = ("", "-", "..")
# In HK$ thousand, or in units of quantity. Total imports of August 2026 were 0.7 billion HK$ thousand.
LARGEST = 100e9
PLACES = 3
TRADE = RawTable(
    "idds__trade",
    "Monthly trade by HS code and partner from Trade IDDS: values in HK$ thousand, quantities in their own unit.",
    {
        **dict.fromkeys(("dataset", "period", "ttype", "partner_basis", "partner_code", "codeclass"), "varchar"),
        **dict.fromkeys(("code", "sv", "unit", "figure"), "varchar"),
        "line_number": "integer",
    },
)


class WrongEdition(MustSplit):
    """A code is not defined in one of the requested months; the batch is split in halves."""


class NotReleased(MustSplit):
    """The last requested month is not released yet; the request is repeated for one month less."""


def plan(context: Context) -> Plan:
    """Request gold and silver for the world and by partner, edition by edition, and the detail of a backfill.

    Raises Refused at the end for months that should be released, and for codes that should be defined, but are not.
    """
    unanswered: list[str] = []
    last = pd.Period(context.until or context.today, "M") - (0 if context.until else 1)
    for dataset in ("gold", "silver"):
        for ttype in ("1", "4"):
            for first, end in _windows(context.since, last):
                for partners in ({}, {"ccclass": "C", "cc": "ALL"}):
                    query = {"ttype": ttype, "sv": "VCm,QCm", "codeclass": "HKHS6", **partners}
                    unanswered += yield from _fetch(context, dataset, query, CODES[dataset], first, end)
    for detail in _detail(context, last):
        for ttype in ("1", "4"):
            code_class = f"HKHS{len(detail.codes[0])}"
            query = {"ttype": ttype, "sv": detail.sv, "codeclass": code_class, "ccclass": "C", "cc": "ALL"}
            for begin in range(0, len(detail.codes), BATCH):
                codes = detail.codes[begin : begin + BATCH]
                unanswered += yield from _fetch(context, detail.dataset, query, codes, detail.first, detail.last)
    if unanswered:
        raise Refused("; ".join(sorted(set(unanswered))))


@dataclass(frozen=True)
class Detail:
    """Codes of one HS level to fetch by partner, for months of one HS edition."""

    dataset: str
    sv: str
    codes: Sequence[str]
    first: pd.Period
    last: pd.Period


def _detail(context: Context, last: pd.Period) -> Iterator[Detail]:
    """Yield the codes to backfill; subheadings by edition, if their codes are known.

    IDDS has quantities for subheadings only; for chapters and headings there are just values.
    """
    if not context.since:
        return
    first = pd.Period(context.since, "M")
    yield Detail("detail", "VCm", CHAPTERS, first, last)
    yield Detail("detail_headings", "VCm", AI_ENABLING, first, last)
    for (begin, end), name in zip(_windows(None, last), EDITION_NAMES.values(), strict=True):
        if (codes := context.hs_codes.get(name)) and max(first, begin) <= min(last, end):
            yield Detail(SUBHEADINGS, "VCm,QCm", codes, max(first, begin), min(last, end))


def _windows(since: date | None, last: pd.Period) -> list[tuple[pd.Period, pd.Period]]:
    """Return the first and last months to request: of each HS edition, or of the backfill."""
    if since:
        return [(pd.Period(since, "M"), last)]
    return list(zip(EDITION_STARTS, [*(start - 1 for start in EDITION_STARTS[1:]), last], strict=True))


def _fetch(
    context: Context, dataset: str, query: Mapping[str, str], codes: Sequence[str], first: pd.Period, last: pd.Period
) -> Generator[Request, ParseResult, list[str]]:
    """Yield a request: one month less if the last is not released, in halves if a code is not defined.

    Returns what remains unanswered. A code missing from a past edition does not count, and neither does a subheading:
    those come from the United Nations' list, which has codes that Hong Kong does not use.
    """
    is_open = last > pd.Period(context.today, "M") - MONTHS_BACK
    tries = min(MONTHS_BACK, last.ordinal - first.ordinal + 1) if is_open else 1
    for months_back in range(max(1, tries)):
        end = last - months_back
        parameters = {
            "lang": "EN",
            "freq": "M",
            "period": f"{first.strftime('%Y%m')},{end.strftime('%Y%m')}",
            **query,
            "code": ",".join(codes),
        }
        part = " ".join([TRADE_TYPES[query["ttype"]], query.get("cc", "world"), str(first), *codes])
        fresh_for = timedelta(hours=12) if is_open else timedelta(days=30)
        reply = yield Request(dataset, f"{context.addresses['idds']}/api/get", parameters, part, fresh_for=fresh_for)
        if not isinstance(reply, NotReleased):
            break
    is_missed = isinstance(reply, WrongEdition) and len(codes) == 1 and is_open and dataset != SUBHEADINGS
    if isinstance(reply, NotReleased) or is_missed:
        return [f"{dataset}: {reply}"]
    if not isinstance(reply, WrongEdition) or len(codes) == 1:
        return []
    half = len(codes) // 2
    unanswered = yield from _fetch(context, dataset, query, codes[:half], first, end)
    return unanswered + (yield from _fetch(context, dataset, query, codes[half:], first, end))


def parse(dataset: str, payload: bytes, on: date) -> pd.DataFrame:
    """Return the rows of an answer for the raw table, as text, with `line_number`. Raises Refused."""
    refuse_html(payload)
    try:
        body = BODY.validate_json(payload)
    except ValidationError as error:
        raise Refused(first_problem(error)) from None
    rows, counted = body.get("dataSet", []), body["header"].get("count", {}).get("noOfRecords")
    if not _has_rows(body["header"]["status"]):
        return pd.DataFrame(columns=list(TRADE.columns), dtype="str").astype({"line_number": int})
    if counted != len(rows):
        raise Refused(f"the body has {len(rows)} rows, but its header counts {counted}: it is incomplete")
    numbers = range(1, len(rows) + 1)
    read = [_read(dataset, number, row, on) for number, row in zip(numbers, rows, strict=True)]
    frame = pd.DataFrame(read, columns=list(TRADE.columns)[:-1], index=numbers, dtype="str")
    if len(types := frame["ttype"].unique()) > 1:
        raise Refused(f"the rows are of types {' and '.join(types)}; one was requested")
    refuse_repeats(frame, ["period", "ttype", "partner_basis", "partner_code", "codeclass", "code", "sv"])
    return frame.assign(line_number=numbers).reset_index(drop=True)


def _has_rows(status: Status) -> bool:
    """Return True if the answer has rows; IDDS sends HTTP 200 also for errors. Raises Refused."""
    message = " ".join(status.get("message", []))
    if status["name"] == "Success" and status["code"] == 0:
        return True
    if "No record found" in message:
        return False
    if "Period code" in message:
        raise NotReleased(f"IDDS says: {message}")
    if "Commodity code" in message:
        raise WrongEdition(f"IDDS says: {message}")
    raise Refused(f"IDDS says {status['name']!r}, code {status['code']}: {message}")


def _read(dataset: str, number: int, row: Row, on: date) -> tuple[str, ...]:
    """Return the row's fields for the raw table. Raises Refused."""
    place = f"row {number}, {row['code']} {row['period']} {row['sv']}"
    if not MONTH_TEXT.fullmatch(row["period"]) or not FIRST_MONTH <= row["period"] <= f"{on:%Y%m}":
        raise Refused(f"{place}: {row['period']!r} is not a month from {FIRST_MONTH} until today")
    if str(row["ttype"]) not in TRADE_TYPES:
        raise Refused(f"{place}: ttype {row['ttype']} was not requested")
    is_requested = SUBHEADING.fullmatch(row["code"]) if dataset == SUBHEADINGS else row["code"] in CODES[dataset]
    if not is_requested or row["codeclass"] != f"HKHS{len(row['code'])}":
        raise Refused(f"{place}: {row['codeclass']} {row['code']!r} was not requested by {dataset}")
    basis, partner = _partner(place, row)
    return (
        *(dataset, row["period"], str(row["ttype"]), basis, partner, row["codeclass"], row["code"], row["sv"]),
        *(row["unitEN"].strip(), _figure(place, row)),
    )


def _partner(place: str, row: Row) -> tuple[str, str]:
    """Return how the partner is defined (co: origin, cc: consignment, or world) and its code. Raises Refused."""
    if "co" in row and "cc" in row:
        raise Refused(f"{place}: both an origin (co) and a consignment (cc)")
    basis = "co" if "co" in row else "cc" if "cc" in row else "world"
    partner = row.get("co", row.get("cc", ""))
    if basis != "world" and (not partner or partner not in vocabulary("partners", "iso2")):
        raise Refused(f"{place}: {basis} {partner!r} is not a partner in seeds/partners.csv; add it there")
    return basis, partner


def _figure(place: str, row: Row) -> str:
    """Return the figure without thousands separators, "" when missing. Raises Refused.

    Figure and unit have been seen swapped, so the unit is checked too.
    """
    figure, unit = row["figure"].strip(), row["unitEN"].strip()
    if not unit or FIGURE.fullmatch(unit):
        raise Refused(f"{place}: the unit is {unit!r} and the figure {figure!r}: they are swapped, or one is missing")
    if row["sv"] == "VCm" and unit != VALUE_UNIT:
        raise Refused(f"{place}: the unit of a value is {unit!r}, not {VALUE_UNIT!r}")
    if figure in MISSING:
        return ""
    if not FIGURE.fullmatch(figure):
        raise Refused(f"{place}: figure {figure!r} is not a plain number")
    if float(figure.replace(",", "")) > LARGEST:
        raise Refused(f"{place}: figure {figure!r} is above {LARGEST:,.0f}")
    if not is_exact(figure.replace(",", ""), PLACES):
        raise Refused(f"{place}: figure {figure!r} has more than {PLACES} decimal places, which would be lost")
    return figure.replace(",", "")


def asks_to_wait(payload: bytes) -> float | None:
    """Return the seconds to wait when IDDS is busy, its usage limit is reached, or it denies the session; else None."""
    busy = (b"Usage limit", b"Server busy", b"Access denied")
    return 15.0 if len(payload) < 2_000 and any(text in payload for text in busy) else None


def probe(addresses: Mapping[str, str], _on: date) -> Request:
    """Return the request for one month of one code."""
    query = {"lang": "EN", "sv": "VCm", "freq": "M", "period": "202401", "ttype": "1", "codeclass": "HKHS6"}
    return Request("gold", f"{addresses['idds']}/api/get", {**query, "code": "710812"})


def has_all_chapters(answered: Collection[str], _refused: Collection[str], _codes: Collection[str]) -> bool:
    """Return True if every chapter was answered, for imports and for total exports."""
    return all(set(CHAPTERS) <= _codes_of(kind, answered) for kind in BOTH_FLOWS)


def has_all_subheadings(answered: Collection[str], refused: Collection[str], codes: Collection[str]) -> bool:
    """Return True if every subheading was answered, or refused in a request of its own: Hong Kong does not use it."""
    alone = [part for part in refused if len(CODE_IN_PART.findall(part)) == 1]
    return bool(codes) and all(set(codes) <= _codes_of(kind, [*answered, *alone]) for kind in BOTH_FLOWS)


def _codes_of(kind: str, parts: Iterable[str]) -> set[str]:
    return {code for part in parts if part.startswith(kind) for code in CODE_IN_PART.findall(part)}


SOURCE = Source(
    name="idds",
    publisher="Census and Statistics Department",
    description="Trade IDDS: gold, silver, and HS codes by partner, value and quantity",
    cadence="monthly, with the merchandise figures",
    licence="C&SD Intellectual Property Rights Notice: free reuse with source, ownership and modification statement",
    table=lambda _: TRADE.name,
    tables=(TRADE,),
    plan=plan,
    parse=parse,
    probe=probe,
    pause=timedelta(seconds=1),
    asks_to_wait=asks_to_wait,
    lake={
        "detail": LakeRows("trade_detail", detail_rows, "csd_trade_idds", has_all_chapters),
        "detail_headings": LakeRows("trade_detail", detail_rows, "csd_trade_idds"),
        SUBHEADINGS: LakeRows("trade_detail", detail_rows, "csd_trade_idds", has_all_subheadings),
    },
)
