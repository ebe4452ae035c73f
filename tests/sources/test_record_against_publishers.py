"""The embedded record says what the publishers' own files say, figure by figure."""

from datetime import date
from pathlib import Path

import pandas as pd

from orchestration.settings import FIGURES_DIR
from orchestration.sources import record


def figures(name: str) -> pd.DataFrame:
    return record.parse(name, (FIGURES_DIR / f"{name}.csv").read_bytes(), date(2026, 9, 25))


def numbers(frame: pd.DataFrame) -> dict[str, float]:
    return dict(zip(frame["period_label"], frame["value"].astype(float), strict=True))


def test_monthly_totals_equal_the_official_table(raw_reference: Path) -> None:
    table = pd.read_csv(raw_reference / "csd_410-50001" / "hk_merchandise_trade_monthly.csv", dtype="str")
    month, exports, imports = table.columns[:3]
    ours = figures("trade_totals_monthly")
    for measure, column in (("total_exports", exports), ("imports", imports)):
        theirs = dict(zip(table[month].str[:7], table[column].astype(float), strict=True))
        assert numbers(ours[ours["measure"] == measure]) == theirs


def test_exchange_rates_equal_those_of_the_publisher(raw_reference: Path) -> None:
    table = pd.read_csv(raw_reference / "exchange_rates" / "monthly.csv", dtype="str")
    hong_kong = table[table["Country"] == "Hong Kong"]
    theirs = dict(zip(hong_kong["Date"].str[:7], hong_kong["Exchange rate"].astype(float), strict=True))
    assert numbers(figures("exchange_rates_monthly")) == theirs


def test_gold_prices_equal_those_of_the_publisher_from_1960_on(raw_reference: Path) -> None:
    table = pd.read_csv(raw_reference / "gold_prices" / "monthly.csv", dtype="str")
    recent = table[table["Date"] >= "1960-01"]
    theirs = dict(zip(recent["Date"], recent["Price"].astype(float), strict=True))
    assert numbers(figures("gold_prices_monthly")) == theirs
