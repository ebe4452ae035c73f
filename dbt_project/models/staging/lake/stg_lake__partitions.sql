-- one row per vintage of a partition of the lake: a month, as one dataset of one provider tells it
with

source as (
    select * from {{ source('raw', 'lake__partitions') }}
),

final as (
    select
        table_name,
        month,
        provider,
        dataset,
        vintage,
        file,
        file_sha256,
        rows as row_count,
        hs_digits,
        currency,
        source_id,
        is_complete,
        known_from as known_since,
        cast(known_from + interval 8 hour as date) as known_from,
        cast(known_until + interval 8 hour as date) as known_until,
        known_until is null as is_current
    from source
)

select * from final
