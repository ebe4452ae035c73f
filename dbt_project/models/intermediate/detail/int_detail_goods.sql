-- one row per month, flow, classification, member and partner, in whole thousands of HK dollars and grams
{{
    config(
        materialized=piecewise(),
        pieces_of='int_detail_months',
        piece='month',
        pieces_where="role = 'detail'",
        piece_file='file'
    )
}}

with

months as (
    {{ pieces('int_detail_months', 'month', "role = 'detail'") }}
),

bridge as (
    select * from {{ ref('int_hs_bridge') }}
),

codes as (
    select distinct
        hs_edition,
        substr(hs_code, 1, 6) as hs_code
    from {{ lake_piece('trade_detail', 'int_detail_months', "role = 'detail'") }}
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

reported as (
    {{ reported_amounts('lake', 'months') }}
    from {{ lake_piece('trade_detail', 'int_detail_months', "role = 'detail'") }} as lake
    inner join months on lake.month = months.month
),

summed as (
    select
        reported.month,
        reported.flow,
        members.classification,
        members.member_code,
        reported.partner_code,
        {{ shared_out_amounts('reported', 'members') }}
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
),

final as (
    select
        summed.*,
        months.built_from
    from summed
    inner join months on summed.month = months.month
)

select * from final
