-- By how much do published years differ from the sum of their months?
select
    period_label,
    max(case when basis = 'published' then balance_hkd_mn end) as published_hkd_mn,
    max(case when basis = 'sum_of_months' then balance_hkd_mn end) as sum_of_months_hkd_mn,
    max(late_corrections_balance_hkd_mn) as late_corrections_hkd_mn
from marts.fct_trade_balance_period
where frequency = 'year' and period_start >= '2018-01-01'
group by period_label
order by period_label
