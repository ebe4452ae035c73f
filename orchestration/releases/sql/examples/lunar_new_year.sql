-- How did trade grow at the turn of each year, January and February read together?
select
    period_label,
    cast(exports_yoy_pct as numeric(18, 1)) as exports_yoy_pct,
    cast(imports_yoy_pct as numeric(18, 1)) as imports_yoy_pct
from marts.fct_trade_balance_period
where basis = 'published' and period_label like '%-01..%-02' and period_start >= '2018-01-01'
order by period_start
