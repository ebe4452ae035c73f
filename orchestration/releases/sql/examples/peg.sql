-- Where in its band was the Hong Kong dollar?
select
    month,
    hkd_per_usd,
    cast(band_position as numeric(18, 3)) as band_position,
    is_weak_side
from marts.fct_hkd_peg_monthly
where band_position is not null
order by month desc
limit 12
