-- one row per month, flow, HS code and partner, newest vintage of the partition that serves the month
{% set files %}
    select file from {{ ref('int_detail_months') }}
    where role = 'detail'
    order by month
{% endset -%}

with

reported as (
    select * from {{ lake_rows('trade_detail', files) }} as lake
),

rates as (
    select * from {{ ref('fct_hkd_peg_monthly') }}
),

final as (
    select
        reported.month,
        cast(reported.flow as string) as flow,
        cast(reported.hs_code as string) as hs_code,
        cast(reported.hs_edition as string) as hs_edition,
        cast(reported.partner_code as string) as partner_code,
        case
            when reported.currency = 'HKD' then {{ hkd_mn(hkd_thousands('reported.value', 1)) }}
            else {{ hkd_mn(hkd_thousands('reported.value', 'rates.hkd_per_usd')) }}
        end as value_hkd_mn,
        reported.weight_kg,
        reported.quantity,
        cast(reported.quantity_unit as string) as quantity_unit,
        reported.value,
        cast(reported.currency as string) as currency,
        cast(reported.source_id as string) as source_id,
        cast(reported.vintage as string) as vintage,
        cast(reported.payload_sha256 as string) as payload_sha256,
        reported.line_number
    from reported
    left join rates on reported.month = rates.month
)

select * from final
