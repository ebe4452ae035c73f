-- one row per figure that a later edition prints differently, or that a later payload changes, adds or leaves out
with

observations as (
    select * from {{ ref('int_observations') }}
),

vintages as (
    select distinct
        payload_sha256,
        previous_payload_sha256,
        known_from,
        'payload ' || substr(payload_sha256, 1, 12) || ', ' || cast(vintage_number as string) as vintage_label,
        'payload ' || substr(previous_payload_sha256, 1, 12) || ', '
        || cast(vintage_number - 1 as string) as previous_vintage_label
    from {{ ref('stg_archive__vintages') }}
    where previous_payload_sha256 is not null
),

editions as (
    select
        'edition' as revision_kind,
        series,
        flow,
        classification,
        member_code,
        period_label,
        vintage,
        vintage_on,
        lag(vintage) over (
            partition by series, flow, classification, member_code, period_label
            order by case when is_first_estimate then 0 else 1 end, vintage_on nulls first, vintage
        ) as previous_vintage,
        value,
        lag(value) over (
            partition by series, flow, classification, member_code, period_label
            order by case when is_first_estimate then 0 else 1 end, vintage_on nulls first, vintage
        ) as previous_value,
        unit,
        published_on,
        source_id,
        source_url
    from observations
    where
        is_usable
        and vintage is not null
        and connector = 'record'
        and classification in ('total', 'end_use')
),

{% for which in ['payload', 'previous_payload'] -%}
{{ which }}_figures as (
    select
        vintages.vintage_label,
        vintages.previous_vintage_label,
        vintages.known_from,
        {% for column in [
            'series', 'flow', 'classification', 'member_code', 'period_label', 'source_url', 'source_id', 'unit',
            'published_on', 'value',
        ] -%}
        observations.{{ column }},
        {% endfor -%}
        observations.line_number
    from vintages
    inner join observations on vintages.{{ which }}_sha256 = observations.payload_sha256
),

{% endfor -%}
payloads as (
    select
        'payload' as revision_kind,
        {% for column in ['series', 'flow', 'classification', 'member_code', 'period_label'] -%}
        coalesce(newer.{{ column }}, older.{{ column }}) as {{ column }},
        {% endfor -%}
        coalesce(newer.vintage_label, older.vintage_label) as vintage,
        coalesce(newer.known_from, older.known_from) as vintage_on,
        coalesce(newer.previous_vintage_label, older.previous_vintage_label) as previous_vintage,
        newer.value,
        older.value as previous_value,
        coalesce(newer.unit, older.unit) as unit,
        newer.published_on,
        coalesce(newer.source_id, older.source_id) as source_id,
        coalesce(newer.source_url, older.source_url) as source_url
    from payload_figures as newer
    full outer join previous_payload_figures as older
        on
            newer.vintage_label = older.vintage_label
            and newer.series = older.series
            and newer.flow = older.flow
            and newer.classification = older.classification
            and newer.member_code = older.member_code
            and newer.period_label = older.period_label
            and newer.source_url = older.source_url
),

final as (
    select * from editions
    where value <> previous_value
    union all
    select * from payloads
    where coalesce(value <> previous_value, true)
)

select * from final
