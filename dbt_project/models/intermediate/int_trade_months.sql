-- one row per month with any level: balance by the finest route, beside the month before and the year before
with

totals as (
    select * from {{ ref('int_trade_totals') }}
    where frequency = 'month'
),

balanced as (
    select
        *,
        exports_rounding_unit <= 1 and imports_rounding_unit <= 1 as is_exact
    from totals
    where coalesce(total_exports, imports, balance) is not null
),

months as (
    select
        *,
        case when is_exact then levels_balance else coalesce(balance, levels_balance) end as month_balance,
        case
            when is_exact or (balance is null and levels_balance is not null) then 'levels'
            when balance is not null then 'published'
        end as balance_basis,
        case when is_exact or balance is null then levels_rounding_unit else balance_rounding_unit end as rounding_unit,
        case when exports_rounding_unit <= 100 then total_exports end as comparable_exports,
        case when imports_rounding_unit <= 100 then imports end as comparable_imports
    from balanced
),

final as (
    select
        this.*,
        {{ growth_pct('this.comparable_exports', 'year_before.comparable_exports') }} as computed_exports_yoy_pct,
        {{ growth_pct('this.comparable_imports', 'year_before.comparable_imports') }} as computed_imports_yoy_pct,
        {{ growth_pct('this.comparable_exports', 'month_before.comparable_exports') }} as computed_exports_mom_pct,
        {{ growth_pct('this.comparable_imports', 'month_before.comparable_imports') }} as computed_imports_mom_pct,
        case when year_before.is_exact then year_before.total_exports end as exports_year_before,
        case when year_before.is_exact then year_before.imports end as imports_year_before
    from months as this
    left join months as year_before on this.first_month_index = year_before.first_month_index + 12
    left join months as month_before on this.first_month_index = month_before.first_month_index + 1
)

select * from final
