-- Which months had the largest deficits, and how many months are compared?
select
    deficit_rank,
    month,
    balance_hkd_mn,
    deficit_pct_of_imports,
    record_months,
    record_start
from marts.fct_trade_balance_monthly
where deficit_rank <= 10
order by deficit_rank
