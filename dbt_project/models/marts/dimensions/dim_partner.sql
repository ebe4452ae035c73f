-- one row per partner
with

partners as (
    select * from {{ ref('partners') }}
),

final as (
    select
        cast(partner_code as string) as partner_code,
        cast(partner_name as string) as partner_name,
        cast(kind as string) as kind,
        cast(code_note as string) as code_note
    from partners
)

select * from final
