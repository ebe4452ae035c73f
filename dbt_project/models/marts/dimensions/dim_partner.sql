-- one row per partner
with

partners as (
    select * from {{ ref('partners') }}
),

final as (
    select
        cast(partner_code as {{ dbt.type_string() }}) as partner_code,
        cast(partner_name as {{ dbt.type_string() }}) as partner_name,
        cast(kind as {{ dbt.type_string() }}) as kind,
        cast(code_note as {{ dbt.type_string() }}) as code_note
    from partners
)

select * from final
