-- one row per month, quarter, year and twelve months whose months are all held
{{ config(materialized='table') }}

with

months as (
    select * from {{ ref('int_detail_months') }}
    where role = 'detail'
),

spans as (
    {% set spans = [('month', 1, 1), ('quarter', 3, 3), ('year', 12, 12), ('rolling', 12, 1)] -%}
    {% for frequency, length, ends_every in spans -%}
    select
        '{{ frequency }}' as frequency,
        {{ length }} as length,
        {{ ends_every }} as ends_every
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

ends as (
    select
        spans.frequency,
        spans.length,
        months.month_index as last_month_index,
        months.month_index - spans.length + 1 as first_month_index
    from months
    cross join spans
    where
        mod(months.month_index, spans.ends_every) = 0
        -- the twelve months to December are the year
        and not (spans.frequency = 'rolling' and mod(months.month_index, 12) = 0)
),

held as (
    select
        ends.frequency,
        ends.length,
        ends.first_month_index,
        ends.last_month_index,
        months.month,
        months.source_id,
        months.built_from,
        months.month_index >= ends.first_month_index as is_within
    from ends
    inner join months on months.month_index between ends.first_month_index - 12 and ends.last_month_index
    where
        months.month_index >= ends.first_month_index
        or months.month_index <= ends.last_month_index - 12
),

periods as (
    select
        frequency,
        length,
        first_month_index,
        last_month_index,
        min(case when is_within then month end) as first_month,
        max(month) as last_month,
        sum(case when is_within then 1 else 0 end) as months_held,
        count(*) as months_with_year_before,
        min(case when is_within then source_id end) as least_source_id,
        max(case when is_within then source_id end) as greatest_source_id,
        min(source_id) = max(source_id) as is_of_one_source,
        md5({{ joined_texts("concat(cast(month as string), ' ', built_from)") }}) as built_from
    from held
    group by
        frequency,
        length,
        first_month_index,
        last_month_index
),

final as (
    select
        case frequency
            when 'month' then substr(cast(last_month as string), 1, 7)
            when 'quarter'
                then concat(
                    substr(cast(last_month as string), 1, 4),
                    '-Q',
                    cast(cast(extract(month from last_month) / 3 as integer) as string)
                )
            when 'year' then substr(cast(last_month as string), 1, 4)
            else concat(substr(cast(first_month as string), 1, 7), '..', substr(cast(last_month as string), 1, 7))
        end as period_label,
        frequency,
        first_month as period_start,
        last_day(last_month) as period_end,
        first_month_index,
        last_month_index,
        case when least_source_id = greatest_source_id then least_source_id else 'several' end as source_id,
        months_with_year_before = 2 * length and is_of_one_source as has_year_before,
        built_from
    from periods
    where months_held = length
)

select * from final
