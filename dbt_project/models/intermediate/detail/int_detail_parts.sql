-- one row per month, flow, classification, member and part: goods by partner, partners and regions by HS chapter
with

goods as (
    select * from {{ ref('int_detail_goods') }}
),

grouped as (
    select * from {{ ref('int_detail_groups') }}
),

final as (
    select
        month,
        flow,
        classification,
        member_code,
        partner_code as part,
        value_hkd_k,
        weight_g,
        weighed_hkd_k,
        shared_out_hkd_k,
        built_from
    from goods
    union all
    select
        month,
        flow,
        classification,
        member_code,
        part,
        value_hkd_k,
        weight_g,
        weighed_hkd_k,
        shared_out_hkd_k,
        built_from
    from grouped
)

select * from final
