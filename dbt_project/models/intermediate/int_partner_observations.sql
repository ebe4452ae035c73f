-- one row per figure and payload line: trade by partner
with

values_and_growth as (
    select
        flow,
        measure,
        printed_partner,
        {{ figure_columns() }}
    from {{ ref('stg_record__trade_by_partner') }}
),

shares as (
    select
        flow,
        measure,
        printed_member as printed_partner,
        {{ figure_columns() }}
    from {{ ref('stg_record__trade_shares') }}
    where dimension = 'partner'
),

volumes as (
    select
        flow,
        series as measure,
        printed_partner,
        {{ figure_columns() }}
    from {{ ref('stg_record__trade_indices') }}
    where printed_partner <> 'World'
),

web_tables as (
    select
        flow,
        measure,
        member_code as csd_code,
        {{ figure_columns() }}
    from {{ ref('int_csd_figures') }}
    where dimension = 'COUNTRY' and member_code is not null
),

partners as (
    select * from {{ ref('partners') }}
),

unioned as (
    select * from values_and_growth
    union all
    select * from shares
    union all
    select * from volumes
),

named as (
    select
        'partner_' || unioned.measure as series,
        unioned.flow,
        'partner' as classification,
        coalesce(partners.partner_code, 'unmatched: ' || unioned.printed_partner) as member_code,
        {{ figure_columns() }}
    from unioned
    left join partners on unioned.printed_partner = partners.partner_name
),

coded as (
    select
        'partner_' || web_tables.measure as series,
        web_tables.flow,
        'partner' as classification,
        coalesce(partners.partner_code, 'unmatched: ' || web_tables.csd_code) as member_code,
        {{ figure_columns() }}
    from web_tables
    left join partners on web_tables.csd_code = partners.csd_code
),

final as (
    select * from named
    union all
    select * from coded
)

select * from final
