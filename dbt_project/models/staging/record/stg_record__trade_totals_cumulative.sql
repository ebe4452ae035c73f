-- one row per figure and payload line: total trade by quarter, half-year, year to date and year
with

source as (
    select * from {{ source('raw', 'record__trade_totals_cumulative') }}
),

final as (
    select
        measure as series,
        {{ published_figure() }}
    from source
)

select * from final
