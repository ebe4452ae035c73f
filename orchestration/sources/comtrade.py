"""UN Comtrade: Hong Kong's gold trade by partner; in backfills also trade by HS code, and what partners report of it.

`getDA` says whether a month is available and when it last changed; only changed months are fetched again. The preview
service returns at most 500 rows and does not say when it truncates, so an answer with 500 rows is refused, and the
request is split by flow, then by heading. Backfills fetch every subheading if there is an API key, one flow at a time;
without a key, the headings of AI-enabling goods.
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
from orchestration.sources.comtrade_detail import COMTRADE_FLOWS, MIRRORED, detail_rows, mirror_rows
from orchestration.sources.comtrade_rules import (
    ALL_SUBHEADINGS,
    AVAILABILITY_COLUMNS,
    CODES,
    DETAIL_HS6,
    TRADE_COLUMNS,
    availability_rows,
    refuse_unrequested,
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
# The documentation says 100,000, the publisher's Python package 250,000. July 2026 had 145,677 rows in all flows.
DATA_ROWS = 100_000
# July 2026 was released on 10 September, 41 days after its end, so the newest month can be the one before last.
LAG_MONTHS = 2
RECENT_MONTHS = 4
# The service allows about one request a second: half of 16 parallel calls got HTTP 429.
PAUSE = timedelta(seconds=2)
# Calls without a key are limited per day. Conditional requests do not help: every body contains its own elapsed time.
AVAILABILITY_FRESH_FOR = timedelta(hours=1)
MIRROR_FRESH_FOR = timedelta(days=1)  # the availability of partners' own releases is not fetched


def _table(name: str, description: str, columns: Iterable[str]) -> RawTable:
    return RawTable(name, description, {**dict.fromkeys(columns, "varchar"), "line_number": "integer"})


AVAILABILITY_TABLE = _table(
    "comtrade__availability",
    "Months of Hong Kong's trade that UN Comtrade has released, with the dates and checksum that show revisions.",
    AVAILABILITY_COLUMNS,
)
TRADE_TABLE = _table(
    "comtrade__trade",
    "Hong Kong's trade by flow, HS heading and partner (0 is the world) from UN Comtrade: US dollars, kg.",
    TRADE_COLUMNS,
)
TABLES = {"availability": AVAILABILITY_TABLE.name, "gold": TRADE_TABLE.name}


def _has_both_flows(answered: Collection[str], _refused: Collection[str], _codes: Collection[str]) -> bool:
    return all(any(f"flowCode={flow}&" in part for part in answered) for flow in COMTRADE_FLOWS)


LAKE = {
    "detail": LakeRows("trade_detail", detail_rows, "un_comtrade"),
    DETAIL_HS6: LakeRows("trade_detail", detail_rows, "un_comtrade", _has_both_flows),
    "mirror": LakeRows("trade_mirror", mirror_rows, "un_comtrade"),
}


def plan(context: Context) -> Plan:
    """Request the availability of each month, newest first, and what changed: gold, and in a backfill the detail.

    Raises Refused at the end if a request was truncated that cannot be split further.
    """
    address, truncated = context.addresses["comtrade"], []
    for month in _months(context):
        signal = _availability(address, month)
        available = yield signal
        if isinstance(available, Refused) or available.empty:
            continue
        requests = [_preview(address, "gold", month, {"partnerCode": "0"}), _preview(address, "gold", month, {})]
        if context.since and context.has_key:
            requests += [_all_subheadings(address, month, flow) for flow in COMTRADE_FLOWS]
        elif context.since:
            requests.append(_preview(address, "detail", month, {}))
        for request in requests:
            truncated += yield from _fetch(request, signal, context)
        for reporter in MIRRORED if context.since else ():
            request = _mirror(address, month, reporter)
            truncated += [request] if isinstance((yield request), MustSplit) else []
    if truncated:
        example = truncated[0].archive_part
        raise Refused(f"UN Comtrade truncates {len(truncated)} requests that cannot be split: {example}")


def _fetch(request: Request, signal: Request, context: Context) -> Generator[Request, ParseResult, list[Request]]:
    """Yield a request, and its parts if the answer is truncated; return the truncated requests without parts."""
    if _is_current(request, signal, context) or not isinstance((yield request), MustSplit):
        return []
    truncated, parts = [], _parts(request)
    for part in parts:
        truncated += yield from _fetch(part, signal, context)
    return truncated if parts else [request]


def _is_current(request: Request, signal: Request, context: Context) -> bool:
    """Return True if the latest release is archived: as the answer to the request, or to all of its parts."""
    if not context.archived.is_older_than(request, signal):
        return True
    parts = _parts(request)
    return bool(parts) and all(_is_current(part, signal, context) for part in parts)


def _parts(request: Request) -> list[Request]:
    """Return a request split by flow, else by heading, else []. A heading has at most some 250 rows in a flow."""
    for name in ("flowCode", "cmdCode"):
        values = request.parameters[name].split(",")
        if len(values) > 1:
            return [replace(request, parameters={**request.parameters, name: value}) for value in values]
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
    return Request("availability", f"{address}/public/v1/getDA/C/M/HS", parameters, fresh_for=AVAILABILITY_FRESH_FOR)


def _preview(address: str, dataset: str, month: str, partner: Mapping[str, str]) -> Request:
    """Return the request for Hong Kong's trade with the world, or with every partner if `partner` is empty."""
    parameters = _parameters(month, "344", ",".join(COMTRADE_FLOWS), partner, ",".join(CODES[dataset]))
    return Request(dataset, f"{address}/public/v1/preview/C/M/HS", {**parameters, "maxRecords": str(PREVIEW_ROWS)})


