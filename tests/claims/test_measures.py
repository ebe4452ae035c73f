"""Every row of every column of the marts equals the formula in the table of measures."""

from decimal import Decimal
from string import Formatter

import duckdb
import pytest

from orchestration.claims.measures import MEASURES, Measure

COLUMNS = [(measure, column) for measure in MEASURES.values() for column in measure.columns]

# The whole of a share or a contribution, as chosen by `int_category_totals` and `int_trade_flow_totals`.
TOTALS = """
with published as (
    select flow, period_label, value from marts.fct_observations
    where is_served and classification = 'total' and series in ('domestic_exports', 're_exports')
    union all
    select unnest(['total_exports', 'imports']), period_label, unnest([total_exports_hkd_mn, imports_hkd_mn])
    from marts.fct_trade_balance_period
    qualify row_number() over (
        partition by period_label order by total_exports_hkd_mn is null, imports_hkd_mn is null, basis
    ) = 1
),
own as (
    select classification, flow, period_label, sum(value_hkd_mn) as value from marts.fct_trade_by_category
    where classification = 'sitc_group' or (classification = 'end_use' and category_code = 'total')
    group by all having sum(value_hkd_mn) is not null
    union all
    select 'ai_enabling', flow, period_label, sum(value_hkd_mn) from marts.fct_trade_by_category
    where classification = 'sitc_group' group by all having sum(value_hkd_mn) is not null
),
totals as (
    select * from own
    union all
    select classification, flow, period_label, value from published
    cross join (select distinct classification from marts.fct_trade_by_category)
    where value is not null and (classification, flow, period_label) not in (
        select (classification, flow, period_label) from own
    )
)
"""
A_YEAR_BEFORE = """
    this.period_start = before.period_start + interval 1 year
    and last_day(this.period_end) = last_day(before.period_end + interval 1 year)
"""
CATEGORY_BEFORE = f"""
    marts.fct_trade_by_category as this inner join marts.fct_trade_by_category as before
    on this.classification = before.classification and this.category_code = before.category_code
    and this.flow = before.flow and this.source_id = before.source_id and {A_YEAR_BEFORE}
    and (this.category_code <> 'others' or this.source_url = before.source_url)
"""
GOLD_MARKET = """
    (
        select trade.*, avg(price.usd_per_troy_oz::double) as market, avg(peg.hkd_per_usd::double) as rate
        from marts.fct_gold_trade as trade
        inner join marts.fct_gold_price_monthly as price on price.month between trade.period_start and trade.period_end
        inner join marts.fct_hkd_peg_monthly as peg on peg.month = price.month
        group by all
    )
"""


def of_month(column: str, level: str, months: int) -> str:
    unit = f"{SHORT[level]}_rounding_unit_hkd_mn"
    return f"""
        select
            strftime(this.month, '%Y-%m') as period_label,
            this.{column}, this.{level}_hkd_mn, before.{level}_hkd_mn as earlier
        from marts.fct_trade_balance_monthly as this
        inner join marts.fct_trade_balance_monthly as before on this.month = before.month + interval {months} month
        where greatest(this.{unit}, before.{unit}) <= 100
    """


def of_period(column: str, level: str) -> str:
    return f"""
        select this.period_label, this.{column}, this.{level}_hkd_mn, before.{level}_hkd_mn
        from marts.fct_trade_balance_period as this
        inner join marts.fct_trade_balance_period as before on this.basis = before.basis and {A_YEAR_BEFORE}
        where this.basis = 'sum_of_months'
        union all
        select period_label, periods.{column}, months.{level}_hkd_mn, months.earlier
        from marts.fct_trade_balance_period as periods
        inner join ({of_month(column, level, 12)}) as months using (period_label)
        where period_label not in (
            select period_label from marts.fct_observations
            where is_served and classification = 'total' and series = '{column.removesuffix("_pct")}'
        )
    """


SHORT = {"total_exports": "exports", "imports": "imports"}
IS_PRINTED = """
    period_label in (
        select period_label from marts.fct_observations where is_served and series = 'deficit_pct_of_imports'
    )
"""

