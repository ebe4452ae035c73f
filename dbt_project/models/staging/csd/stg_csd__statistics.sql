-- one row per statistic of a web table and payload
with

source as (
    select * from {{ source('raw', 'csd__statistics') }}
),

final as (
    select
        table_id,
        table_title,
        sv as statistic,
        lower(sv_title) as statistic_title,
        payload_sha256
    from source
)

select * from final
