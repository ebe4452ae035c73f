-- one row: a hash of the bridge, which changes when an official table, or what is made of it, does
{{ config(materialized='table') }}

with

bridge as (
    select * from {{ ref('int_hs_bridge') }}
),

parts as (
    select md5(concat_ws(' ', hs_edition, hs_code, classification, member_code, cast(share_to as string))) as part
    from bridge
),

final as (
    select coalesce(md5({{ joined_texts('part') }}), 'none') as bridge_version
    from parts
)

select * from final
