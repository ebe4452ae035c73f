-- Which commodities added most to the growth of exports in 2018?
select
    category_name,
    value_hkd_mn,
    share_pct,
    cast(contribution_pp as numeric(18, 2)) as contribution_pp
from marts.fct_trade_by_category
where
    classification = 'sitc_group'
    and flow = 'total_exports'
    and period_label = '2018'
    and category_code not in ('total', 'others')
order by contribution_pp desc nulls last
limit 10
