-- one row per month, flow, classification and member; each classification adds up to the same total
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
    {{ stale_months() }}
),

bridge as (
    select * from {{ ref('int_hs_bridge') }}
    where classification = 'hs_heading'
),

parts as (
    select
        parts.month,
        parts.flow,
        parts.classification,
        parts.member_code,
        parts.part,
        parts.value_hkd_k,
        parts.weight_g,
        parts.weighed_hkd_k,
        parts.shared_out_hkd_k
    from {{ ref('int_detail_parts') }} as parts
    inner join months on parts.month = months.month
),

reported as (
    {{ reported_amounts('lake', 'months') }}
    from {{ lake_rows('trade_detail', stale_month_files()) }} as lake
    inner join months on lake.month = months.month
),

codes as (
    select distinct
        hs_edition,
        substr(hs_code, 1, 6) as hs_code
    from {{ lake_rows('trade_detail', stale_month_files()) }} as lake
),

-- a code that no official table knows keeps its own heading
members as (
    select
        codes.hs_edition,
        codes.hs_code,
        coalesce(bridge.member_code, substr(codes.hs_code, 1, 4)) as member_code,
        {{ share_bounds('bridge') }}
    from codes
    left join bridge
        on
            codes.hs_edition = bridge.hs_edition
            and codes.hs_code = bridge.hs_code
),

-- headings are too many to keep by partner
headings as (
    select
        reported.month,
        reported.flow,
        'hs_heading' as classification,
        members.member_code,
        reported.partner_code as part,
        {{ shared_out_amounts('reported', 'members') }}
    from reported
    inner join members
        on
            reported.hs_edition = members.hs_edition
            and reported.hs_code = members.hs_code
    group by
        reported.month,
        reported.flow,
        members.member_code,
        reported.partner_code
),

together as (
    select * from parts
    union all
    select * from headings
),

summed as (
    select
        month,
        flow,
        classification,
        member_code,
        cast(sum(value_hkd_k) as bigint) as value_hkd_k,
        cast(sum(weight_g) as bigint) as weight_g,
        cast(sum(weighed_hkd_k) as bigint) as weighed_hkd_k,
        cast(sum(shared_out_hkd_k) as bigint) as shared_out_hkd_k,
        sum(cast(value_hkd_k as decimal(19, 0)) * cast(value_hkd_k as decimal(19, 0))) as squares
    from together
    group by
        month,
        flow,
        classification,
        member_code
),

final as (
    select
        summed.*,
        months.built_from
    from summed
    inner join months on summed.month = months.month
)

select * from final
