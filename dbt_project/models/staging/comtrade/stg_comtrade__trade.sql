-- one row per figure and payload line of UN Comtrade: US$ million and kilograms
with

source as (
    select * from {{ source('raw', 'comtrade__trade') }}
),

labelled as (
    select
        *,
        {{ month_of('period') }} as period_label,
        'un_comtrade' as source_id,
        'https://comtradeapi.un.org/public/v1/preview/C/M/HS?reporterCode=344&cmdCode=' || cmd_code
        || '&period=' || period as source_url,
        cast(null as varchar) as vintage,
        cast(null as date) as vintage_on
    from source
),

weights as (
    select
        *,
        net_weight_kg as figure,
        'kg' as unit,
        'kg' as printed_unit,
        1 as rounding_unit,
        case when is_net_weight_estimated = 'true' then 'estimated' end as flag
    from labelled
),

amounts as (
    select
        *,
        primary_value_usd as figure,
        'usd_mn' as unit,
        'usd' as printed_unit,
        1 as rounding_unit,
        cast(null as varchar) as flag
    from labelled
),

figures as (
    select
        cmd_code as commodity_code,
        classification_code as hs_edition,
        flow_code,
        partner_code,
        'weight' as measure,
        {{ live_figure() }}
    from weights
    where figure is not null
    union all
    select
        cmd_code as commodity_code,
        classification_code as hs_edition,
        flow_code,
        partner_code,
        'value' as measure,
        {{ live_figure(0.000001) }}
    from amounts
    where figure is not null
),

final as (
    select
        *,
        case flow_code when 'M' then 'imports' when 'X' then 'total_exports' end as flow
    from figures
)

select * from final