# Column -> a query of each row's name, the value of the mart, and the inputs of the measure's formula.
QUERIES = {
    "fct_trade_balance_period.total_exports_hkd_mn": """
        select period_label, total_exports_hkd_mn, parts.domestic_exports, parts.re_exports
        from marts.fct_trade_balance_period
        inner join (
            pivot (from marts.fct_observations where is_served and classification = 'total')
            on series in ('domestic_exports', 're_exports') using max(value) group by period_label
        ) as parts using (period_label)
        where exports_basis = 'domestic_plus_re_exports'
    """,
    "fct_trade_balance_monthly.balance_hkd_mn": """
        select month, balance_hkd_mn, total_exports_hkd_mn, imports_hkd_mn from marts.fct_trade_balance_monthly
        where balance_basis = 'levels'
    """,
    "fct_trade_balance_period.balance_hkd_mn": """
        select period_label, balance_hkd_mn, total_exports_hkd_mn, imports_hkd_mn from marts.fct_trade_balance_period
        where balance_basis = 'levels'
    """,
    "fct_trade_balance_period.late_corrections_balance_hkd_mn": """
        select period_label, late_corrections_balance_hkd_mn,
        max(balance_hkd_mn) filter (basis = 'published' and rounding_unit_hkd_mn <= 100) over same_period,
        max(balance_hkd_mn) filter (basis = 'sum_of_months') over same_period
        from marts.fct_trade_balance_period window same_period as (partition by period_label)
    """,
    "fct_trade_balance_monthly.balance_usd_mn": """
        select month, balance_usd_mn, balance_hkd_mn, peg.hkd_per_usd
        from marts.fct_trade_balance_monthly inner join marts.fct_hkd_peg_monthly as peg using (month)
    """,
    "fct_trade_balance_monthly.deficit_pct_of_imports": """
        select month, deficit_pct_of_imports, balance_hkd_mn, imports_hkd_mn from marts.fct_trade_balance_monthly
    """,
    "fct_trade_balance_period.deficit_pct_of_imports": f"""
        select period_label, deficit_pct_of_imports, balance_hkd_mn, imports_hkd_mn
        from marts.fct_trade_balance_period
        where imports_rounding_unit_hkd_mn <= 1000 and (basis = 'sum_of_months' or not {IS_PRINTED})
    """,
    "fct_trade_balance_monthly.exports_yoy_pct": of_month("exports_yoy_pct", "total_exports", 12),
    "fct_trade_balance_monthly.imports_yoy_pct": of_month("imports_yoy_pct", "imports", 12),
    "fct_trade_balance_monthly.exports_mom_pct": of_month("exports_mom_pct", "total_exports", 1),
    "fct_trade_balance_monthly.imports_mom_pct": of_month("imports_mom_pct", "imports", 1),
    "fct_trade_balance_period.exports_yoy_pct": of_period("exports_yoy_pct", "total_exports"),
    "fct_trade_balance_period.imports_yoy_pct": of_period("imports_yoy_pct", "imports"),
    "fct_trade_by_category.yoy_pct": f"""
        select this.category_code || ' ' || this.period_label, this.yoy_pct, this.value_hkd_mn, before.value_hkd_mn
        from {CATEGORY_BEFORE}
    """,
    "fct_trade_by_partner.yoy_pct": f"""
        select this.partner_code || ' ' || this.period_label, this.yoy_pct, this.value_hkd_mn, before.value_hkd_mn
        from marts.fct_trade_by_partner as this inner join marts.fct_trade_by_partner as before
        on this.partner_code = before.partner_code and this.flow = before.flow and this.source_id = before.source_id
        and {A_YEAR_BEFORE}
    """,
    "fct_trade_by_category.change_hkd_mn": f"""
        select this.category_code || ' ' || this.period_label, this.change_hkd_mn, this.value_hkd_mn,
        before.value_hkd_mn
        from {CATEGORY_BEFORE}
        where (this.classification, this.category_code, this.flow, this.period_label) not in (
            select (classification, member_code, flow, period_label) from marts.fct_observations
            where is_served and series = 'category_change'
        )
    """,
    "fct_trade_by_category.share_pct": f"""
        {TOTALS}
        select category_code || ' ' || period_label, share_pct, value_hkd_mn, value
        from marts.fct_trade_by_category inner join totals using (classification, flow, period_label)
        where share_basis = 'computed'
    """,
    "fct_trade_by_partner.share_pct": f"""
        {TOTALS}
        select partner_code || ' ' || period_label, share_pct, value_hkd_mn, value
        from marts.fct_trade_by_partner inner join published using (flow, period_label)
        where share_basis = 'computed'
    """,
    "fct_trade_by_category.contribution_pp": f"""
        {TOTALS}
        select category_code || ' ' || this.period_label, contribution_pp, change_hkd_mn, totals.value
        from marts.fct_trade_by_category as this inner join totals
        on this.classification = totals.classification and this.flow = totals.flow
        and totals.period_label
            = replace(this.period_label, year(this.period_end)::varchar, (year(this.period_end) - 1)::varchar)
    """,
    "fct_gold_price_monthly.hkd_per_troy_oz": """
        select month, hkd_per_troy_oz, usd_per_troy_oz, hkd_per_usd
        from marts.fct_gold_price_monthly inner join marts.fct_hkd_peg_monthly using (month)
    """,
    "fct_gold_price_monthly.hkd_per_tael": """
        select month, hkd_per_tael, usd_per_troy_oz * hkd_per_usd::double
        from marts.fct_gold_price_monthly inner join marts.fct_hkd_peg_monthly using (month)
    """,
    "fct_gold_trade.value_hkd_mn": f"""
        select period_label || ' ' || flow, value_hkd_mn, value_usd_mn, rate from {GOLD_MARKET}
    """,
    "fct_gold_trade.implied_usd_per_troy_oz": """
        select period_label || ' ' || flow, implied_usd_per_troy_oz, value_usd_mn, weight_kg from marts.fct_gold_trade
    """,
    "fct_gold_trade.price_gap_pct": f"""
        select period_label || ' ' || flow, price_gap_pct, implied_usd_per_troy_oz, market from {GOLD_MARKET}
    """,
    "fct_services_buffer_quarterly.services_cover_ratio": """
        select quarter, services_cover_ratio, services_balance_hkd_bn * 1000, -merchandise_balance_hkd_mn
        from marts.fct_services_buffer_quarterly where merchandise_balance_hkd_mn < 0
    """,
    "fct_hkd_peg_monthly.band_position": """
        select month, band_position, hkd_per_usd from marts.fct_hkd_peg_monthly where month >= '2005-06-01'
    """,
}


