-- Whose imports grew fastest in the latest month for which releases name partners?
select
    partner_name,
    period_label,
    published_yoy_pct
from marts.fct_trade_by_partner
where
    flow = 'imports'
    and frequency = 'month'
    and published_yoy_pct is not null
    and period_label = (
        select max(period_label)
        from marts.fct_trade_by_partner
        where flow = 'imports' and frequency = 'month' and published_yoy_pct is not null
    )
order by published_yoy_pct desc
