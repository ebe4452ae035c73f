-- one row per calendar month, January 1952 on: the series of C&SD begins there
with

years as (
    select * from {{ ref('lunar_new_year') }}
),

month_numbers as (
    {% for number in range(1, 13) -%}
    select {{ number }} as month_number
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

months as (
    select
        years.year,
        years.first_day as lunar_new_year,
        month_numbers.month_number,
        lpad(cast(month_numbers.month_number as string), 2, '0') as month_text
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
