-- one row per month, flow, product group and partner, in whole thousands of HK dollars
{{
    config(
        materialized=piecewise(),
        pieces_of='int_ai_goods_months',
        piece='month',
        piece_file='file'
    )
}}

with

months as (
    {{ pieces('int_ai_goods_months', 'month') }}
),

codes as (
    select * from {{ ref('int_ai_goods_list') }}
),

reported as (
    select * from {{ lake_piece('trade_detail', 'int_ai_goods_months') }}
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
