-- one row per figure and payload line: gold trade by partner; never part of merchandise totals
with

gold as (
    select * from {{ ref('stg_record__gold_trade') }}
),

partners as (
    select * from {{ ref('partners') }}
),

final as (
    select
        'gold_' || gold.measure as series,
        gold.flow,
        'gold_partner' as classification,
        coalesce(partners.partner_code, 'unmatched: ' || gold.printed_partner) as member_code,
        {{ figure_columns() }}
    from gold
    left join partners on gold.printed_partner = partners.partner_name
)

select * from final