def _all_subheadings(address: str, month: str, flow: str) -> Request:
    """Return the request for every subheading and partner of one flow; this service needs an API key."""
    return Request(DETAIL_HS6, f"{address}/data/v1/get/C/M/HS", _parameters(month, "344", flow, {}, ALL_SUBHEADINGS))


def _mirror(address: str, month: str, reporter: str) -> Request:
    """Return the request for what a partner reports of its trade with Hong Kong."""
    parameters = _parameters(month, reporter, ",".join(COMTRADE_FLOWS), {"partnerCode": "344"}, *CODES["mirror"])
    parameters = {**parameters, "maxRecords": str(PREVIEW_ROWS)}
    return Request("mirror", f"{address}/public/v1/preview/C/M/HS", parameters, fresh_for=MIRROR_FRESH_FOR)


def _parameters(month: str, reporter: str, flows: str, partner: Mapping[str, str], codes: str) -> dict[str, str]:
    """Return query parameters. Without values for partner2Code, customsCode and motCode, breakdowns are included."""
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


def probe(addresses: Mapping[str, str], on: date) -> Request:
    """Return the request for the availability of a month that should be out."""
    return _availability(addresses["comtrade"], _label(_number(on) - LAG_MONTHS - 1))


def parse(dataset: str, payload: bytes, on: date) -> pd.DataFrame:
    """Return the rows of a body as text, as printed, with `line_number`; none when a month is not available.

    Raises Refused, and MustSplit when the body has as many rows as the service's limit and may be truncated.
    """
    if dataset == "availability":
        return availability_rows(read(AVAILABILITY, payload), on)
    reply = _trade_body(dataset, payload)
    service, most = ("service for keys", DATA_ROWS) if dataset == DETAIL_HS6 else ("preview", PREVIEW_ROWS)
    if max(reply["count"], len(reply["data"])) >= most:
        raise MustSplit(f"count {reply['count']}: the {service} truncates at {most} rows without saying so")
    frame = trade_rows(reply, dataset, on)
    refuse_unrequested(dataset, frame.set_index("line_number"))
    return frame


def _trade_body(dataset: str, payload: bytes) -> Body[TradeRow] | Body[MirrorRow]:
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
    probe=probe,
    pause=PAUSE,
    asks_to_wait=asks_to_wait,
    lake=LAKE,
)
