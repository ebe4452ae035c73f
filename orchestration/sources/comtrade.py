"""UN Comtrade, the preview API: Hong Kong's gold by partner, and HS headings that stand for AI-enabling goods.

`getDA` says whether a month is out and when it last changed; only what changed since is asked again. The preview gives
500 rows at most and says nothing of a cut, so a full answer is no answer: it is asked again by flow, then by heading.
"""

import re
from collections.abc import Generator, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from orchestration.sources.comtrade_bodies import (
    AVAILABILITY,
    TRADE,
    AvailabilityRow,
    Reply,
    TradeRow,
    asks_to_wait,
    read,
)
from orchestration.sources.publisher import (
    MONTH_TEXT,
    Context,
    Plan,
    RawTable,
    Refused,
    Request,
    Source,
    TooMuch,
    refuse_repeats,
    today,
)
from orchestration.sources.publisher import Reply as Answer

GOLD = "7108"
# Diodes and transistors, integrated circuits, computers, their parts, machines that make chips, telephony and networks,
# storage media, printed circuits, power converters, doped wafers. A judgement of this project, no official category.
AI_ENABLING = ("8541", "8542", "8471", "8473", "8486", "8517", "8523", "8534", "8504", "3818")
FLOWS = ("M", "X")
CODES = {"gold": (GOLD,), "detail": AI_ENABLING}

PREVIEW_ROWS = 500
# July 2026 came out on 10 September, 41 days after its end: the month before last is the newest that can be out.
LAG_MONTHS = 2
RECENT_MONTHS = 4
# About one request a second is borne: half of 16 parallel calls met 429.
PAUSE = timedelta(seconds=2)
# Every reply prints the time that it took, so no two have the same bytes; without a key there are few calls a day.
SIGNAL_STANDS = timedelta(hours=1)
PARTNERS_ADD_UP_WITHIN = 0.005
# Integrated circuits come in some 10**11 pieces a month, and no other figure is as large.
LARGEST_FIGURE = 1e14
KG_PER_TROY_OZ = 0.0311034768
# Months of gold cost 1,076 (2015-12) to 5,020 (2026-02) US dollars an ounce since 2010. Ounces taken for kilograms, or
# the reverse, are a factor of 32.15: above 34,000 or below 157; grams or thousands are more. Nine carats are above 400.
LEAST_USD_PER_TROY_OZ, MOST_USD_PER_TROY_OZ = 200, 30_000

TRADE_COLUMNS = {
    "period": "period",
    "flow_code": "flowCode",
    "partner_code": "partnerCode",
    "classification_code": "classificationCode",
    "cmd_code": "cmdCode",
    "customs_code": "customsCode",
    "mot_code": "motCode",
    "partner2_code": "partner2Code",
    "qty_unit_code": "qtyUnitCode",
    "qty": "qty",
    "net_weight_kg": "netWgt",
    "primary_value_usd": "primaryValue",
    "is_net_weight_estimated": "isNetWgtEstimated",
    "is_qty_estimated": "isQtyEstimated",
    "is_reported": "isReported",
    "is_aggregate": "isAggregate",
}
AVAILABILITY_COLUMNS = {
    "period": "period",
    "dataset_code": "datasetCode",
    "total_records": "totalRecords",
    "dataset_checksum": "datasetChecksum",
    "first_released": "firstReleased",
    "last_released": "lastReleased",
}


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
TABLES = {"availability": AVAILABILITY_TABLE.name, "gold": TRADE_TABLE.name, "detail": TRADE_TABLE.name}


def plan(context: Context) -> Plan:
    """Ask which months are out, newest first, and of those what changed: gold, and headings too in a backfill.

    Raises Refused at its end when a question can't be made small enough to be answered whole.
    """
    address, given_up = context.addresses["comtrade"], []
    for month in _months(context):
        signal = _availability(address, month)
        out = yield signal
        if isinstance(out, Refused) or out.empty:
            continue
        questions = [_preview(address, "gold", month, {"partnerCode": "0"}), _preview(address, "gold", month, {})]
        if context.since:
            questions.append(_preview(address, "detail", month, {}))
        for question in questions:
            given_up += yield from _ask(question, signal, context)
    if given_up:
        raise Refused(f"the preview cuts these even when asked alone, {len(given_up)} in all: {given_up[0].slot}")


def _ask(question: Request, signal: Request, context: Context) -> Generator[Request, Answer, list[Request]]:
    """Ask, in parts where the whole is cut; return the questions that were cut and have no parts."""
    if _stands(question, signal, context) or not isinstance((yield question), TooMuch):
        return []
    given_up, parts = [], _parts(question)
    for part in parts:
        given_up += yield from _ask(part, signal, context)
    return given_up if parts else [question]


