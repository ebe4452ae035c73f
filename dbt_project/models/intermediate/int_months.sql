-- one row per calendar month, January 1952 on: the series of C&SD begins there
with

years as (
    select * from {{ ref('lunar_new_year') }}
),

month_numbers as (
    {{ dbt.generate_series(upper_bound=12) }}
),

months as (
    select
        years.year,
        years.first_day as lunar_new_year,
        cast(month_numbers.generated_number as integer) as month_number,
        lpad(cast(month_numbers.generated_number as {{ dbt.type_string() }}), 2, '0') as month_text
    from years
    cross join month_numbers
),

final as (
    select
        cast(year || '-' || month_text || '-01' as date) as month,
        year || '-' || month_text as month_label,
        year * 12 + month_number as month_index,
        year,
        month_number,
        lunar_new_year,
        month_number <= 2 as is_lunar_new_year_distorted
    from months
)

select * from final
