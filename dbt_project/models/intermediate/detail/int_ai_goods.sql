-- one row per month, flow, product group and partner, in whole thousands of HK dollars
{{
    config(
        materialized='incremental',
        incremental_strategy=lake_strategy(),
        unique_key='month',
        on_schema_change='fail'
    )
}}

with

months as (
    {{ stale_rows('int_ai_goods_months') }}
),

codes as (
    select * from {{ ref('int_ai_goods_list') }}
),

reported as (
    select * from {{ lake_rows('trade_detail', stale_files('int_ai_goods_months')) }} as lake
),

final as (
    select
        reported.month,
        reported.flow,
        codes.product_group,
        reported.partner_code,
        cast(sum({{ hkd_thousands('reported.value', 'months.hkd_per_unit') }}) as bigint) as value_hkd_k,
        max(codes.list) as list,
        max(months.source_id) as source_id,
        max(months.vintage) as vintage,
        max(months.built_from) as built_from
    from reported
    inner join months on reported.month = months.month
    inner join codes
        on
            substr(reported.hs_code, 1, 4) = substr(codes.hs_code, 1, 4)
            and substr(reported.hs_code, 1, length(codes.hs_code)) = codes.hs_code
    group by
        reported.month,
        reported.flow,
        codes.product_group,
        reported.partner_code
)

select * from final
