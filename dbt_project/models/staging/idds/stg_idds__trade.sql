-- one row per figure and payload line of Trade IDDS: HK$ million, and kilograms where that is the unit
with

source as (
    select * from {{ source('raw', 'idds__trade') }}
),

labelled as (
    select
        *,
        {{ month_of('period') }} as period_label,
        unit as printed_unit,
        1 as rounding_unit,
        'csd_trade_idds' as source_id,
        'https://tradeidds.censtatd.gov.hk/' as source_url,
        cast(null as varchar) as flag,
        cast(null as varchar) as vintage,
        cast(null as date) as vintage_on
    from source
),

values_in_one_unit as (
    select * replace ('hkd_mn' as unit)
    from labelled
    where sv = 'VCm'
),

quantities as (
    select * replace (case unit when 'KILOGRAM' then 'kg' else lower(unit) end as unit)
    from labelled
    where sv = 'QCm'
),

figures as (
    select
        dataset,
        codeclass as code_class,
        code as commodity_code,
        ttype as trade_type,
        partner_basis,
        partner_code as iso2,
        'value' as measure,
        {{ live_figure(0.001) }}
    from values_in_one_unit
    where figure is not null
    union all
    select
        dataset,
        codeclass as code_class,
        code as commodity_code,
        ttype as trade_type,
        partner_basis,
        partner_code as iso2,
        'quantity' as measure,
        {{ live_figure() }}
    from quantities
    where figure is not null
),

final as (
    select
        *,
        case trade_type
            when '1' then 'imports'
            when '2' then 'domestic_exports'
            when '3' then 're_exports'
            when '4' then 'total_exports'
        end as flow
    from figures
)

select * from final
