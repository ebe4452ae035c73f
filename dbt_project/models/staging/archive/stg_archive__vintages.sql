-- one row per part of a dataset and payload that it was: a vintage
with

source as (
    select * from {{ source('raw', 'archive__vintages') }}
),

final as (
    select
        source,
        dataset,
        part,
        vintage_number,
        payload_sha256,
        previous_payload_sha256,
        known_from,
        known_until
    from source
)

select * from final