# Columns in which a row may hold a printed figure, which no formula explains.
MAY_BE_PRINTED = {
    "fct_trade_balance_period.total_exports_hkd_mn",
    "fct_trade_balance_monthly.balance_hkd_mn",
    "fct_trade_balance_period.balance_hkd_mn",
    "fct_trade_balance_period.deficit_pct_of_imports",
    "fct_trade_balance_period.exports_yoy_pct",
    "fct_trade_balance_period.imports_yoy_pct",
    "fct_trade_by_category.change_hkd_mn",
    "fct_trade_by_category.share_pct",
    "fct_trade_by_partner.share_pct",
}


def compare(warehouse: duckdb.DuckDBPyConnection, measure: Measure, column: str) -> tuple[int, list[object]]:
    """Return the number of rows with all inputs, and the rows whose value differs from the formula."""
    compared = 0
    wrong: list[object] = []
    for name, value, *inputs in warehouse.execute(QUERIES[column]).fetchall():
        if None in inputs or not all(inputs[1:]):
            continue
        expected = measure.formula(*(Decimal(repr(each) if isinstance(each, float) else each) for each in inputs))
        compared += 1
        # Decimals are rounded to 0.001; floats are not, but some of their inputs are.
        tolerance = 0.00051 if isinstance(value, Decimal) else 3e-5
        if value is None or float(value) != pytest.approx(float(expected), rel=1e-7, abs=tolerance):
            wrong.append((name, value, expected, inputs))
    return compared, wrong


def test_every_column_of_the_table_has_a_query() -> None:
    assert QUERIES.keys() == {column for _, column in COLUMNS}


@pytest.mark.parametrize(("measure", "column"), COLUMNS, ids=[column for _, column in COLUMNS])
def test_every_row_of_the_mart_equals_the_formula(
    warehouse: duckdb.DuckDBPyConnection, measure: Measure, column: str
) -> None:
    table, name = column.split(".")
    [(held,)] = warehouse.execute(f"select count({name}) from marts.{table}").fetchall()
    compared, wrong = compare(warehouse, measure, column)
    assert wrong == []
    assert 0 < compared <= held if column in MAY_BE_PRINTED else compared == held


@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
def test_written_formula_equals_the_computed_one(measure: Measure) -> None:
    numbers = [Decimal("618.5"), Decimal("7.25")]
    names = [name for _, name, _, _ in Formatter().parse(measure.written) if name]
    inputs = numbers[: len(names)]
    text = measure.write(**dict(zip(names, map(str, inputs), strict=True)))
    assert eval(text) == pytest.approx(float(measure.formula(*inputs)))  # noqa: S307
