-- one row per figure and payload line: totals of trade, their balance and growth
with

monthly as (
    select * from {{ ref('stg_record__trade_totals_monthly') }}
),

press as (
    select * from {{ ref('stg_record__trade_totals_press') }}
),

cumulative as (
    select * from {{ ref('stg_record__trade_totals_cumulative') }}
),

annual as (
    select * from {{ ref('stg_record__trade_totals_annual') }}
),

web_tables as (
    select
        case
            when measure = 'balance' then 'balance'
            when measure = 'value' then flow
            when flow = 'total_exports' then 'exports_yoy'
            else 'imports_yoy'
        end as series,
        {{ figure_columns() }}
    from {{ ref('int_csd_figures') }}
    where
        table_id in ('410-50001', '410-50001A', '410-50001B')
        and member_code is null
        and measure in ('value', 'yoy', 'balance')
),

unioned as (
    select * from monthly
    union all
    select * from press
    union all
    select * from cumulative
    union all
    select * from annual
    union all
    select * from web_tables
),

final as (
    select
        series,
        case series
            when 'balance' then 'not_applicable'
            when 'deficit_pct_of_imports' then 'not_applicable'
            when 'exports_yoy' then 'total_exports'
            when 'imports_yoy' then 'imports'
            else series
        end as flow,
        'total' as classification,
        'total' as member_code,
        {{ figure_columns() }}
    from unioned
)

select * from final
