-- What were exports, imports and the balance in each of the last twelve months?
select
    month,
    total_exports_hkd_mn,
    imports_hkd_mn,
    balance_hkd_mn,
    cast(exports_yoy_pct as numeric(18, 1)) as exports_yoy_pct,
    cast(imports_yoy_pct as numeric(18, 1)) as imports_yoy_pct
from marts.fct_trade_balance_monthly
order by month desc
limit 12
