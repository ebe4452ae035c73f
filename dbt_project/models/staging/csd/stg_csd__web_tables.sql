-- one row per figure and payload line of C&SD's web tables
with

source as (
    select * from {{ source('raw', 'csd__web_tables') }}
),

labelled as (
    select
        *,
        {{ web_table_period('freq', 'period') }} as period_label,
        case
            when sv_desc = 'HK$ million' then 'hkd_mn'
            when sv_desc like '%\%%' escape '\' then 'pct'
        end as unit,
        sv_desc as printed_unit,
        case when sv_desc = 'HK$ million' then 1 else 0.1 end as rounding_unit,
        case table_id
            when '410-50001' then 'csd_table_410_50001'
            when '410-50002' then 'csd_table_410_50002'
            else 'csd_web_tables'
        end as source_id,
        'https://www.censtatd.gov.hk/en/web_table.html?id=' || table_id as source_url,
        case when sd_value like '%p%' then 'provisional' end as flag,
        cast(null as varchar) as vintage,
        cast(null as date) as vintage_on
    from source
),

final as (
    select
        table_id,
        dimension,
        nullif(member_code, '') as member_code,
        nullif(member_title, '') as member_title,
        freq as printed_frequency,
        period as printed_period,
        sv as statistic,
        sv_desc as presentation,
        sd_value as printed_flag,
        {{ live_figure() }}
    from labelled
    where figure is not null
)

select * from final
