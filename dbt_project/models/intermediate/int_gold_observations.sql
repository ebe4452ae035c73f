-- one row per figure and payload line: gold trade by partner; never part of merchandise totals
with

gold as (
    select * from {{ ref('stg_record__gold_trade') }}
),

comtrade as (
    select * from {{ ref('stg_comtrade__trade') }}
    where commodity_code = '7108' and flow is not null and value <> 0
),

-- the four codes of heading 7108: the neighbours that totals leave out too, and silver, are not gold
idds as (
    select * from {{ ref('stg_idds__trade') }}
    where
        commodity_code in ('710811', '710812', '710813', '710820')
        and unit in ('kg', 'hkd_mn')
        and value <> 0
),

partners as (
    select * from {{ ref('partners') }}
),

quoted as (
    select
        'gold_' || gold.measure as series,
        gold.flow,
        'gold_partner' as classification,
        coalesce(partners.partner_code, 'unmatched: ' || gold.printed_partner) as member_code,
        {{ figure_columns() }}
    from gold
    left join partners on gold.printed_partner = partners.partner_name
),

headings as (
    select
        'gold_' || comtrade.measure as series,
        comtrade.flow,
        'gold_partner' as classification,
        coalesce(partners.partner_code, 'unmatched: ' || comtrade.partner_code) as member_code,
        {{ figure_columns() }}
    from comtrade
    left join partners on comtrade.partner_code = partners.partner_code
),

subheadings as (
    select
        case idds.unit when 'kg' then 'gold_weight' else 'gold_value_hkd' end as series,
        idds.flow,
        'gold_partner_hs6' as classification,
        coalesce(partners.partner_code, 'unmatched: ' || idds.iso2) || ' ' || idds.commodity_code as member_code,
        {{ figure_columns() }}
    from idds
    left join partners on coalesce(idds.iso2, 'world') = coalesce(partners.iso2, partners.kind)
),

final as (
    select * from quoted
    union all
    select * from headings
    union all
    select * from subheadings
)

select * from final
