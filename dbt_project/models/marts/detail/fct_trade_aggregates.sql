-- one row per classification, member, flow and period
{{
    config(
        materialized=piecewise(),
        pieces_of='int_detail_periods',
        piece='period_label',
        piece_from='period_start',
        piece_to='period_end'
    )
}}

{% set amounts = ['value_hkd_k', 'weight_g', 'weighed_hkd_k', 'shared_out_hkd_k'] -%}

with

periods as (
    {{ pieces('int_detail_periods', 'period_label') }}
),

member_months as (
    select
        *,
        {{ month_index('month') }} as month_index
    from {{ ref('int_detail_member_months') }}
),

-- each period of a member, and the same a year before
figures as (
    select
        periods.period_label,
        members.flow,
        members.classification,
        members.member_code,
        {% for amount in amounts -%}
        cast(sum(members.{{ amount }}) as bigint) as {{ amount }},
        {% endfor -%}
        max(periods.built_from) as built_from
    from periods
    inner join member_months as members
        on members.month_index between periods.first_month_index and periods.last_month_index
    group by
        periods.period_label,
        members.flow,
        members.classification,
        members.member_code
),

year_before as (
    select
        periods.period_label,
        members.flow,
        members.classification,
        members.member_code,
        cast(sum(members.value_hkd_k) as bigint) as value_hkd_k
    from periods
    inner join member_months as members
        on members.month_index between periods.first_month_index - 12 and periods.last_month_index - 12
    where periods.has_year_before
    group by
        periods.period_label,
        members.flow,
        members.classification,
        members.member_code
),

-- concentration needs the parts; that of a month stands with the month already, and headings have no other
of_parts as (
    select
        periods.period_label,
        parts.flow,
        parts.classification,
        parts.member_code,
        parts.part,
        cast(sum(parts.value_hkd_k) as decimal(19, 0)) as value_hkd_k
    from periods
    inner join {{ ref('int_detail_parts') }} as parts
        on parts.month between periods.period_start and periods.period_end
    where periods.frequency <> 'month' and {{ is_within_piece('parts.month') }}
    group by
        periods.period_label,
        parts.flow,
        parts.classification,
        parts.member_code,
        parts.part
),

concentrations as (
    select
        period_label,
        flow,
        classification,
        member_code,
        sum(value_hkd_k * value_hkd_k) as squares
    from of_parts
    group by
        period_label,
        flow,
        classification,
        member_code
    union all
    select
        periods.period_label,
        members.flow,
        members.classification,
        members.member_code,
        members.squares
    from periods
    inner join member_months as members on periods.last_month_index = members.month_index
    where periods.frequency = 'month'
),

-- what was traded in either of the two
traded as (
    select
        coalesce(figures.period_label, year_before.period_label) as period_label,
        coalesce(figures.flow, year_before.flow) as flow,
        coalesce(figures.classification, year_before.classification) as classification,
        coalesce(figures.member_code, year_before.member_code) as member_code,
        coalesce(figures.value_hkd_k, 0) as value_hkd_k,
        year_before.value_hkd_k as value_before_hkd_k,
        figures.weight_g,
        figures.weighed_hkd_k,
        coalesce(figures.shared_out_hkd_k, 0) as shared_out_hkd_k
    from figures
    full outer join year_before
        on
            figures.period_label = year_before.period_label
            and figures.flow = year_before.flow
            and figures.classification = year_before.classification
            and figures.member_code = year_before.member_code
),

totals as (
    select * from traded
    where classification = 'total'
),

measured as (
    select
        traded.*,
        periods.frequency,
        periods.period_start,
        periods.period_end,
        periods.source_id,
        periods.built_from,
        periods.has_year_before,
        totals.value_hkd_k as total_hkd_k,
        totals.value_before_hkd_k as total_before_hkd_k,
        case when periods.has_year_before then traded.value_hkd_k - coalesce(traded.value_before_hkd_k, 0) end
            as change_hkd_k
    from traded
    inner join periods on traded.period_label = periods.period_label
    left join totals
        on
            traded.period_label = totals.period_label
            and traded.flow = totals.flow
),

final as (
    select
        cast(measured.classification as string) as classification,
        cast(measured.member_code as string) as member_code,
        cast(measured.flow as string) as flow,
        cast(measured.period_label as string) as period_label,
        cast(measured.frequency as string) as frequency,
        cast(measured.period_start as date) as period_start,
        cast(measured.period_end as date) as period_end,
        {{ hkd_mn('measured.value_hkd_k') }} as value_hkd_mn,
        {{ pct_of('measured.value_hkd_k', 'measured.total_hkd_k') }} as share_pct,
        {{ hkd_mn('measured.change_hkd_k') }} as change_hkd_mn,
        {{ growth_pct('measured.value_hkd_k', 'measured.value_before_hkd_k') }} as yoy_pct,
        {{ pct_of('measured.change_hkd_k', 'measured.total_before_hkd_k') }} as contribution_pp,
        10000 * {{ nearest_double('concentrations.squares') }}
        / nullif(cast(measured.value_hkd_k as double) * cast(measured.value_hkd_k as double), 0) as hhi,
        cast(measured.weight_g * 0.001 as decimal(18, 3)) as weight_kg,
        1000000 * cast(measured.weighed_hkd_k as double) / nullif(cast(measured.weight_g as double), 0)
            as unit_value_hkd_per_kg,
        {{ pct_of('measured.shared_out_hkd_k', 'measured.value_hkd_k') }} as shared_out_pct,
        cast(measured.source_id as string) as source_id,
        cast(measured.built_from as string) as built_from
    from measured
    left join concentrations
        on
            measured.period_label = concentrations.period_label
            and measured.flow = concentrations.flow
            and measured.classification = concentrations.classification
            and measured.member_code = concentrations.member_code
)

select * from final
