-- one row per period whose every month is held in HK$ million: the sum of its months
with

calendar as (
    select * from {{ ref('int_months') }}
),

exact_months as (
    select * from {{ ref('int_trade_months') }}
    where is_exact
),

lengths as (
    select distinct month_number as months_in_period from calendar
),

spans as (
    select
        calendar.year,
        calendar.month_number,
        calendar.month_label as last_label,
        calendar.month_index as last_month_index,
        calendar.month_index - lengths.months_in_period + 1 as first_month_index,
        lengths.months_in_period
    from calendar
    inner join exact_months on calendar.month_index = exact_months.last_month_index
    cross join lengths
    where
        lengths.months_in_period in (3, 12)
        or (lengths.months_in_period = calendar.month_number and calendar.month_number > 1)
        or (lengths.months_in_period = 6 and calendar.month_number = 12)
),

named as (
    select
        spans.*,
        first_month.month as period_start,
        case
            when spans.months_in_period = 12 and spans.month_number = 12
                then cast(spans.year as string)
            when spans.months_in_period = 6
                then spans.year || '-H' || cast(spans.month_number / 6 as integer)
            when spans.months_in_period = 3 and mod(spans.month_number, 3) = 0
                then spans.year || '-Q' || cast(spans.month_number / 3 as integer)
            else first_month.month_label || '..' || spans.last_label
        end as period_label,
        case
            when spans.months_in_period = 12 and spans.month_number = 12 then 'year'
            when spans.months_in_period = 6 then 'half'
            when spans.months_in_period = 3 and mod(spans.month_number, 3) = 0 then 'quarter'
            when spans.months_in_period = spans.month_number then 'year_to_month'
            else 'rolling'
        end as frequency
    from spans
    inner join calendar as first_month on spans.first_month_index = first_month.month_index
),

final as (
    select
        named.period_label,
        named.frequency,
        named.period_start,
        max(exact_months.period_end) as period_end,
        named.first_month_index,
        named.last_month_index,
        sum(exact_months.total_exports) as total_exports,
        sum(exact_months.imports) as imports,
        sum(exact_months.month_balance) as balance,
        case
            when count(exact_months.exports_year_before) = named.months_in_period
                then {{ growth_pct('sum(exact_months.total_exports)', 'sum(exact_months.exports_year_before)') }}
        end as exports_yoy_pct,
        case
            when count(exact_months.imports_year_before) = named.months_in_period
                then {{ growth_pct('sum(exact_months.imports)', 'sum(exact_months.imports_year_before)') }}
        end as imports_yoy_pct,
        case
            when count(exact_months.published_on) = named.months_in_period then max(exact_months.published_on)
        end as published_on,
        max(exact_months.source_id) as source_id
    from named
    inner join exact_months
        on exact_months.first_month_index between named.first_month_index and named.last_month_index
    group by
        named.period_label,
        named.frequency,
        named.period_start,
        named.first_month_index,
        named.last_month_index,
        named.months_in_period
    having count(*) = named.months_in_period
)

select * from final
