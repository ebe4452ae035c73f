-- one row per payload: the bytes that figures were read from
with

source as (
    select * from {{ source('raw', 'archive__payloads') }}
),

final as (
    select
        payload_sha256,
        source,
        dataset,
        url as payload_url,
        first_retrieved_at,
        last_retrieved_at,
        published_on,
        bytes as payload_bytes,
        licence,
        is_current,
        known_from,
        known_until
    from source
)

select * from final
