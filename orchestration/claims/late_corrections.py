"""How far cumulative figures lie from the sum of their months, as far as the record shows it.

C&SD never restates a single month; what is declared late enters only the cumulative figures. Those corrections are
small: in 2022, the widest year by far, they moved the balance by 0.13 % of exports, and in no other period by 0.1 %.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb

# 2022 is 1.4 times as wide as the next widest period: the next 2022 must not be called an error.
SLACK = Decimal("1.5")
# With fewer past periods the widest of them says little.
ENOUGH_PERIODS = 3

SUMS = """
select
    unnest(['balance', 'total_exports', 'imports']) as series,
    period_label,
    period_end,
    unnest([balance_hkd_mn, total_exports_hkd_mn, imports_hkd_mn]) as sum_of_months,
    total_exports_hkd_mn as exports
from marts.fct_trade_balance_period
where basis = 'sum_of_months'
"""

CORRECTIONS = f"""
select series, period_label, period_end, value, sum_of_months, exports, rounding_unit, source_url
from marts.fct_observations
inner join ({SUMS}) as sums using (series, period_label, period_end)
where
    classification = 'total' and member_code = 'total'
    and frequency <> 'month' and is_served and flag is null
order by period_end, period_label, series
"""


@dataclass(frozen=True)
class Correction:
    """One cumulative figure beside the sum of its months, HK$ million."""

    series: str
    period_label: str
    period_end: date
    published: Decimal
    sum_of_months: Decimal
    exports: Decimal
    rounding_unit: Decimal
    source_url: str

    @property
    def difference(self) -> Decimal:
        return self.published - self.sum_of_months

    @property
    def pct(self) -> Decimal:
        """The size of the correction in percent of the period's exports, less what rounding alone may make of it."""
        beyond_rounding = max(abs(self.difference) - self.rounding_unit / 2, Decimal(0))
        return 100 * beyond_rounding / self.exports


@dataclass(frozen=True)
class Envelope:
    """The late corrections of other periods: how many, the widest, and the limit that follows from it."""

    periods: int
    widest: Correction

    @property
    def limit_pct(self) -> Decimal:
        return SLACK * self.widest.pct


@dataclass(frozen=True)
class Allowance:
    """How far a published figure may lie from the sum of its months, as a share of that sum."""

    share: Decimal
    envelope: Envelope


def corrections(connection: duckdb.DuckDBPyConnection) -> list[Correction]:
    """Return every cumulative figure whose months are all held, in order of time. Figures with a flag prove nothing."""
    return [Correction(*row) for row in connection.execute(CORRECTIONS).fetchall()]


def envelope(history: list[Correction], series: str, leaving_out: str) -> Envelope | None:
    """Return the envelope of a series without one period, which must not vouch for itself; None if too few are left."""
    others = [each for each in history if each.series == series and each.period_label != leaving_out]
    if len(others) < ENOUGH_PERIODS:
        return None
    return Envelope(len(others), max(others, key=lambda each: each.pct))


def allowance(connection: duckdb.DuckDBPyConnection, series: str, label: str) -> Allowance | None:
    """Return what late corrections may explain of a period's figure; None where its months are not all held."""
    query = f"select sum_of_months, exports from ({SUMS}) where series = $series and period_label = $label"
    row = connection.execute(query, {"series": series, "label": label}).fetchone()
    past = envelope(corrections(connection), series, leaving_out=label)
    if row is None or past is None or not row[0]:
        return None
    sum_of_months, exports = row
    return Allowance(past.limit_pct / 100 * exports / abs(sum_of_months), past)
