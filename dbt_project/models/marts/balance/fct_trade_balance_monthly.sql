-- one row per month for which any level is held, newest vintage
with

months as (
    select * from {{ ref('int_trade_months') }}
),

exchange_rates as (
    select * from {{ ref('int_observations') }}
    where series = 'hkd_per_usd' and is_served
),

deficits as (
    select
        period_label,
        rank() over (order by month_balance) as deficit_rank
    from months
    where month_balance < 0
),

record as (
    select
        min(period_start) as record_start,
        count(*) as record_months,
        max(first_month_index) - min(first_month_index) + 1 - count(*) as record_missing_months
    from months
    where month_balance is not null
),

final as (
    select
        cast(months.period_start as date) as month,
        cast(months.total_exports as decimal(18, 3)) as total_exports_hkd_mn,
        cast(months.imports as decimal(18, 3)) as imports_hkd_mn,
        cast(months.month_balance as decimal(18, 3)) as balance_hkd_mn,
        cast(months.balance as decimal(18, 3)) as published_balance_hkd_mn,
        cast(months.balance_basis as string) as balance_basis,
        {{ pct_of('-months.month_balance', 'months.imports') }} as deficit_pct_of_imports,
        months.computed_exports_yoy_pct as exports_yoy_pct,
        months.computed_imports_yoy_pct as imports_yoy_pct,
        months.computed_exports_mom_pct as exports_mom_pct,
        months.computed_imports_mom_pct as imports_mom_pct,
        cast(exchange_rates.value as decimal(18, 6)) as hkd_per_usd,
        {{ to_decimal('cast(months.month_balance as double) / cast(exchange_rates.value as double)') }}
            as balance_usd_mn,
        cast(deficits.deficit_rank as integer) as deficit_rank,
        cast(record.record_start as date) as record_start,
        cast(record.record_months as integer) as record_months,
        cast(record.record_missing_months as integer) as record_missing_months,
        extract(month from months.period_start) <= 2 as is_lunar_new_year_distorted,
        cast(months.rounding_unit as decimal(18, 3)) as rounding_unit_hkd_mn,
        cast(months.exports_rounding_unit as decimal(18, 3)) as exports_rounding_unit_hkd_mn,
        cast(months.imports_rounding_unit as decimal(18, 3)) as imports_rounding_unit_hkd_mn,
        cast(months.published_on as date) as published_on,
        cast(months.source_id as string) as source_id,
        cast(months.evidence as string) as evidence,
        cast(months.source_url as string) as source_url
    from months
    cross join record
    left join deficits on months.period_label = deficits.period_label
    left join exchange_rates on months.period_label = exchange_rates.period_label
)

select * from final
