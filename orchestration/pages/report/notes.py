"""Notes on how to read the figures: late corrections, gold, Lunar New Year, with figures of this release."""

from duckdb import DuckDBPyConnection

from orchestration.pages.report import wording
from orchestration.pages.report.bases import corrected_periods
from orchestration.pages.report.document import Section
from orchestration.pages.report.queries import fetch_rows
from orchestration.pages.report.wording import billions, number, percent

EXCLUDED_HS_CODES = "select hs_code, description from reference.gold_exclusions order by hs_code"
LATEST_GOLD_FLOWS = """
select gold.period_label, gold.flow, gold.value_usd_mn, gold.value_hkd_mn, gold.weight_kg
from marts.fct_gold_trade as gold
where gold.partner_code = '0' and gold.frequency = 'month' and gold.value_usd_mn is not null
qualify dense_rank() over (order by gold.period_end desc) = 1
order by gold.flow
"""
NEW_YEAR_GROWTH = """
select
    strftime(months.month, '%Y') as year, min(months.lunar_new_year) as first_day,
    max(balance.imports_yoy_pct) filter (months.month_number = 1) as january,
    max(balance.imports_yoy_pct) filter (months.month_number = 2) as february,
    max(periods.imports_yoy_pct) as together
from marts.dim_month as months
inner join marts.fct_trade_balance_monthly as balance using (month)
left join marts.fct_trade_balance_period as periods
    on periods.period_label = strftime(months.month, '%Y-01..%Y-02') and periods.basis = 'sum_of_months'
where months.month_number <= 2
group by all having count(balance.imports_yoy_pct) = 2
order by year desc limit 1
"""


def how_to_read(connection: DuckDBPyConnection) -> Section:
    """Return the three notes that a reader of Hong Kong's trade needs."""
    return Section(
        "notes",
        "How to read these figures",
        notes=[_late_corrections(connection), _gold(connection), _lunar_new_year(connection)],
    )


def _late_corrections(connection: DuckDBPyConnection) -> str:
    rule = "Late corrections: a single month is never restated; they enter only quarters, years to date and years."
    periods = corrected_periods(connection)
    if not periods:
        return f"{rule} This release holds no period on both bases."
    latest = periods[-1]
    return (
        f"{rule} For {wording.period(latest['period_label'])} the published balance is"
        f" {billions(latest['published_hkd_mn'])} and the months add up to {billions(latest['summed_hkd_mn'], 3)}:"
        f" {billions(latest['corrections_hkd_mn'], 3)} came late. Quote the published figure for a period, and say so."
    )


def _gold(connection: DuckDBPyConnection) -> str:
    excluded = fetch_rows(connection, EXCLUDED_HS_CODES)
    codes = f" ({len(excluded)} HS codes, {excluded[0]['hs_code']} first)" if excluded else ""
    rule = f"Gold: it is in none of the merchandise totals here{codes}; totals that follow HS codes contain it."
    gold_rows = fetch_rows(connection, LATEST_GOLD_FLOWS)
    if not gold_rows:
        return f"{rule} This release holds no value of a month's gold trade."
    flows = [f"{wording.flow(row['flow']).lower()} of US$ {number(row['value_usd_mn'])} mn" for row in gold_rows]
    period = wording.period(gold_rows[0]["period_label"])
    return f"{rule} In {period} gold came to {wording.listed(flows)}, apart from them."


def _lunar_new_year(connection: DuckDBPyConnection) -> str:
    rule = "Lunar New Year moves between January and February: read the two months together."
    years = fetch_rows(connection, NEW_YEAR_GROWTH)
    if not years:
        return f"{rule} This release holds no growth of both months."
    latest = years[0]
    return (
        f"{rule} In {latest['year']} it fell on {wording.day(latest['first_day'])}: imports grew"
        f" {percent(latest['january'])} in January,"
        f" {percent(latest['february'])} in February, and {percent(latest['together'])} in both together."
    )
