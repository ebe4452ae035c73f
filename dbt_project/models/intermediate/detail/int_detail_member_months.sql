-- one row per month, flow, classification and member; each classification adds up to the same total
{{ config(materialized='incremental', incremental_strategy=lake_strategy(), unique_key='month', partition_by='month') }}

with

months as (
    {{ stale_months('detail') }}
),

parts as (
    select * from {{ ref('int_detail_parts') }}
),

final as (
    select
        parts.month,
        parts.flow,
        parts.classification,
        parts.member_code,
        cast(sum(parts.value_hkd_k) as bigint) as value_hkd_k,
        cast(sum(parts.weight_g) as bigint) as weight_g,
        cast(sum(parts.weighed_hkd_k) as bigint) as weighed_hkd_k,
        cast(sum(parts.shared_out_hkd_k) as bigint) as shared_out_hkd_k,
        max(parts.built_from) as built_from
    from parts
    inner join months on parts.month = months.month
    group by
        parts.month,
        parts.flow,
        parts.classification,
        parts.member_code
)

select * from final
