-- one row per figure and payload line of C&SD's web tables, with the series and flow that it stands for
with

figures as (
    select * from {{ ref('stg_csd__web_tables') }}
),

payloads as (
    select * from {{ ref('stg_archive__payloads') }}
),

titles as (
    select
        statistics.table_id,
        statistics.statistic,
        max(statistics.statistic_title) as statistic_title
    from {{ ref('stg_csd__statistics') }} as statistics
    inner join payloads on statistics.payload_sha256 = payloads.payload_sha256
    where payloads.is_current
    group by statistics.table_id, statistics.statistic
),

titled as (
    select
        figures.*,
        coalesce(titles.statistic_title, '') as title,
        lower(figures.presentation) as change
    from figures
    left join titles
        on
            figures.table_id = titles.table_id
            and figures.statistic = titles.statistic
),

classified as (
    select
        *,
        case
            when statistic like '%VAL_TX' or title like '%total export%' then 'total_exports'
            when title like '%retained import%' then 'retained_imports'
            when statistic like '%VAL_IM' or title like '%import%' then 'imports'
            when title like '%re-export%' then 're_exports'
            when title like '%domestic export%' then 'domestic_exports'
            when statistic = 'BAL' or title like '%terms of trade%' then 'not_applicable'
        end as flow,
        case
            when statistic like 'SA_%' and change like '%month%' then 'sa_change'
            when title like '%terms of trade%' and change like 'year-on-year%' then 'terms_of_trade_yoy'
            when (title like '%quantum%' or title like '%volume%') and change like 'year-on-year%' then 'volume_yoy'
            when title like '%unit value%' and change like 'year-on-year%' then 'price_yoy'
            when statistic = 'BAL' and unit = 'hkd_mn' then 'balance'
            when statistic in ('VAL_TX', 'VAL_IM') and unit = 'hkd_mn' then 'value'
            when statistic in ('VAL_TX', 'VAL_IM') and change like 'year-on-year%' then 'yoy'
            when table_id in ('410-50011', '410-50031', '410-50032') and unit = 'hkd_mn' then 'value'
            when table_id in ('410-50011', '410-50031', '410-50032') and change like 'year-on-year%' then 'yoy'
        end as measure
    from titled
),

final as (
    select *
    from classified
    where
        measure is not null
        and flow is not null
        -- the cumulative row, which holds late corrections, speaks for a period that two rows end with
        and not (printed_frequency = 'Q' and printed_period like '%03')
        and not (printed_frequency = 'H' and printed_period like '%06')
        and not (printed_frequency = 'YTM' and (printed_period like '%01' or printed_period like '%12'))
        and not (printed_frequency = 'M12M' and printed_period like '%12')
        and not (printed_frequency = 'M3M' and measure <> 'sa_change')
)

select * from final
