-- What did later editions change?
select
    series,
    flow,
    period_label,
    previous_vintage,
    vintage,
    previous_value,
    new_value,
    unit
from marts.fct_revisions
order by abs(change / nullif(previous_value, 0)) desc nulls last
limit 20
