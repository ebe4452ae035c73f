-- one row per calendar month, January 1952 on
with

months as (
    select * from {{ ref('int_months') }}
),

final as (
    select
        cast(month as date) as month,
        cast(month_label as string) as month_label,
        cast(year as integer) as year,
        cast(month_number as integer) as month_number,
        cast(year || '-Q' || cast(ceil(month_number / 3.0) as integer) as string) as quarter_label,
        cast(year || '-H' || cast(ceil(month_number / 6.0) as integer) as string) as half_label,
        cast(year as string) as year_label,
        cast(lunar_new_year as date) as lunar_new_year,
        extract(month from lunar_new_year) = month_number as has_lunar_new_year,
        is_lunar_new_year_distorted
    from months
)

select * from final
