"""UN Comtrade: Hong Kong's gold by partner; in backfills the detail, and what partners report of the same trade.

`getDA` says whether a month is out and when it last changed; only what changed since is asked again. The preview gives
500 rows at most and says nothing of a cut, so a full answer is no answer: it is asked again by flow, then by heading.
With a key the detail is every subheading, a flow at a time; without one, the headings of AI-enabling goods.
"""

from collections.abc import Collection, Generator, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd

from orchestration.sources.comtrade_bodies import (
    AVAILABILITY,
    MIRROR,
    TRADE,
    Body,
    MirrorRow,
    TradeRow,
    asks_to_wait,
    read,
)
from orchestration.sources.comtrade_detail import MIRRORED, detail_rows, mirror_rows
from orchestration.sources.comtrade_rules import (
    AVAILABILITY_COLUMNS,
    CODES,
    FLOWS,
    SUBHEADINGS,
    TRADE_COLUMNS,
    WHOLE,
    availability_rows,
    refuse_unasked,
    trade_rows,
)
from orchestration.sources.connector import (
    Context,
    LakeRows,
    MustSplit,
    ParseResult,
    Plan,
    RawTable,
    Refused,
    Request,
    Source,
)

PREVIEW_ROWS = 500
# One document says 100,000, the publisher's own package 250,000. July 2026 had 145,677 rows in all its flows.
DATA_ROWS = 100_000
# July 2026 came out on 10 September, 41 days after its end: the month before last is the newest that can be out.
LAG_MONTHS = 2
RECENT_MONTHS = 4
# About one request a second is borne: half of 16 parallel calls met 429.
PAUSE = timedelta(seconds=2)
# Every reply prints the time that it took, so no two have the same bytes; without a key there are few calls a day.
SIGNAL_STANDS = timedelta(hours=1)
MIRROR_STANDS = timedelta(days=1)  # a partner's release has a signal of its own, which is not asked for


def _table(name: str, description: str, columns: Iterable[str]) -> RawTable:
    return RawTable(name, description, {**dict.fromkeys(columns, "varchar"), "line_number": "integer"})


AVAILABILITY_TABLE = _table(
    "comtrade__availability",
    "Months of Hong Kong's trade that are out at UN Comtrade, with the release and checksum that tell a revision.",
    AVAILABILITY_COLUMNS,
)
TRADE_TABLE = _table(
    "comtrade__trade",
    "Hong Kong's trade by flow, HS heading and partner (0 is the world) as UN Comtrade has it: US dollars, kg.",
    TRADE_COLUMNS,
)
TABLES = {"availability": AVAILABILITY_TABLE.name, "gold": TRADE_TABLE.name}


def _has_both_flows(answered: Collection[str], _refused: Collection[str], _codes: Collection[str]) -> bool:
    return all(any(f"flowCode={flow}&" in part for part in answered) for flow in FLOWS)


LAKE = {
    "detail": LakeRows("trade_detail", detail_rows, "un_comtrade"),
    WHOLE: LakeRows("trade_detail", detail_rows, "un_comtrade", _has_both_flows),
    "mirror": LakeRows("trade_mirror", mirror_rows, "un_comtrade"),
}


def plan(context: Context) -> Plan:
    """Ask which months are out, newest first, and of those what changed: gold, and in a backfill the detail too.

    Raises Refused at its end when a question can't be made small enough to be answered whole.
    """
    address, given_up = context.addresses["comtrade"], []
    for month in _months(context):
        signal = _availability(address, month)
        out = yield signal
        if isinstance(out, Refused) or out.empty:
            continue
        questions = [_preview(address, "gold", month, {"partnerCode": "0"}), _preview(address, "gold", month, {})]
        if context.since and context.has_key:
            questions += [_whole(address, month, flow) for flow in FLOWS]
        elif context.since:
            questions.append(_preview(address, "detail", month, {}))
        for question in questions:
            given_up += yield from _ask(question, signal, context)
        for reporter in MIRRORED if context.since else ():
            question = _mirror(address, month, reporter)
            given_up += [question] if isinstance((yield question), MustSplit) else []
    if given_up:
        raise Refused(
            f"UN Comtrade cuts these even when asked alone, {len(given_up)} in all: {given_up[0].archive_part}"
        )


def _ask(question: Request, signal: Request, context: Context) -> Generator[Request, ParseResult, list[Request]]:
    """Ask, in parts where the whole is cut; return the questions that were cut and have no parts."""
    if _stands(question, signal, context) or not isinstance((yield question), MustSplit):
        return []
    given_up, parts = [], _parts(question)
    for part in parts:
        given_up += yield from _ask(part, signal, context)
    return given_up if parts else [question]


