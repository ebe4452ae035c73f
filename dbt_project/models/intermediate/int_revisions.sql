-- one row per figure that a later edition, or a later payload of the same page, prints differently
with

observations as (
    select * from {{ ref('int_observations') }}
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
    where is_usable and vintage is not null and classification in ('total', 'end_use')
),

payloads as (
    select
        'payload' as revision_kind,
        newer.series,
        newer.flow,
        newer.classification,
        newer.member_code,
        newer.period_label,
        'payload ' || substr(newer.payload_sha256, 1, 12) as vintage,
        newer.vintage_on,
        'payload ' || substr(older.payload_sha256, 1, 12) as previous_vintage,
        newer.value,
        older.value as previous_value,
        newer.unit,
        newer.published_on,
        newer.source_id,
        newer.source_url
    from observations as newer
    inner join observations as older
        on
            newer.dataset = older.dataset
            and newer.series = older.series
            and newer.flow = older.flow
            and newer.classification = older.classification
            and newer.member_code = older.member_code
            and newer.period_label = older.period_label
            and newer.source_url = older.source_url
    where newer.is_current and not older.is_current
),

final as (
    select * from editions
    where value <> previous_value
    union all
    select * from payloads
    where value <> previous_value
)

select * from final
