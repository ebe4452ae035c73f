-- one row per month, flow, HS chapter and partner
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

chapters as (
    select * from {{ ref('int_detail_goods') }}
    where classification = 'hs_chapter'
),

final as (
    select
        cast(chapters.month as date) as month,
        cast(chapters.flow as string) as flow,
        cast(chapters.member_code as string) as hs_chapter,
        cast(chapters.partner_code as string) as partner_code,
        {{ hkd_mn('chapters.value_hkd_k') }} as value_hkd_mn,
        cast(chapters.weight_g * 0.001 as decimal(18, 3)) as weight_kg,
        {{ hkd_mn('chapters.shared_out_hkd_k') }} as shared_out_hkd_mn,
        cast(months.source_id as string) as source_id,
        cast(months.vintage as string) as vintage,
        cast(months.built_from as string) as built_from
    from chapters
    inner join months on chapters.month = months.month
)

select * from final
