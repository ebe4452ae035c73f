-- one row per period and basis: as published, and as the sum of its months
with

totals as (
    select * from {{ ref('int_trade_totals') }}
),

months as (
    select * from {{ ref('int_trade_months') }}
),

sums as (
    select * from {{ ref('int_trade_period_sums') }}
),

published as (
    select
        totals.period_label,
        totals.frequency,
        totals.period_start,
        totals.period_end,
        'published' as basis,
        totals.total_exports,
        totals.exports_basis,
        totals.imports,
        coalesce(totals.balance, totals.levels_balance) as balance,
        case
            when totals.balance is not null then 'printed'
            when totals.levels_balance is not null then 'levels'
        end as balance_basis,
        totals.deficit_pct_of_imports as printed_deficit_pct,
        coalesce(cast(totals.exports_yoy as double), months.computed_exports_yoy_pct) as exports_yoy_pct,
        coalesce(cast(totals.imports_yoy as double), months.computed_imports_yoy_pct) as imports_yoy_pct,
        coalesce(totals.balance_rounding_unit, totals.levels_rounding_unit) as rounding_unit,
        totals.exports_rounding_unit,
        totals.imports_rounding_unit,
        totals.published_on,
        totals.source_id,
        totals.evidence,
        totals.source_url
    from totals
    left join months on totals.period_label = months.period_label
),

summed as (
    select
        period_label,
        frequency,
        period_start,
        period_end,
        'sum_of_months' as basis,
        total_exports,
        'sum_of_months' as exports_basis,
        imports,
        balance,
        'levels' as balance_basis,
        cast(null as decimal(18, 6)) as printed_deficit_pct,
        exports_yoy_pct,
        imports_yoy_pct,
        cast(1 as decimal(18, 6)) as rounding_unit,
        cast(1 as decimal(18, 6)) as exports_rounding_unit,
        cast(1 as decimal(18, 6)) as imports_rounding_unit,
        published_on,
        source_id,
        'derived' as evidence,
        cast(null as string) as source_url
    from sums
),

unioned as (
    select * from published
    union all
    select * from summed
),

late_corrections as (
    select
        published.period_label,
        published.balance - summed.balance as balance
    from published
    inner join summed on published.period_label = summed.period_label
    where published.rounding_unit <= 100
),

final as (
    select
        cast(unioned.period_label as string) as period_label,
        cast(unioned.frequency as string) as frequency,
        cast(unioned.period_start as date) as period_start,
        cast(unioned.period_end as date) as period_end,
        cast(unioned.basis as string) as basis,
        cast(unioned.total_exports as decimal(18, 3)) as total_exports_hkd_mn,
        cast(unioned.exports_basis as string) as exports_basis,
        cast(unioned.imports as decimal(18, 3)) as imports_hkd_mn,
        cast(unioned.balance as decimal(18, 3)) as balance_hkd_mn,
        cast(unioned.balance_basis as string) as balance_basis,
        case
            when unioned.printed_deficit_pct is not null
                then -cast(sign(unioned.balance) as integer) * cast(unioned.printed_deficit_pct as double)
            when unioned.imports_rounding_unit <= 1000 then {{ pct_of('-unioned.balance', 'unioned.imports') }}
        end as deficit_pct_of_imports,
        unioned.exports_yoy_pct,
        unioned.imports_yoy_pct,
        cast(late_corrections.balance as decimal(18, 3)) as late_corrections_balance_hkd_mn,
        unioned.frequency = 'month' and extract(month from unioned.period_start) <= 2 as is_lunar_new_year_distorted,
        cast(unioned.rounding_unit as decimal(18, 3)) as rounding_unit_hkd_mn,
        cast(unioned.exports_rounding_unit as decimal(18, 3)) as exports_rounding_unit_hkd_mn,
        cast(unioned.imports_rounding_unit as decimal(18, 3)) as imports_rounding_unit_hkd_mn,
        cast(unioned.published_on as date) as published_on,
        cast(unioned.source_id as string) as source_id,
        cast(unioned.evidence as string) as evidence,
        cast(unioned.source_url as string) as source_url
    from unioned
    left join late_corrections on unioned.period_label = late_corrections.period_label
)

select * from final
