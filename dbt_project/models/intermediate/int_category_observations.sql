-- one row per figure and payload line: trade by end use, SITC division, SITC group and transport mode
with

end_use as (
    select
        flow,
        measure,
        'end_use' as classification,
        printed_category as printed_name,
        {{ figure_columns() }}
    from {{ ref('stg_record__trade_by_end_use') }}
),

divisions as (
    select
        flow,
        measure,
        'sitc_division' as classification,
        printed_division as printed_name,
        {{ figure_columns() }}
    from {{ ref('stg_record__trade_by_sitc_division') }}
),

groups as (
    select
        flow,
        measure,
        'sitc_group' as classification,
        sitc_group as printed_name,
        {{ figure_columns() }}
    from {{ ref('stg_record__trade_by_sitc_group') }}
),

shares as (
    select
        flow,
        measure,
        case dimension when 'commodity' then 'sitc_division' else dimension end as classification,
        printed_member as printed_name,
        {{ figure_columns() }}
    from {{ ref('stg_record__trade_shares') }}
    where dimension <> 'partner'
),

web_tables as (
    select
        flow,
        measure,
        case dimension when 'EUC' then 'end_use' else 'sitc_division' end as classification,
        member_title as printed_name,
        {{ figure_columns() }}
    from {{ ref('int_csd_figures') }}
    where dimension in ('EUC', 'COMMD') and member_code is not null
),

categories as (
    select * from {{ ref('categories') }}
),

unioned as (
    select * from end_use
    union all
    select * from divisions
    union all
    select * from groups
    union all
    select * from shares
    union all
    select * from web_tables
),

final as (
    select
        case unioned.classification
            when 'transport_mode' then 'transport_mode_'
            else 'category_'
        end || unioned.measure as series,
        unioned.flow,
        unioned.classification,
        case
            when unioned.classification = 'transport_mode' then lower(unioned.printed_name)
            else coalesce(categories.category_code, 'unmatched: ' || unioned.printed_name)
        end as member_code,
        {{ figure_columns() }}
    from unioned
    left join categories
        on
            unioned.classification = categories.classification
            and unioned.printed_name = categories.printed_name
)

select * from final
