-- one row per period, flow and partner
with

{% set kg_per_troy_oz = 0.0311034768 -%}

-- value and weight of a flow come from one payload, that of the value served: two editions have no price in common
candidates as (
    select
        *,
        first_value(payload_sha256) over (
            partition by flow, member_code, period_label
            order by case when series = 'gold_value' then 1 else 2 end, selection_rank
        ) as leading_payload
    from {{ ref('int_observations') }}
    where is_usable and classification = 'gold_partner' and series in ('gold_value', 'gold_weight')
),

of_one_payload as (
    select
        *,
        row_number() over (
            partition by series, flow, member_code, period_label order by selection_rank
        ) as place
    from candidates
    where payload_sha256 = leading_payload
),

headings as (
    select
        {{ period_columns() }},
        flow,
        member_code as partner_code,
        max(case when series = 'gold_weight' then value end) as weight,
        max(case when series = 'gold_value' then value end) as value_usd,
        max(flag) as flag,
        max(source_id) as source_id
    from of_one_payload
    where place = 1
    group by
        {{ period_columns() }},
        flow,
        member_code
),

subheadings as (
    select
        {{ period_columns() }},
        flow,
        substr(member_code, 1, length(member_code) - 7) as partner_code,
        sum(case when series = 'gold_weight' then value end) as weight,
        sum(case when series = 'gold_value_hkd' then value end) as value_hkd,
        max(flag) as flag,
        max(source_id) as source_id
    from {{ ref('int_observations') }}
    where is_served and classification = 'gold_partner_hs6'
    group by
        {{ period_columns() }},
        flow,
        substr(member_code, 1, length(member_code) - 7)
),

figures as (
    select
        {% for column in [
            'period_label', 'frequency', 'period_start', 'period_end', 'first_month_index', 'last_month_index', 'flow',
            'partner_code', 'weight', 'flag', 'source_id',
        ] -%}
        coalesce(subheadings.{{ column }}, headings.{{ column }}) as {{ column }},
        {% endfor -%}
        subheadings.value_hkd,
        case when subheadings.flow is null then headings.value_usd end as value_usd
    from headings
    full outer join subheadings
        on
            headings.period_label = subheadings.period_label
            and headings.flow = subheadings.flow
            and headings.partner_code = subheadings.partner_code
),

partners as (
    select * from {{ ref('dim_partner') }}
),

months as (
    select
        period_start as month,
        max(case when series = 'hkd_per_usd' then value end) as hkd_per_usd,
        max(case when series = 'gold_price' then value end) as gold_price
    from {{ ref('int_observations') }}
    where is_served and series in ('hkd_per_usd', 'gold_price')
    group by period_start
),

periods as (
    select distinct
        period_label,
        period_start,
        period_end,
        last_month_index - first_month_index + 1 as months_in_period
    from figures
),

markets as (
    select
        periods.period_label,
        case
            when count(months.hkd_per_usd) = periods.months_in_period
                then cast(sum(months.hkd_per_usd) as double) / periods.months_in_period
        end as hkd_per_usd,
        case
            when count(months.gold_price) = periods.months_in_period
                then cast(sum(months.gold_price) as double) / periods.months_in_period
        end as gold_price
    from periods
    inner join months on months.month between periods.period_start and periods.period_end
    group by periods.period_label, periods.months_in_period
),

valued as (
    select
        figures.*,
        markets.gold_price,
        coalesce(cast(figures.value_usd as double), cast(figures.value_hkd as double) / markets.hkd_per_usd) as usd_mn,
        coalesce(cast(figures.value_hkd as double), cast(figures.value_usd as double) * markets.hkd_per_usd) as hkd_mn
    from figures
    left join markets on figures.period_label = markets.period_label
),

priced as (
    select
        *,
        1000000 * usd_mn / nullif(cast(weight as double) / {{ kg_per_troy_oz }}, 0) as implied_price
    from valued
),

final as (
    select
        cast(priced.period_label as string) as period_label,
        cast(priced.frequency as string) as frequency,
        cast(priced.period_start as date) as period_start,
        cast(priced.period_end as date) as period_end,
        cast(priced.flow as string) as flow,
        cast(priced.partner_code as string) as partner_code,
        cast(coalesce(partners.partner_name, priced.partner_code) as string) as partner_name,
        cast(priced.weight as decimal(18, 3)) as weight_kg,
        {{ to_decimal('priced.usd_mn', 6) }} as value_usd_mn,
        {{ to_decimal('priced.hkd_mn') }} as value_hkd_mn,
        {{ to_decimal('priced.implied_price') }} as implied_usd_per_troy_oz,
        {{ growth_pct('priced.implied_price', 'priced.gold_price') }} as price_gap_pct,
        cast(priced.flag as string) as flag,
        cast(priced.source_id as string) as source_id
    from priced
    left join partners on priced.partner_code = partners.partner_code
)

select * from final
