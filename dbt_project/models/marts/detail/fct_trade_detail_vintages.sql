-- one row per vintage of a month's detail, as one dataset of one provider tells it
with

partitions as (
    select * from {{ ref('stg_lake__partitions') }}
    where table_name = 'trade_detail'
),

served as (
    select * from {{ ref('int_detail_months') }}
),

final as (
    select
        cast(partitions.month as date) as month,
        cast(partitions.provider as string) as provider,
        cast(partitions.dataset as string) as dataset,
        cast(partitions.vintage as string) as vintage,
        cast(partitions.known_since as timestamp) as known_since,
        cast(partitions.source_id as string) as source_id,
        cast(partitions.known_from as date) as known_from,
        cast(partitions.known_until as date) as known_until,
        partitions.is_complete,
        coalesce(served.role = 'detail', false) as is_served,
        cast(partitions.hs_digits as integer) as hs_digits,
        cast(partitions.row_count as bigint) as row_count,
        cast(partitions.file_sha256 as string) as file_sha256
    from partitions
    left join served
        on
            partitions.month = served.month
            and partitions.vintage = served.vintage
            and partitions.file = served.file
)

select * from final
