-- one row per month, flow, classification, member and partner, in whole thousands of HK dollars and grams
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
),

codes as (
    select distinct
        hs_edition,
        substr(hs_code, 1, 6) as hs_code
    from {{ lake_rows('trade_detail', stale_month_files()) }} as lake
),

gold as (
    select distinct substr(hs_code, 1, 6) as hs_code
    from {{ ref('gold_exclusions') }}
),

-- a code that no official table knows keeps its own heading, and is unclassified otherwise
members as (
    select
        codes.hs_edition,
        codes.hs_code,
        'hs_chapter' as classification,
        substr(coalesce(bridge.member_code, codes.hs_code), 1, 2) as member_code,
        {{ share_bounds('bridge') }}
    from codes
    left join bridge
        on
            codes.hs_edition = bridge.hs_edition
            and codes.hs_code = bridge.hs_code
            and bridge.classification = 'hs_heading'
    {% for classification in ['sitc_division', 'bec'] -%}
    union all
    select
        codes.hs_edition,
        codes.hs_code,
        '{{ classification }}' as classification,
        coalesce(bridge.member_code, 'unclassified') as member_code,
        {{ share_bounds('bridge') }}
    from codes
    left join bridge
        on
            codes.hs_edition = bridge.hs_edition
            and codes.hs_code = bridge.hs_code
            and bridge.classification = '{{ classification }}'
    {% endfor -%}
    union all
    select
        codes.hs_edition,
        codes.hs_code,
        'gold_basis' as classification,
        case
            when length(codes.hs_code) < 6 then 'unclassified'
            when gold.hs_code is null then 'merchandise'
            else 'gold_and_specie'
        end as member_code,
        cast(0 as decimal(10, 9)) as share_from,
        cast(1 as decimal(10, 9)) as share_to,
        0 as is_shared_out
    from codes
    left join gold on codes.hs_code = gold.hs_code
),

-- by number: a billion rows are grouped by these, and two texts would be much wider
numbered as (
    select
        *,
        dense_rank() over (order by classification, member_code) as member_number
    from members
),

named as (
    select distinct
        member_number,
        classification,
        member_code
    from numbered
),

reported as (
    {{ reported_amounts('lake', 'months') }}
    from {{ lake_rows('trade_detail', stale_month_files()) }} as lake
    inner join months on lake.month = months.month
),

summed as (
    select
        reported.month,
        reported.flow,
        numbered.member_number,
        reported.partner_code,
        {{ shared_out_amounts('reported', 'numbered') }}
    from reported
    inner join numbered
        on
            reported.hs_edition = numbered.hs_edition
            and reported.hs_code = numbered.hs_code
    group by
        reported.month,
        reported.flow,
        numbered.member_number,
        reported.partner_code
),

final as (
    select
        summed.month,
        summed.flow,
        named.classification,
        named.member_code,
        summed.partner_code,
        summed.value_hkd_k,
        summed.weight_g,
        summed.weighed_hkd_k,
        summed.shared_out_hkd_k,
        months.built_from
    from summed
    inner join named on summed.member_number = named.member_number
    inner join months on summed.month = months.month
)

select * from final
