-- How did trade grow at the turn of each year, January and February read together?
select
    period_label,
    round(exports_yoy_pct, 1) as exports_yoy_pct,
    round(imports_yoy_pct, 1) as imports_yoy_pct
from marts.fct_trade_balance_period
where basis = 'published' and period_label like '%-01..%-02' and period_start >= '2018-01-01'
order by period_start
