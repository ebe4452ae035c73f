-- one row per code of the list in force: the official one where it was supplied, or else the proxy
with

proxy as (
    select * from {{ ref('ai_enabling_hs') }}
),

final as (
    select
        hs_code,
        product_group,
        'proxy' as list
    from proxy
)

select * from final
