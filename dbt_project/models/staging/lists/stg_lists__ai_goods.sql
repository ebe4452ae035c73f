-- one row per code and payload of the official list of AI-enabling goods
with

source as (
    select * from {{ source('raw', 'lists__ai_goods') }}
),

final as (
    select
        hs_code,
        product_group,
        payload_sha256,
        line_number
    from source
)

select * from final
