-- one row per pair of codes and payload of the United Nations' correlation tables
with

source as (
    select * from {{ source('raw', 'unsd__correlations') }}
),

final as (
    select
        from_classification,
        from_code,
        to_classification,
        to_code,
        relationship,
        cast(is_conversion as boolean) as is_conversion,
        'unsd_correlations' as source_id,
        payload_sha256,
        line_number
    from source
)

select * from final
