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
        cast(code_note as string) as code_note,
        cast(iso2 as string) as iso2,
        cast(csd_code as string) as csd_code,
        cast(csd_title as string) as csd_title,
        cast(region as string) as region
    from partners
)

select * from final
