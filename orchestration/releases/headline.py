"""The headline figures of the latest month, for the UI and the `entrepot` command."""

from dataclasses import dataclass
from decimal import Decimal

import duckdb

from orchestration.periods import ordinal

QUERY = """
select
    strftime(month, '%B %Y'), total_exports_hkd_mn, exports_yoy_pct, imports_hkd_mn, imports_yoy_pct, balance_hkd_mn,
    deficit_pct_of_imports, deficit_rank, record_months, strftime(record_start, '%B %Y')
from marts.fct_trade_balance_monthly
where balance_hkd_mn is not null
order by month desc
limit 1
"""


@dataclass(frozen=True)
class Headline:
    """Figures of one month: levels in HK$ million, growth on a year earlier and shares in percent."""

    month: str
    total_exports_hkd_mn: Decimal
    exports_yoy_pct: float | None
    imports_hkd_mn: Decimal
    imports_yoy_pct: float | None
    balance_hkd_mn: Decimal
    deficit_pct_of_imports: float
    deficit_rank: int | None
    record_months: int
    record_start: str

    def rows(self) -> list[tuple[str, str]]:
        """Return label and figure as text for people."""
        kind = "deficit" if self.balance_hkd_mn < 0 else "surplus"
        rank = f", {_rank(self.deficit_rank)} largest of {self.record_months} months held since {self.record_start}"
        return [
            ("Total exports", f"HK$ {self.total_exports_hkd_mn:,.0f} mn{_growth(self.exports_yoy_pct)}"),
            ("Imports", f"HK$ {self.imports_hkd_mn:,.0f} mn{_growth(self.imports_yoy_pct)}"),
            ("Balance", f"HK$ {self.balance_hkd_mn:,.0f} mn"),
            (kind.title(), f"{abs(self.deficit_pct_of_imports):.1f} % of imports{rank if self.deficit_rank else ''}"),
        ]


def read(connection: duckdb.DuckDBPyConnection) -> Headline:
    """Return the figures of the latest month in a build file or a release. Raises LookupError if there is no month."""
    row = connection.execute(QUERY).fetchone()
    if row is None:
        raise LookupError("marts.fct_trade_balance_monthly has no month")
    return Headline(*row)


def _growth(percent: float | None) -> str:
    return "" if percent is None else f", {percent:+.1f} % on the year"


def _rank(rank: int | None) -> str:
    return "the" if rank is None or rank == 1 else f"the {ordinal(rank)}"
