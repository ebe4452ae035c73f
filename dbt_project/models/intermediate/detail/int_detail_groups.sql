-- one row per month, flow, classification, member and part, for what is summed from chapters and BEC categories
{{
    config(
        materialized='incremental',
        incremental_strategy=lake_strategy(),
        unique_key='month',
        on_schema_change='fail'
    )
}}

{% set amounts = ['value_hkd_k', 'weight_g', 'weighed_hkd_k', 'shared_out_hkd_k'] -%}

with

months as (
    {{ stale_months() }}
),

goods as (
    select goods.*
    from {{ ref('int_detail_goods') }} as goods
    inner join months on goods.month = months.month
),

end_uses as (
    select * from {{ ref('bec_end_use') }}
),

partners as (
    select * from {{ ref('dim_partner') }}
),

chapters as (
    select
        month,
        flow,
        member_code as chapter,
        partner_code,
        {{ amounts | join(', ') }},
        built_from
    from goods
    where classification = 'hs_chapter'
),

parts as (
    select
        goods.month,
        goods.flow,
        'end_use' as classification,
        coalesce(end_uses.end_use, 'unclassified') as member_code,
        goods.partner_code as part,
        {% for amount in amounts -%}
        goods.{{ amount }},
        {% endfor -%}
        goods.built_from
    from goods
    left join end_uses on goods.member_code = end_uses.bec_code
    where goods.classification = 'bec'
    union all
    select
        month,
        flow,
        'total' as classification,
        'all' as member_code,
        partner_code as part,
        {{ amounts | join(', ') }},
        built_from
    from chapters
    union all
    select
        month,
        flow,
        'partner' as classification,
        partner_code as member_code,
        chapter as part,
        {{ amounts | join(', ') }},
        built_from
    from chapters
    union all
    select
        chapters.month,
        chapters.flow,
        'region' as classification,
        coalesce(partners.region, 'unclassified') as member_code,
        chapters.chapter as part,
        {% for amount in amounts -%}
        chapters.{{ amount }},
        {% endfor -%}
        chapters.built_from
    from chapters
    left join partners on chapters.partner_code = partners.partner_code
),

final as (
    select
        month,
        flow,
        classification,
        member_code,
        part,
        {% for amount in amounts -%}
        cast(sum({{ amount }}) as bigint) as {{ amount }},
        {% endfor -%}
        max(built_from) as built_from
    from parts
    group by
        month,
        flow,
        classification,
        member_code,
        part
)

select * from final
