"""What rows of UN Comtrade must be to be believed, and the text that they become: field by field, as printed."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

import pandas as pd

from orchestration.sources.comtrade_bodies import AvailabilityRow, Body, MirrorRow, TradeRow
from orchestration.sources.comtrade_detail import MIRRORED
from orchestration.sources.connector import MONTH_TEXT, Refused, refuse_repeats
from orchestration.sources.lake_rows import EDITIONS
from orchestration.sources.vocabulary import vocabulary

GOLD = "7108"
AI_ENABLING = vocabulary("ai_enabling_hs", "hs_code")
WHOLE, SUBHEADINGS = "detail_hs6", "AG6"
FLOWS = ("M", "X")
CODES = {"gold": (GOLD,), "detail": AI_ENABLING, "mirror": ("TOTAL",)}

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
MIRROR_COLUMNS = {
    **TRADE_COLUMNS,
    "reporter_code": "reporterCode",
    "cif_value_usd": "cifvalue",
    "fob_value_usd": "fobvalue",
}
AVAILABILITY_COLUMNS = {
    "period": "period",
    "dataset_code": "datasetCode",
    "total_records": "totalRecords",
    "dataset_checksum": "datasetChecksum",
    "first_released": "firstReleased",
    "last_released": "lastReleased",
}


def availability_rows(reply: Body[AvailabilityRow], on: date) -> pd.DataFrame:
    """Return the months that were out on a day. Raises Refused."""
    frame = _frame(reply, AVAILABILITY_COLUMNS)
    _refuse_months(frame, on)
    refuse_repeats(frame, ["period"])
    for column in ("first_released", "last_released"):
        _refuse(frame, ~frame[column].map(partial(_is_past, on=on)), column, "is no day and time of the past")
    reversed_ = frame["first_released"].str[:19] > frame["last_released"].str[:19]
    _refuse(frame, reversed_, "last_released", "is before the first release")
    return _numbered(frame, AVAILABILITY_COLUMNS)


def _is_past(text: str, on: date) -> bool:
    """Return True for a time in UTC, such as 2026-09-10T19:37:29.8666667, that is not after a day in Hong Kong."""
    if not re.fullmatch(r"[0-9-]{10}T[0-9:]{8}(\.[0-9]{1,7})?", text):
        return False
    try:
        return datetime.fromisoformat(text[:19]).date() <= on
    except ValueError:
        return False


def trade_rows(reply: Body[TradeRow] | Body[MirrorRow], dataset: str, on: date) -> pd.DataFrame:
    """Return the rows of a month, however many. Raises Refused."""
    columns = MIRROR_COLUMNS if dataset == "mirror" else TRADE_COLUMNS
    frame = _frame(reply, columns)
    _refuse_months(frame, on)
    _refuse_other_months(reply)
    for column, total in (("partner2_code", "0"), ("customs_code", "C00"), ("mot_code", "0")):
        _refuse(frame, frame[column] != total, column, "is a breakdown of the total, and would double it")
    refuse_repeats(frame, [*columns.keys() & {"reporter_code"}, "period", "flow_code", "partner_code", "cmd_code"])
    figures = {column: _figures(frame, column) for column in ("qty", "net_weight_kg", "primary_value_usd")}
    _refuse_absurd_gold_prices(frame, figures["net_weight_kg"], figures["primary_value_usd"])
    # A subheading may be a few hundred dollars, some of them of partners that are not told: only a flow is held.
    by = ["flow_code"] if dataset == WHOLE else ["flow_code", "cmd_code"]
    _refuse_partners_that_do_not_add_up(frame, figures["primary_value_usd"], by)
    return _numbered(frame, columns)


def _frame(reply: Body[TradeRow] | Body[MirrorRow] | Body[AvailabilityRow], columns: Mapping[str, str]) -> pd.DataFrame:
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


def _numbered(frame: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    return frame.assign(line_number=frame.index)[[*columns, "line_number"]].reset_index(drop=True)


def _refuse(frame: pd.DataFrame, bad: "pd.Series[bool]", column: str, reason: str) -> None:
    rows = frame.index[bad]
    if len(rows):
        raise Refused(f"row {rows[0]}: {column} {frame.at[rows[0], column]!r} {reason}; {len(rows)} such rows")


def _refuse_months(frame: pd.DataFrame, on: date) -> None:
    """Refuse months that do not exist or are yet to come, and two months in one answer: one is asked for."""
    months = frame["period"].unique()
    no_months = [month for month in months if not MONTH_TEXT.fullmatch(month)]
    _refuse(frame, frame["period"].isin(no_months), "period", "is no month, such as 202607")
    _refuse(frame, frame["period"] > f"{on:%Y%m}", "period", "is in the future")
    if len(months) > 1:
        raise Refused(f"period: the rows are of {len(months)} months ({', '.join(months[:3])}); one was asked for")


def _refuse_other_months(reply: Body[TradeRow] | Body[MirrorRow]) -> None:
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


def _refuse_partners_that_do_not_add_up(frame: pd.DataFrame, usd: "pd.Series[float]", by: list[str]) -> None:
    """Refuse partners that miss the world's row by more than 0.5 %: in June 2026 all 19 added up to it exactly."""
    key = [frame[column] for column in by]
    is_world = frame["partner_code"] == "0"
    world = usd[is_world].groupby(key).sum()
    partners = usd[~is_world].groupby(key).sum()
    gap = (partners - world).abs().dropna()
    apart = gap[gap > PARTNERS_ADD_UP_WITHIN * world.reindex(gap.index)]
    if len(apart):
        case = apart.index[0]
        raise Refused(
            f"{', '.join(by)} {case}: the partners add up to {partners[case]:,.0f} US dollars, "
            f"the world is {world[case]:,.0f}"
        )


def refuse_unasked(dataset: str, frame: pd.DataFrame) -> None:
    """Refuse flows, codes and reporters that the dataset's question does not name. Raises Refused."""
    _refuse(frame, ~frame["flow_code"].isin(FLOWS), "flow_code", f"was not asked for, {', '.join(FLOWS)} were")
    is_asked = frame["cmd_code"].str.fullmatch("[0-9]{6}") if dataset == WHOLE else _is_of(dataset, frame)
    _refuse(frame, ~is_asked, "cmd_code", f"was not asked for by {dataset}")
    if dataset != "gold":
        editions = frame["classification_code"]
        _refuse(frame, ~editions.isin(list(EDITIONS)), "classification_code", "is no edition of the HS that is known")
    if dataset == "mirror":
        reporters = frame["reporter_code"]
        _refuse(frame, ~reporters.isin(MIRRORED), "reporter_code", "was not asked for")
        if reporters.nunique() > 1:
            raise Refused(f"reporter_code: the rows are of {reporters.nunique()} reporters; one was asked for")


def _is_of(dataset: str, frame: pd.DataFrame) -> "pd.Series[bool]":
    return frame["cmd_code"].isin(CODES[dataset])
