-- one row per month whose headings are held, and the partition that they are read from
{{ config(materialized='table') }}

with

months as (
    select * from {{ ref('int_detail_months') }}
    where hs_digits >= 4
),

codes as (
    select * from {{ ref('int_ai_goods_list') }}
),

versions as (
    select md5({{ joined_texts("concat(hs_code, ' ', product_group, ' ', list)") }}) as list_version
    from codes
),

ranked as (
    select
        *,
        row_number() over (partition by month order by case when role = 'detail' then 0 else 1 end) as place
    from months
),

final as (
    select
        ranked.month,
        ranked.source_id,
        ranked.vintage,
        ranked.file,
        ranked.hkd_per_unit,
        md5(concat(ranked.built_from, ' ', versions.list_version)) as built_from
    from ranked
    cross join versions
    where ranked.place = 1
)

select * from final