def _stands(question: Request, signal: Request, context: Context) -> bool:
    """Say whether the answer held is of the latest release: to the question itself, or to all of its parts."""
    if not context.memory.is_older_than(question, signal):
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
    """Return one question; the second partner, customs and transport are pinned, or breakdown rows come too."""
    parameters = {
        "period": month,
        "reporterCode": "344",
        "flowCode": ",".join(FLOWS),
        **partner,
        "partner2Code": "0",
        "cmdCode": ",".join(CODES[dataset]),
        "customsCode": "C00",
        "motCode": "0",
        "maxRecords": str(PREVIEW_ROWS),
    }
    return Request(dataset, f"{address}/public/v1/preview/C/M/HS", parameters)


def _probe(addresses: Mapping[str, str]) -> Request:
    return _availability(addresses["comtrade"], _label(_number(today()) - LAG_MONTHS - 1))


def parse(dataset: str, payload: bytes) -> pd.DataFrame:
    """Return the rows of one reply as text, exactly as printed, and `line_number`; no rows where nothing is out.

    Raises Refused, and TooMuch when the reply is as long as the preview's cap and so may have been cut.
    """
    if dataset == "availability":
        return availability_rows(read(AVAILABILITY, payload))
    reply = read(TRADE, payload)
    if max(reply["count"], len(reply["data"])) >= PREVIEW_ROWS:
        raise TooMuch(f"count {reply['count']}: the preview ends at {PREVIEW_ROWS} rows without saying so")
    frame = trade_rows(reply)
    _refuse_unasked(dataset, frame.set_index("line_number"))
    return frame


def _refuse_unasked(dataset: str, frame: pd.DataFrame) -> None:
    _refuse(frame, ~frame["flow_code"].isin(FLOWS), "flow_code", f"was not asked for, {', '.join(FLOWS)} were")
    _refuse(frame, ~frame["cmd_code"].isin(CODES[dataset]), "cmd_code", f"was not asked for by {dataset}")


def availability_rows(reply: Reply[AvailabilityRow]) -> pd.DataFrame:
    """Return the months that are out. Raises Refused."""
    frame = _frame(reply, AVAILABILITY_COLUMNS)
    _refuse_months(frame)
    refuse_repeats(frame, ["period"])
    for column in ("first_released", "last_released"):
        _refuse(frame, ~frame[column].map(_is_past), column, "is no day and time of the past")
    reversed_ = frame["first_released"].str[:19] > frame["last_released"].str[:19]
    _refuse(frame, reversed_, "last_released", "is before the first release")
    return _numbered(frame, AVAILABILITY_TABLE)


def _is_past(text: str) -> bool:
    """Say whether it is a time in UTC, such as 2026-09-10T19:37:29.8666667, that is not after today in Hong Kong."""
    if not re.fullmatch(r"[0-9-]{10}T[0-9:]{8}(\.[0-9]{1,7})?", text):
        return False
    try:
        return datetime.fromisoformat(text[:19]).date() <= today()
    except ValueError:
        return False


def trade_rows(reply: Reply[TradeRow]) -> pd.DataFrame:
    """Return the rows of a month, however many. Raises Refused."""
    frame = _frame(reply, TRADE_COLUMNS)
    _refuse_months(frame)
    _refuse_other_months(reply)
    for column, total in (("partner2_code", "0"), ("customs_code", "C00"), ("mot_code", "0")):
        _refuse(frame, frame[column] != total, column, "is a breakdown of the total, and would double it")
    refuse_repeats(frame, ["period", "flow_code", "partner_code", "cmd_code"])
    figures = {column: _figures(frame, column) for column in ("qty", "net_weight_kg", "primary_value_usd")}
    _refuse_absurd_gold_prices(frame, figures["net_weight_kg"], figures["primary_value_usd"])
    _refuse_partners_that_do_not_add_up(frame, figures["primary_value_usd"])
    return _numbered(frame, TRADE_TABLE)


def _frame(reply: Reply[TradeRow] | Reply[AvailabilityRow], columns: Mapping[str, str]) -> pd.DataFrame:
    """Return the wanted fields column by column, as text; the index is the row's number from 1."""
    rows: list[Any] = list(reply["data"])
    if reply["count"] != len(rows):
        raise Refused(f"count {reply['count']}: but there are {len(rows)} rows")
    text = {column: _text([row[field] for row in rows]) for column, field in columns.items()}
    return pd.DataFrame(text, index=range(1, len(rows) + 1), dtype="str")


