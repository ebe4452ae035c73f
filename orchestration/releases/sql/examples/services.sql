-- How much of the goods deficit do services cover?
select
    quarter,
    services_balance_hkd_bn,
    merchandise_balance_hkd_bn,
    merchandise_basis,
    cast(services_cover_ratio as numeric(18, 2)) as services_cover_ratio
from marts.fct_services_buffer_quarterly
order by quarter desc
limit 12
