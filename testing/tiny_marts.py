"""Hand-written marts, small enough to read: only the columns that claims and checks use."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import duckdb

from orchestration import periods

TABLE = "https://www.censtatd.gov.hk/table"
FLOWS = {"total_exports", "imports"}
PRESS = "https://www.info.gov.hk/release"

SCHEMA = """
create schema marts;
create schema reference;
create table marts.fct_observations (
    series varchar, period_label varchar, frequency varchar, period_start date, period_end date,
    value decimal(18, 6), unit varchar, rounding_unit decimal(18, 6), flow varchar,
    source_id varchar, evidence varchar, source_url varchar, flag varchar,
    selection_rank integer, selection_order integer, connector varchar default 'record',
    payload_sha256 varchar default 'bytes', is_usable boolean, is_served boolean, is_current boolean default true,
    classification varchar default 'total', member_code varchar default 'total', known_from date, known_until date
);
create table marts.dim_partner (partner_code varchar, partner_name varchar, iso2 varchar);
create table marts.dim_category (
    classification varchar, category_code varchar, category_name varchar, printed_name varchar
);
create table marts.fct_trade_balance_monthly (
    month date, total_exports_hkd_mn decimal(18, 3), imports_hkd_mn decimal(18, 3), balance_hkd_mn decimal(18, 3),
    deficit_pct_of_imports double, exports_yoy_pct double, imports_yoy_pct double, rounding_unit_hkd_mn decimal(18, 3),
    source_url varchar, evidence varchar
);
create table marts.fct_hkd_peg_monthly (month date, hkd_per_usd decimal(18, 6));
create table marts.fct_trade_by_category (
    classification varchar, category_code varchar, category_name varchar, flow varchar, period_label varchar,
    period_start date, value_hkd_mn decimal(18, 3)
);
create table marts.fct_gold_trade (
    period_label varchar, period_start date, frequency varchar, flow varchar, partner_code varchar,
    value_usd_mn decimal(18, 6), implied_usd_per_troy_oz decimal(18, 3), price_gap_pct double, source_id varchar
);
create table reference.gold_exclusions (hs_code varchar);
"""


def _last_day(label: str) -> date:
    return periods.parse(label).back(-1).last_month - timedelta(days=1)


@dataclass
class TinyMarts:
    """A database in memory, filled month by month. Levels are HK$ million."""

    connection: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)

    def __post_init__(self) -> None:
        self.connection.execute(SCHEMA)

    def _insert(self, table: str, **row: object) -> None:
        names, places = ", ".join(row), ", ".join("?" for _ in row)
        self.connection.execute(f"insert into marts.{table} ({names}) values ({places})", list(row.values()))

    def observe(
        self,
        series: str,
        label: str,
        value: float,
        *,
        rounding_unit: float = 1,
        evidence: str = "official",
        url: str = TABLE,
        rank: int = 1,
    ) -> None:
        """Add one published figure; rank 1 is the one that marts use."""
        period = periods.parse(label)
        self._insert(
            "fct_observations",
            series=series,
            flow=series if series in FLOWS else "not_applicable",
            period_label=label,
            frequency="month" if period.months == 1 else "longer",
            period_start=period.start,
            period_end=_last_day(label),
            known_from=period.start,
            value=Decimal(str(value)),
            rounding_unit=Decimal(str(rounding_unit)),
            evidence=evidence,
            source_url=url,
            selection_rank=rank,
            selection_order=rank,
            is_usable=True,
            is_served=rank == 1,
        )

    def month(self, label: str, exports: int, imports: int, *, imports_yoy: float | None = None) -> None:
        """Add one month of the official table, and what the mart derives from it."""
        self.observe("total_exports", label, exports)
        self.observe("imports", label, imports)
        self._insert(
            "fct_trade_balance_monthly",
            month=periods.parse(label).start,
            total_exports_hkd_mn=exports,
            imports_hkd_mn=imports,
            balance_hkd_mn=exports - imports,
            deficit_pct_of_imports=100 * (imports - exports) / imports,
            imports_yoy_pct=imports_yoy,
            rounding_unit_hkd_mn=1,
            source_url=TABLE,
            evidence="official",
        )

    def months(self, label: str, exports: int, imports: int) -> None:
        """Add the months of a period, equal except the last one, so that they sum to these levels."""
        every = periods.parse(label).each_month
        for month in every[:-1]:
            self.month(month.label, exports // len(every), imports // len(every))
        rest = len(every) - 1
        self.month(every[-1].label, exports - exports // len(every) * rest, imports - imports // len(every) * rest)

    def exchange_rate(self, label: str, hkd_per_usd: float) -> None:
        self.observe("hkd_per_usd", label, hkd_per_usd, rounding_unit=0.0001, url="https://www.federalreserve.gov/h10")
        self._insert("fct_hkd_peg_monthly", month=periods.parse(label).start, hkd_per_usd=Decimal(str(hkd_per_usd)))

    def gold(self, month: str, flow: str, value_usd_mn: float) -> None:
        """Add one month's gold trade with the world."""
        self._insert(
            "fct_gold_trade",
            period_start=periods.parse(month).start,
            frequency="month",
            flow=flow,
            partner_code="0",
            value_usd_mn=Decimal(str(value_usd_mn)),
        )

    def group(self, code: str, value: float, *, flow: str = "imports", label: str = "2018", name: str = "") -> None:
        self._insert(
            "fct_trade_by_category",
            classification="sitc_group",
            category_code=code,
            category_name=name or code,
            flow=flow,
            period_label=label,
            period_start=periods.parse(label).start,
            value_hkd_mn=Decimal(str(value)),
        )
