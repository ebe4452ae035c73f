"""What can be traced: each measure with its mart column, the series it rests on, and the rules that it follows."""

import difflib
from dataclasses import dataclass
from typing import Literal

from orchestration.claims.measures import MEASURES, Measure

Kind = Literal["level", "balance", "share", "growth", "rank", "rate"]

# Total exports where printed, else domestic exports and re-exports.
EXPORTS = ("total_exports", "domestic_exports", "re_exports")
BALANCE = ("balance", *EXPORTS, "imports")


@dataclass(frozen=True)
class AppliedRule:
    """One rule that a figure followed: its name, and a sentence for the reader."""

    name: str
    sentence: str


SELECTION = AppliedRule(
    "One figure of several",
    "The finer printed figure wins; within equal precision an official page before the press, a plain figure before a"
    " flagged one, a settled vintage before a first estimate, and the later vintage before the earlier.",
)
FROM_LEVELS = AppliedRule(
    "Balance from HK$ million",
    "The balance is exports less imports where both are held in HK$ million, else as printed: rounded exports less"
    " rounded imports may be off by HK$0.1 bn.",
)
GOLD_OUTSIDE = AppliedRule(
    "Gold stays outside",
    "C&SD leaves gold (HS 7108 and its neighbours) out of merchandise totals; it is served in fct_gold_trade only.",
)
TWO_BASES = AppliedRule(
    "Two bases",
    "C&SD never restates a month: late corrections enter only cumulative figures, so the published figure and the sum"
    " of the months are both served, and their difference is a figure of its own.",
)
SHARE_SIGN = AppliedRule(
    "Sign of the share", "Positive for a deficit, negative for a surplus; publishers print it without a sign."
)
GROWTH = AppliedRule(
    "Growth from levels",
    "100 * (this period / the earlier one - 1) on levels as held; the printed rate where no levels are published.",
)
LUNAR_NEW_YEAR = AppliedRule(
    "Lunar New Year",
    "The holiday moves between January and February: read single-month growth of those two months together.",
)
RANK = AppliedRule(
    "Rank on record", "1 is the largest deficit of all months whose balance is held; earlier years have gaps."
)
MONTHLY_RATE = AppliedRule(
    "US dollars", "The balance is divided by the month's average rate, H.10 of the Federal Reserve."
)

LEVEL_RULES = (SELECTION, GOLD_OUTSIDE)
BALANCE_RULES = (SELECTION, FROM_LEVELS, GOLD_OUTSIDE)


class UnknownFigure(LookupError):
    """There is no such measure, period or figure; the message lists what there is, the closest first."""


@dataclass(frozen=True)
class TracedMeasure:
    """One measure that can be traced.

    `series` are the series of `fct_observations` that it rests on, its own printed one first. `formula` computes it
    from them; None for one that is only printed, added up or ranked.
    """

    name: str
    words: str
    unit: str
    kind: Kind
    column: str
    series: tuple[str, ...]
    rules: tuple[AppliedRule, ...]
    formula: Measure | None = None
    is_monthly_only: bool = False
    monthly_table: str = "marts.fct_trade_balance_monthly"

    @property
    def months_back(self) -> int:
        """How many months before the period the one lies that it is compared with; 0 for none."""
        return self.formula.months_back if self.formula else 0


def _growth(flow: str, words: str, levels: tuple[str, ...], formula: Measure) -> TracedMeasure:
    return TracedMeasure(
        name=f"{flow}_{formula.name}",
        words=words,
        unit=formula.unit,
        kind="growth",
        column=f"{flow}_{formula.name}_pct",
        series=(f"{flow}_{formula.name}", *levels),
        rules=(SELECTION, GROWTH),
        formula=formula,
        is_monthly_only=formula.name == "mom",
    )


def _level(name: str, words: str, series: tuple[str, ...], formula: Measure | None = None) -> TracedMeasure:
    return TracedMeasure(name, words, "HK$ mn", "level", f"{name}_hkd_mn", series, LEVEL_RULES, formula)


def _rate(name: str, words: str, unit: str, column: str, table: str) -> TracedMeasure:
    return TracedMeasure(
        name, words, unit, "rate", column, (name,), (SELECTION,), is_monthly_only=True, monthly_table=table
    )


TRACED = {
    traced.name: traced
    for traced in (
        TracedMeasure(
            name="balance",
            words="Trade balance",
            unit=MEASURES["balance"].unit,
            kind="balance",
            column="balance_hkd_mn",
            series=BALANCE,
            rules=BALANCE_RULES,
            formula=MEASURES["balance"],
        ),
        _level("total_exports", "Total exports", EXPORTS, MEASURES["total_exports"]),
        _level("imports", "Imports", ("imports",)),
        _growth("exports", "Total exports on a year earlier", EXPORTS, MEASURES["yoy"]),
        _growth("imports", "Imports on a year earlier", ("imports",), MEASURES["yoy"]),
        _growth("exports", "Total exports on the month before", EXPORTS, MEASURES["mom"]),
        _growth("imports", "Imports on the month before", ("imports",), MEASURES["mom"]),
        TracedMeasure(
            name="deficit_pct_of_imports",
            words="Deficit as a share of imports",
            unit=MEASURES["deficit_pct_of_imports"].unit,
            kind="share",
            column="deficit_pct_of_imports",
            series=("deficit_pct_of_imports", *BALANCE),
            rules=(*BALANCE_RULES, SHARE_SIGN),
            formula=MEASURES["deficit_pct_of_imports"],
        ),
        TracedMeasure(
            name="balance_usd",
            words="Trade balance in US dollars",
            unit=MEASURES["balance_usd"].unit,
            kind="balance",
            column="balance_usd_mn",
            series=(*BALANCE, "hkd_per_usd"),
            rules=(*BALANCE_RULES, MONTHLY_RATE),
            formula=MEASURES["balance_usd"],
            is_monthly_only=True,
        ),
        TracedMeasure(
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


def find(name: str) -> TracedMeasure:
    """Return a measure by its name. Raises UnknownFigure that lists the measures, the closest first."""
    traced = TRACED.get(ALIASES.get(name, name))
    if traced is None:
        close = difflib.get_close_matches(name, TRACED, n=3, cutoff=0.4)
        meant = f"did you mean {' or '.join(close)}? " if close else ""
        raise UnknownFigure(f"there is no measure {name!r}; {meant}The measures are {', '.join(TRACED)}.")
    return traced
