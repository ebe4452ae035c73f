{{ config(materialized='table') }}
-- one row per figure and payload line, ranked: the finer figure first, then official, then the later vintage
with

{% set subjects = ['trade_total', 'category', 'partner', 'index', 'gold', 'market'] -%}

unioned as (
    {% for subject in subjects -%}
    select * from {{ ref('int_' ~ subject ~ '_observations') }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

payloads as (
    select * from {{ ref('stg_archive__payloads') }}
),

sources as (
    select * from {{ ref('sources') }}
),

usage_flags as (
    select * from {{ ref('usage_flags') }}
),

described as (
    select
        unioned.*,
        payloads.source as connector,
        payloads.dataset,
        payloads.is_current,
        coalesce(unioned.published_on, unioned.vintage_on, payloads.known_from) as known_from,
        payloads.known_until,
        sources.evidence,
        coalesce(usage_flags.is_usable, unioned.flag is null) as is_admissible,
        coalesce(payloads.is_current and coalesce(usage_flags.is_usable, unioned.flag is null), false) as is_usable
    from unioned
    -- rows of a payload that was replaced before any release are in the raw tables only
    inner join payloads on unioned.payload_sha256 = payloads.payload_sha256
    left join sources on unioned.source_id = sources.source_id
    left join usage_flags on unioned.flag = usage_flags.flag
),

ranked as (
    select
        *,
        row_number() over (
            partition by series, flow, classification, member_code, period_label, is_usable
            order by {{ selection_rule() }}
        ) as usable_rank,
        row_number() over (
            partition by series, flow, classification, member_code, period_label, is_admissible
            order by {{ selection_rule() }}
        ) as admissible_rank
    from described
),

final as (
    select
        substr(payload_sha256, 1, 12) || ':' || cast(line_number as string)
        || case when connector = 'record' then '' else ':' || series end as observation_id,
        dataset,
        series,
        flow,
        classification,
        member_code,
        evidence,
        is_current,
        is_usable,
        case when is_usable then usable_rank end as selection_rank,
        is_usable and usable_rank = 1 as is_served,
        connector,
        known_from,
        known_until,
        case when is_admissible then admissible_rank end as selection_order,
        {{ month_index('period_start') }} as first_month_index,
        {{ month_index('period_end') }} as last_month_index,
        {{ figure_columns() }}
    from ranked
)

select * from final
