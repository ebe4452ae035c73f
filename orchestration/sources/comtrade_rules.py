"""The rules that rows of UN Comtrade must satisfy, and their conversion to text as printed."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

import pandas as pd

from orchestration.periods import EARLIEST, is_past
from orchestration.sources.comtrade_bodies import AvailabilityRow, Body, MirrorRow, TradeRow
from orchestration.sources.comtrade_detail import COMTRADE_FLOWS, MIRRORED
from orchestration.sources.connector import MONTH_TEXT, Refused, refuse_repeats, refuse_rows
from orchestration.sources.exact import is_exact
from orchestration.sources.lake_rows import HS_EDITIONS
from orchestration.sources.vocabulary import vocabulary

GOLD = "7108"
AI_ENABLING = vocabulary("ai_enabling_hs", "hs_code")
DETAIL_HS6, ALL_SUBHEADINGS = "detail_hs6", "AG6"
CODES = {"gold": (GOLD,), "detail": AI_ENABLING, "mirror": ("TOTAL",)}

PARTNERS_ADD_UP_WITHIN = 0.005
PLACES = 3  # of the columns of the lake; UN Comtrade's values have as many
# The largest figures are quantities of integrated circuits, about 10**11 pieces a month.
LARGEST_FIGURE = 1e14
LARGEST_STAGED = 1e12 - 1  # staging casts gold's figures to twelve digits before the decimal point
KG_PER_TROY_OZ = 0.0311034768
# Monthly gold prices since 2010 range from 1,076 (2015-12) to 5,020 (2026-02) US dollars an ounce; nine-carat gold is
# above 400. Confusing ounces and kilograms is a factor of 32.15, so it gives prices above 34,000 or below 157.
MIN_USD_PER_TROY_OZ, MAX_USD_PER_TROY_OZ = 200, 30_000

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
    """Return the months that UN Comtrade lists as available, as text, with `line_number`. Raises Refused."""
    frame = _frame(reply, AVAILABILITY_COLUMNS)
    _refuse_months(frame, on)
    refuse_repeats(frame, ["period"])
    for column in ("first_released", "last_released"):
        refuse_rows(frame, ~frame[column].map(partial(_is_past, on=on)), column, "is not a time in the past")
    reversed_ = frame["first_released"].str[:19] > frame["last_released"].str[:19]
    refuse_rows(frame, reversed_, "last_released", "is before the first release")
    return _numbered(frame, AVAILABILITY_COLUMNS)


def _is_past(text: str, on: date) -> bool:
    """Return True for a time such as 2026-09-10T19:37:29.8666667, in UTC, that is not after a day in Hong Kong."""
    if not re.fullmatch(r"[0-9-]{10}T[0-9:]{8}(\.[0-9]{1,7})?", text):
        return False
    try:
        return is_past(datetime.fromisoformat(text[:19]).date(), on)
    except ValueError:
        return False


def trade_rows(reply: Body[TradeRow] | Body[MirrorRow], dataset: str, on: date) -> pd.DataFrame:
    """Return the rows of a month of trade as text, with `line_number`. Raises Refused."""
    columns = MIRROR_COLUMNS if dataset == "mirror" else TRADE_COLUMNS
    frame = _frame(reply, columns)
    _refuse_months(frame, on)
    _refuse_other_months(reply)
    for column, total in (("partner2_code", "0"), ("customs_code", "C00"), ("mot_code", "0")):
        refuse_rows(frame, frame[column] != total, column, "is a breakdown of the total, which would be counted twice")
    refuse_repeats(frame, [*columns.keys() & {"reporter_code"}, "period", "flow_code", "partner_code", "cmd_code"])
    largest = LARGEST_STAGED if dataset == "gold" else LARGEST_FIGURE
    figures = {column: _figures(frame, column, largest) for column in ("qty", "net_weight_kg", "primary_value_usd")}
    _refuse_absurd_gold_prices(frame, figures["net_weight_kg"], figures["primary_value_usd"])
    # A subheading can be a few hundred dollars, partly of undisclosed partners, so only whole flows are compared.
    by = ["flow_code"] if dataset == DETAIL_HS6 else ["flow_code", "cmd_code"]
    _refuse_partners_that_do_not_add_up(frame, figures["primary_value_usd"], by)
    return _numbered(frame, columns)


def _frame(reply: Body[TradeRow] | Body[MirrorRow] | Body[AvailabilityRow], columns: Mapping[str, str]) -> pd.DataFrame:
    """Return the fields to load as columns of text; the index is the row's number from 1."""
    rows: list[Any] = list(reply["data"])
    if reply["count"] != len(rows):
        raise Refused(f"count {reply['count']}: but there are {len(rows)} rows")
    text = {column: _text([row[field] for row in rows]) for column, field in columns.items()}
    return pd.DataFrame(text, index=range(1, len(rows) + 1), dtype="str")


