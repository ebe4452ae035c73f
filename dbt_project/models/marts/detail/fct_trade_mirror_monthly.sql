-- one row per month, flow of Hong Kong, partner and HS code: what Hong Kong reports and what the partner does
{% set files %}
    select file from {{ ref('stg_lake__partitions') }}
    where table_name = 'trade_mirror' and is_current
    order by month, file
{% endset -%}

with

mirrored as (
    select * from {{ lake_rows('trade_mirror', files) }} as lake
),

rates as (
    select * from {{ ref('fct_hkd_peg_monthly') }}
),

chapters as (
    select * from {{ ref('fct_trade_by_chapter_and_partner_monthly') }}
),

reported as (
    select
        month,
        flow,
        hs_chapter as hs_code,
        partner_code,
        value_hkd_mn,
        source_id
    from chapters
    union all
    select
        month,
        flow,
        'TOTAL' as hs_code,
        partner_code,
        sum(value_hkd_mn) as value_hkd_mn,
        max(source_id) as source_id
    from chapters
    group by
        month,
        flow,
        partner_code
),

-- what a partner imports from Hong Kong, Hong Kong exports to it
turned as (
    select
        mirrored.*,
        case mirrored.flow when 'imports' then 'total_exports' when 'total_exports' then 'imports' end
            as flow_of_hong_kong,
        case
            when mirrored.currency = 'HKD' then {{ hkd_mn(hkd_thousands('mirrored.value', 1)) }}
            else {{ hkd_mn(hkd_thousands('mirrored.value', 'rates.hkd_per_usd')) }}
        end as value_hkd_mn
    from mirrored
    left join rates on mirrored.month = rates.month
),

final as (
    select
        cast(turned.month as date) as month,
        cast(turned.flow_of_hong_kong as string) as flow,
        cast(turned.reporter_code as string) as partner_code,
        cast(turned.hs_code as string) as hs_code,
        cast(reported.value_hkd_mn as decimal(18, 3)) as reported_hkd_mn,
        cast(case turned.flow_of_hong_kong when 'imports' then 'cif' else 'fob' end as string) as reported_valuation,
        turned.value_hkd_mn as mirrored_hkd_mn,
        cast(turned.valuation as string) as mirrored_valuation,
        cast(reported.value_hkd_mn - turned.value_hkd_mn as decimal(18, 3)) as gap_hkd_mn,
        {{ pct_of('reported.value_hkd_mn - turned.value_hkd_mn', 'turned.value_hkd_mn') }} as gap_pct,
        cast(reported.source_id as string) as reported_source_id,
        cast(turned.source_id as string) as mirrored_source_id,
        cast(turned.vintage as string) as mirrored_vintage
    from turned
    left join reported
        on
            turned.month = reported.month
            and turned.flow_of_hong_kong = reported.flow
            and turned.reporter_code = reported.partner_code
            and turned.hs_code = reported.hs_code
)

select * from final
