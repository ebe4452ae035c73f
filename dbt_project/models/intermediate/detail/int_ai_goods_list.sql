-- one row per code of the list in force: the official one where it was supplied, or else the proxy
with

proxy as (
    select * from {{ ref('ai_enabling_hs') }}
),

lists as (
    select * from {{ ref('stg_lists__ai_goods') }}
),

payloads as (
    select * from {{ ref('stg_archive__payloads') }}
    where is_current
),

official as (
    select
        lists.hs_code,
        lists.product_group,
        'official' as list
    from lists
    inner join payloads on lists.payload_sha256 = payloads.payload_sha256
    where payloads.source = 'lists'
),

final as (
    select
        hs_code,
        product_group,
        list
    from official
    union all
    select
        hs_code,
        product_group,
        'proxy' as list
    from proxy
    where not exists (select 1 from official)
)

select * from final
