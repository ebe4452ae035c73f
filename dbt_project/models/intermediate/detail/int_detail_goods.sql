-- one row per month, flow, classification, member and partner, in whole thousands of HK dollars and grams
{{ config(materialized='incremental', incremental_strategy=lake_strategy(), unique_key='month', partition_by='month') }}

{% set stale = stale_months('detail') -%}
{% set files = 'select file from (' ~ stale ~ ') as stale order by month' -%}

with

months as (
    {{ stale }}
),

bridge as (
    select * from {{ ref('int_hs_bridge') }}
),

classifications as (
    select 'hs_heading' as classification
    union all
    select 'sitc_division' as classification
    union all
    select 'bec' as classification
    union all
    select 'gold_basis' as classification
),

gold as (
    select distinct substr(hs_code, 1, 6) as hs_code
    from {{ ref('gold_exclusions') }}
),

codes as (
    select distinct
        hs_edition,
        substr(hs_code, 1, 6) as hs_code
    from {{ lake_rows('trade_detail', files) }} as lake_codes
),

-- a code that no official table knows keeps its own heading
members as (
    select
        codes.hs_edition,
        codes.hs_code,
        classifications.classification,
        coalesce(
            bridge.member_code,
            case
                when classifications.classification = 'hs_heading' then substr(codes.hs_code, 1, 4)
                when classifications.classification = 'gold_basis' and length(codes.hs_code) = 6
                    then case when gold.hs_code is null then 'merchandise' else 'gold_and_specie' end
                else 'unclassified'
            end
        ) as member_code,
        coalesce(bridge.share_from, cast(0 as decimal(10, 9))) as share_from,
        coalesce(bridge.share_to, cast(1 as decimal(10, 9))) as share_to,
        case when bridge.basis in ('conversion', 'equal_split') then 1 else 0 end as is_shared_out
    from codes
    cross join classifications
    left join bridge
        on
            codes.hs_edition = bridge.hs_edition
            and codes.hs_code = bridge.hs_code
            and classifications.classification = bridge.classification
    left join gold on codes.hs_code = gold.hs_code
),

reported as (
    select
        lake.month,
        lake.flow,
        lake.hs_edition,
        substr(lake.hs_code, 1, 6) as hs_code,
        lake.partner_code,
        months.built_from,
        {{ hkd_thousands('lake.value', 'months.hkd_per_unit') }} as value_hkd_k,
        cast(lake.weight_kg * 1000 as bigint) as weight_g
    from {{ lake_rows('trade_detail', files) }} as lake
    inner join months on lake.month = months.month
),

final as (
    select
        reported.month,
        reported.flow,
        members.classification,
        members.member_code,
        reported.partner_code,
        cast(sum({{ part_of('reported.value_hkd_k', 'members.share_from', 'members.share_to') }}) as bigint) as value_hkd_k,
        cast(sum({{ part_of('reported.weight_g', 'members.share_from', 'members.share_to') }}) as bigint) as weight_g,
        cast(
            sum(
                case
                    when reported.weight_g is not null
                        then {{ part_of('reported.value_hkd_k', 'members.share_from', 'members.share_to') }}
                end
            ) as bigint
        ) as weighed_hkd_k,
        cast(
            sum(
                members.is_shared_out * {{ part_of('reported.value_hkd_k', 'members.share_from', 'members.share_to') }}
            ) as bigint
        ) as shared_out_hkd_k,
        max(reported.built_from) as built_from
    from reported
    inner join members
        on
            reported.hs_edition = members.hs_edition
            and reported.hs_code = members.hs_code
    group by
        reported.month,
        reported.flow,
        members.classification,
        members.member_code,
        reported.partner_code
)

select * from final