def _stands(question: Request, signal: Request, context: Context) -> bool:
    """Say whether the answer held is of the latest release: to the question itself, or to all of its parts."""
    if not context.archived.is_older_than(question, signal):
        return True
    parts = _parts(question)
    return bool(parts) and all(_stands(part, signal, context) for part in parts)


def _parts(question: Request) -> list[Request]:
    """Return the question by flow, else by heading. One flow of one heading has a row a partner: some 250 at most."""
    for name in ("flowCode", "cmdCode"):
        values = question.parameters[name].split(",")
        if len(values) > 1:
            return [replace(question, parameters={**question.parameters, name: value}) for value in values]
    return []


def _months(context: Context) -> list[str]:
    newest = _number(context.today) - LAG_MONTHS
    last = min(newest, _number(context.until)) if context.until else newest
    first = _number(context.since) if context.since else last - RECENT_MONTHS + 1
    return [_label(number) for number in range(last, first - 1, -1)]


def _number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _label(number: int) -> str:
    return f"{number // 12}{number % 12 + 1:02}"


def _availability(address: str, month: str) -> Request:
    parameters = {"reporterCode": "344", "period": month}
    return Request("availability", f"{address}/public/v1/getDA/C/M/HS", parameters, fresh_for=SIGNAL_STANDS)


def _preview(address: str, dataset: str, month: str, partner: Mapping[str, str]) -> Request:
    """Return one question about Hong Kong: of the world, of a partner, or of all of them."""
    asked = _asked(month, "344", ",".join(FLOWS), partner, ",".join(CODES[dataset]))
    return Request(dataset, f"{address}/public/v1/preview/C/M/HS", {**asked, "maxRecords": str(PREVIEW_ROWS)})


def _whole(address: str, month: str, flow: str) -> Request:
    """Return the question for every subheading and partner of one flow, which only the holder of a key may ask."""
    return Request(WHOLE, f"{address}/data/v1/get/C/M/HS", _asked(month, "344", flow, {}, SUBHEADINGS))


def _mirror(address: str, month: str, reporter: str) -> Request:
    """Return the question what a partner reports of its trade with Hong Kong."""
    asked = _asked(month, reporter, ",".join(FLOWS), {"partnerCode": "344"}, *CODES["mirror"])
    parameters = {**asked, "maxRecords": str(PREVIEW_ROWS)}
    return Request("mirror", f"{address}/public/v1/preview/C/M/HS", parameters, fresh_for=MIRROR_STANDS)


def _asked(month: str, reporter: str, flows: str, partner: Mapping[str, str], codes: str) -> dict[str, str]:
    """Return parameters; the second partner, customs and transport are pinned, or breakdown rows come too."""
    return {
        "period": month,
        "reporterCode": reporter,
        "flowCode": flows,
        **partner,
        "partner2Code": "0",
        "cmdCode": codes,
        "customsCode": "C00",
        "motCode": "0",
    }


def _probe(addresses: Mapping[str, str], on: date) -> Request:
    return _availability(addresses["comtrade"], _label(_number(on) - LAG_MONTHS - 1))


def parse(dataset: str, payload: bytes, on: date) -> pd.DataFrame:
    """Return the rows of one reply as text, exactly as printed, and `line_number`; no rows where nothing is out.

    Raises Refused, and MustSplit when the reply is as long as the service's cap and so may have been cut.
    """
    if dataset == "availability":
        return availability_rows(read(AVAILABILITY, payload), on)
    reply = _read(dataset, payload)
    service, most = ("service for keys", DATA_ROWS) if dataset == WHOLE else ("preview", PREVIEW_ROWS)
    if max(reply["count"], len(reply["data"])) >= most:
        raise MustSplit(f"count {reply['count']}: the {service} ends at {most} rows without saying so")
    frame = trade_rows(reply, dataset, on)
    refuse_unasked(dataset, frame.set_index("line_number"))
    return frame


def _read(dataset: str, payload: bytes) -> Body[TradeRow] | Body[MirrorRow]:
    if dataset == "mirror":
        return read(MIRROR, payload)
    return read(TRADE, payload)


SOURCE = Source(
    name="comtrade",
    publisher="United Nations Statistics Division (UN Comtrade)",
    description="Hong Kong's gold trade by partner, to compare with C&SD's; in backfills AI-enabling goods, or with a "
    "key all subheadings, and what partners report of the same trade",
    cadence="monthly, about 41 days after the month's end",
    licence="Free to use; redistribution needs the United Nations' permission",
    table=TABLES.__getitem__,
    tables=(AVAILABILITY_TABLE, TRADE_TABLE),
    plan=plan,
    parse=parse,
    probe=_probe,
    pause=PAUSE,
    asks_to_wait=asks_to_wait,
    lake=LAKE,
)
