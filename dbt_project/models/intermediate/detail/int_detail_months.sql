-- one row per month and role: the partition of the lake that serves it
{{ config(materialized='table') }}

with

partitions as (
    select * from {{ ref('stg_lake__partitions') }}
    where table_name = 'trade_detail' and is_current
),

rates as (
    select * from {{ ref('fct_hkd_peg_monthly') }}
),

bridge as (
    select * from {{ ref('int_hs_bridge_version') }}
),

-- `detail` is the whole of a month; `headings` are some headings of it, for months that have no more
candidates as (
    select
        partitions.*,
        case when partitions.is_complete then 'detail' else 'headings' end as role,
        case when partitions.currency = 'HKD' then cast(1 as double) else cast(rates.hkd_per_usd as double) end
            as hkd_per_unit
    from partitions
    left join rates on partitions.month = rates.month
),

ranked as (
    select
        *,
        row_number() over (
            partition by month, role
            order by
                case when hs_digits >= 6 then 6 else hs_digits end desc,
                case when source_id = 'csd_trade_idds' then 0 else 1 end asc,
                known_from desc,
                vintage asc
        ) as place
    from candidates
    where hkd_per_unit is not null
),

final as (
    select
        ranked.month,
        ranked.role,
        {{ month_index('ranked.month') }} as month_index,
        ranked.provider,
        ranked.dataset,
        ranked.source_id,
        ranked.vintage,
        ranked.file,
        ranked.hs_digits,
        ranked.hkd_per_unit,
        md5(concat(ranked.vintage, ' ', cast(ranked.hkd_per_unit as string), ' ', bridge.bridge_version)) as built_from
    from ranked
    cross join bridge
    where ranked.place = 1
)

select * from final
