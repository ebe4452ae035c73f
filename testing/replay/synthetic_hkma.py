"""HKMA's sets: synthetic rates, the record's (Federal Reserve) monthly averages to three decimals, and liquidity."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from testing.replay.hkma import Row
from testing.replay.record_rows import monthly

LIQUIDITY: Row = json.loads(
    '{"end_of_date":"","cu_weakside":7.85,"cu_strongside":7.75,"disc_win_base_rate":4.0,"hibor_overnight":2.93,'
    '"hibor_fixing_1m":2.45792,"twi":95.0,"opening_balance":0,"closing_balance":0,"market_activities":"+0",'
    '"interest_payment":"+1","discount_window_reversal":"-0","discount_window_activities":"+0","forex_trans_t1":null}'
)


def synthetic_monthly_rates(first: str) -> list[Row]:
    """Return HKD per currency by month; only the US dollar's are from a published series."""
    return [
        {"end_of_month": f"{month[:4]}-{month[4:]}", "usd": round(float(rate), 3), "eur": 8.944, "jpy": 0.0483}
        for month, rate in monthly("exchange_rates_monthly").items()
        if month >= first
    ]


def synthetic_daily_rates(first: str) -> list[Row]:
    """Return HKD per currency by working day, each month's average on all of its days."""
    return [
        {**{name: figure for name, figure in row.items() if name != "end_of_month"}, "end_of_day": day.isoformat()}
        for row in synthetic_monthly_rates(first)
        for day in _working_days(date.fromisoformat(f"{row['end_of_month']}-01"))
    ]


def _working_days(first: date) -> Iterator[date]:
    """Yield Monday to Friday of the month that begins on a day."""
    day = first
    while day.month == first.month:
        if day.weekday() < 5:
            yield day
        day += timedelta(days=1)


def synthetic_liquidity(months: Sequence[str]) -> list[Row]:
    """Return convertibility undertakings, HIBOR and the closing balance (HK$ million) by working day."""
    days = [day for month in months for day in _working_days(date(int(month[:4]), int(month[4:]), 1))]
    return [
        {
            **LIQUIDITY,
            "end_of_date": day.isoformat(),
            "opening_balance": 58_000 + step,
            "closing_balance": 58_001 + step,
        }
        for step, day in enumerate(days)
    ]