def _text(values: list[Any]) -> list[str]:
    if values and isinstance(values[0], bool):  # the format was held: such a column holds nothing else
        return ["true" if value else "false" for value in values]
    return ["" if value is None else str(value) for value in values]


def _numbered(frame: pd.DataFrame, table: RawTable) -> pd.DataFrame:
    return frame.assign(line_number=frame.index)[list(table.columns)].reset_index(drop=True)


def _refuse(frame: pd.DataFrame, bad: "pd.Series[bool]", column: str, reason: str) -> None:
    rows = frame.index[bad]
    if len(rows):
        raise Refused(f"row {rows[0]}: {column} {frame.at[rows[0], column]!r} {reason}; {len(rows)} such rows")


def _refuse_months(frame: pd.DataFrame) -> None:
    """Refuse months that do not exist or are yet to come, and two months in one answer: one is asked for."""
    months = frame["period"].unique()
    no_months = [month for month in months if not MONTH_TEXT.fullmatch(month)]
    _refuse(frame, frame["period"].isin(no_months), "period", "is no month, such as 202607")
    _refuse(frame, frame["period"] > _label(_number(today())), "period", "is in the future")
    if len(months) > 1:
        raise Refused(f"period: the rows are of {len(months)} months ({', '.join(months[:3])}); one was asked for")


def _refuse_other_months(reply: Reply[TradeRow]) -> None:
    """Refuse a row whose other three fields of time say another month than its period."""
    for number, row in enumerate(reply["data"], start=1):
        month, found = int(row["period"]), (row["refPeriodId"], row["refYear"], row["refMonth"])
        if found != (month * 100 + 1, *divmod(month, 100)):
            raise Refused(f"row {number}: refPeriodId, refYear, refMonth {found} are not of period {month}")


def _figures(frame: pd.DataFrame, column: str) -> "pd.Series[float]":
    """Return the figures to reckon with; a missing one is NaN. Raises Refused for one that can't be."""
    figures = pd.to_numeric(frame[column]).astype("float64")
    _refuse(frame, figures < 0, column, "is negative")
    _refuse(frame, figures > LARGEST_FIGURE, column, f"is above {LARGEST_FIGURE:.0e}")
    return figures


def _refuse_absurd_gold_prices(frame: pd.DataFrame, kg: "pd.Series[float]", usd: "pd.Series[float]") -> None:
    """Refuse gold whose value and weight can't both be right: one of them is in another unit, or they are swapped."""
    price = usd / (kg / KG_PER_TROY_OZ)
    weighed = (frame["cmd_code"] == GOLD) & (kg >= 1) & (frame["is_net_weight_estimated"] == "false")
    absurd = weighed & ~price.between(LEAST_USD_PER_TROY_OZ, MOST_USD_PER_TROY_OZ)
    reason = f"kg for that value is a gold price outside {LEAST_USD_PER_TROY_OZ:,} to {MOST_USD_PER_TROY_OZ:,} USD/oz"
    _refuse(frame, absurd, "net_weight_kg", reason)


def _refuse_partners_that_do_not_add_up(frame: pd.DataFrame, usd: "pd.Series[float]") -> None:
    """Refuse partners that miss the world's row by more than 0.5 %: in June 2026 all 19 added up to it exactly."""
    key = [frame["flow_code"], frame["cmd_code"]]
    is_world = frame["partner_code"] == "0"
    world = usd[is_world].groupby(key).sum()
    partners = usd[~is_world].groupby(key).sum()
    gap = (partners - world).abs().dropna()
    apart = gap[gap > PARTNERS_ADD_UP_WITHIN * world.reindex(gap.index)]
    if len(apart):
        case = apart.index[0]
        raise Refused(
            f"flow_code, cmd_code {case}: the partners add up to {partners[case]:,.0f} US dollars, "
            f"the world is {world[case]:,.0f}"
        )


SOURCE = Source(
    name="comtrade",
    publisher="United Nations Statistics Division (UN Comtrade)",
    what="Hong Kong's gold trade by partner, to hold C&SD's against; HS headings of AI-enabling goods in backfills",
    cadence="monthly, about 41 days after the month's end",
    licence="Free to use; redistribution needs the United Nations' permission",
    table=TABLES.__getitem__,
    tables=(AVAILABILITY_TABLE, TRADE_TABLE),
    plan=plan,
    parse=parse,
    probe=_probe,
    pause=PAUSE,
    asks_to_wait=asks_to_wait,
)