def _text(values: list[Any]) -> list[str]:
    if values and isinstance(values[0], bool):  # the body is validated, so the whole column is boolean
        return ["true" if value else "false" for value in values]
    return ["" if value is None else str(value) for value in values]


def _numbered(frame: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    return frame.assign(line_number=frame.index)[[*columns, "line_number"]].reset_index(drop=True)


def _refuse_months(frame: pd.DataFrame, on: date) -> None:
    """Refuse months that do not exist or are in the future, and more than the one month that was requested."""
    months = frame["period"].unique()
    no_months = [month for month in months if not MONTH_TEXT.fullmatch(month)]
    refuse_rows(frame, frame["period"].isin(no_months), "period", "is not a month, such as 202607")
    refuse_rows(frame, frame["period"] > f"{on:%Y%m}", "period", "is in the future")
    refuse_rows(frame, frame["period"] < f"{EARLIEST:%Y%m}", "period", f"is before {EARLIEST.year}")
    if len(months) > 1:
        raise Refused(f"period: the rows are of {len(months)} months ({', '.join(months[:3])}); one was requested")


def _refuse_other_months(reply: Body[TradeRow] | Body[MirrorRow]) -> None:
    """Refuse a row whose period disagrees with its other three time fields."""
    for number, row in enumerate(reply["data"], start=1):
        month, found = int(row["period"]), (row["refPeriodId"], row["refYear"], row["refMonth"])
        if found != (month * 100 + 1, *divmod(month, 100)):
            raise Refused(f"row {number}: refPeriodId, refYear, refMonth {found} do not match period {month}")


def _figures(frame: pd.DataFrame, column: str, largest: float) -> "pd.Series[float]":
    """Return the figures as numbers, NaN where missing. Raises Refused for negative and implausibly large ones."""
    figures = pd.to_numeric(frame[column]).astype("float64")
    refuse_rows(frame, figures < 0, column, "is negative")
    refuse_rows(frame, figures > largest, column, f"is above {largest:.0e}")
    is_lossy = ~frame[column].map(lambda printed: not printed or is_exact(printed, PLACES))
    refuse_rows(frame, is_lossy, column, f"has more than {PLACES} decimal places, which would be lost")
    return figures


def _refuse_absurd_gold_prices(frame: pd.DataFrame, kg: "pd.Series[float]", usd: "pd.Series[float]") -> None:
    """Refuse gold whose price per ounce is impossible: value or weight is in another unit, or they are swapped."""
    price = usd / (kg / KG_PER_TROY_OZ)
    weighed = (frame["cmd_code"] == GOLD) & (kg >= 1) & (frame["is_net_weight_estimated"] == "false")
    absurd = weighed & ~price.between(MIN_USD_PER_TROY_OZ, MAX_USD_PER_TROY_OZ)
    reason = f"kg gives a gold price outside {MIN_USD_PER_TROY_OZ:,} to {MAX_USD_PER_TROY_OZ:,} USD/oz"
    refuse_rows(frame, absurd, "net_weight_kg", reason)


def _refuse_partners_that_do_not_add_up(frame: pd.DataFrame, usd: "pd.Series[float]", by: list[str]) -> None:
    """Refuse partners whose sum is not the world's row within 0.5 %. In June 2026 all 19 added up to it exactly."""
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


def refuse_unrequested(dataset: str, frame: pd.DataFrame) -> None:
    """Refuse flows, codes and reporters that were not requested. Raises Refused."""
    refuse_rows(
        frame,
        ~frame["flow_code"].isin(list(COMTRADE_FLOWS)),
        "flow_code",
        f"was not requested, only {' and '.join(COMTRADE_FLOWS)}",
    )
    codes = frame["cmd_code"]
    is_requested = codes.str.fullmatch("[0-9]{6}") if dataset == DETAIL_HS6 else codes.isin(CODES[dataset])
    refuse_rows(frame, ~is_requested, "cmd_code", f"was not requested by {dataset}")
    if dataset != "gold":
        editions = frame["classification_code"]
        refuse_rows(frame, ~editions.isin(list(HS_EDITIONS)), "classification_code", "is not a known HS edition")
    if dataset == "mirror":
        reporters = frame["reporter_code"]
        refuse_rows(frame, ~reporters.isin(MIRRORED), "reporter_code", "was not requested")
        if reporters.nunique() > 1:
            raise Refused(f"reporter_code: the rows are of {reporters.nunique()} reporters; one was requested")
