"""What can be traced: each measure with its table and column, the series it rests on, and the rules that it follows."""

import difflib
from dataclasses import dataclass
from typing import Literal

Kind = Literal["level", "balance", "share", "growth", "rank", "rate"]

EXPORTS = ("total_exports", "domestic_exports", "re_exports")
BALANCE = ("balance", *EXPORTS, "imports")


@dataclass(frozen=True)
class Rule:
    """One rule that a figure followed, by name and in a sentence."""

    name: str
    sentence: str


SELECTION = Rule(
    "One figure of several",
    "The finer printed figure wins; within equal precision an official page before the press, a plain figure before a"
    " flagged one, a settled vintage before a first estimate, and the later vintage before the earlier.",
)
FROM_LEVELS = Rule(
    "Balance from HK$ million",
    "The balance is exports less imports where both are held in HK$ million, else as printed: rounded exports less"
    " rounded imports may be off by HK$0.1 bn.",
)
GOLD_OUTSIDE = Rule(
    "Gold stays outside",
    "C&SD leaves gold (HS 7108 and its neighbours) out of merchandise totals; it is served in fct_gold_trade only.",
)
TWO_BASES = Rule(
    "Two bases",
    "C&SD never restates a month: late corrections enter only cumulative figures, so the published figure and the sum"
    " of the months are both served, and their difference is a figure of its own.",
)
SHARE_SIGN = Rule(
    "Sign of the share", "Positive for a deficit, negative for a surplus; publishers print it without a sign."
)
GROWTH = Rule(
    "Growth from levels",
    "100 * (this period / the earlier one - 1) on levels as held; the printed rate where no levels are published.",
)
LUNAR_NEW_YEAR = Rule(
    "Lunar New Year",
    "The holiday moves between January and February: read single-month growth of those two months together.",
)
RANK = Rule("Rank on record", "1 is the largest deficit of all months whose balance is held; earlier years have gaps.")
MONTHLY_RATE = Rule("US dollars", "The balance is divided by the month's average rate, H.10 of the Federal Reserve.")

LEVEL_RULES = (SELECTION, GOLD_OUTSIDE)
BALANCE_RULES = (SELECTION, FROM_LEVELS, GOLD_OUTSIDE)


class UnknownFigure(LookupError):
    """There is no such measure, period or figure; the message lists what there is, the closest first."""


@dataclass(frozen=True)
class Measure:
    """One measure: its column, the series it rests on (its own printed one first), and the rules that it follows.

    `months_back` is the distance of the period that it compares with.
    """

    name: str
    words: str
    unit: str
    kind: Kind
    column: str
    series: tuple[str, ...]
    rules: tuple[Rule, ...]
    months_back: int = 0
    is_monthly_only: bool = False
    monthly_table: str = "marts.fct_trade_balance_monthly"


def _growth(name: str, words: str, levels: tuple[str, ...], months_back: int) -> Measure:
    return Measure(
        name=name,
        words=words,
        unit="%",
        kind="growth",
        column=f"{name}_pct",
        series=(name, *levels),
        rules=(SELECTION, GROWTH),
        months_back=months_back,
        is_monthly_only=months_back == 1,
    )


def _rate(name: str, words: str, unit: str, column: str, table: str) -> Measure:
    return Measure(name, words, unit, "rate", column, (name,), (SELECTION,), is_monthly_only=True, monthly_table=table)


MEASURES = {
    measure.name: measure
    for measure in (
        Measure("balance", "Trade balance", "HK$ mn", "balance", "balance_hkd_mn", BALANCE, BALANCE_RULES),
        Measure("total_exports", "Total exports", "HK$ mn", "level", "total_exports_hkd_mn", EXPORTS, LEVEL_RULES),
        Measure("imports", "Imports", "HK$ mn", "level", "imports_hkd_mn", ("imports",), LEVEL_RULES),
        _growth("exports_yoy", "Total exports on a year earlier", EXPORTS, months_back=12),
        _growth("imports_yoy", "Imports on a year earlier", ("imports",), months_back=12),
        _growth("exports_mom", "Total exports on the month before", EXPORTS, months_back=1),
        _growth("imports_mom", "Imports on the month before", ("imports",), months_back=1),
        Measure(
            name="deficit_pct_of_imports",
            words="Deficit as a share of imports",
            unit="%",
            kind="share",
            column="deficit_pct_of_imports",
            series=("deficit_pct_of_imports", *BALANCE),
            rules=(*BALANCE_RULES, SHARE_SIGN),
        ),
        Measure(
            name="balance_usd",
            words="Trade balance in US dollars",
            unit="US$ mn",
            kind="balance",
            column="balance_usd_mn",
            series=(*BALANCE, "hkd_per_usd"),
            rules=(*BALANCE_RULES, MONTHLY_RATE),
            is_monthly_only=True,
        ),
        Measure(
            name="deficit_rank",
            words="Rank of the trade deficit",
            unit="",
            kind="rank",
            column="deficit_rank",
            series=BALANCE,
            rules=(*BALANCE_RULES, RANK),
            is_monthly_only=True,
        ),
        _rate("hkd_per_usd", "Exchange rate", "HKD per USD", "hkd_per_usd", "marts.fct_hkd_peg_monthly"),
        _rate("gold_price", "Gold price", "US$ per troy oz", "usd_per_troy_oz", "marts.fct_gold_price_monthly"),
    )
}

ALIASES = {"exports": "total_exports"}


def find(name: str) -> Measure:
    """Return a measure by its name. Raises UnknownFigure that lists the measures, the closest first."""
    measure = MEASURES.get(ALIASES.get(name, name))
    if measure is None:
        close = difflib.get_close_matches(name, MEASURES, n=3, cutoff=0.4)
        meant = f"did you mean {' or '.join(close)}? " if close else ""
        raise UnknownFigure(f"there is no measure {name!r}; {meant}The measures are {', '.join(MEASURES)}.")
    return measure
