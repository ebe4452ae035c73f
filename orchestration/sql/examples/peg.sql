-- Where in its band did the Hong Kong dollar stand?
select
    month,
    hkd_per_usd,
    round(band_position, 2) as band_position,
    is_weak_side
from marts.fct_hkd_peg_monthly
where band_position is not null
order by month desc
limit 12
