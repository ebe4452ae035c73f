-- How much gold came and went, and at what price next to the market's?
select
    period_label,
    flow,
    partner_name,
    cast(weight_kg / 1000 as numeric(18, 1)) as tonnes,
    value_usd_mn,
    implied_usd_per_troy_oz,
    cast(price_gap_pct as numeric(18, 1)) as price_gap_pct
from marts.fct_gold_trade
where weight_kg is not null
order by period_start desc, flow asc, weight_kg desc
limit 20
