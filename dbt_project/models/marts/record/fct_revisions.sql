-- one row per figure that a later edition, or a later payload of the same page, prints differently
with

revisions as (
    select * from {{ ref('int_revisions') }}
),

final as (
    select
        cast(series as string) as series,
        cast(flow as string) as flow,
        cast(classification as string) as classification,
        cast(member_code as string) as member_code,
        cast(period_label as string) as period_label,
        cast(vintage as string) as vintage,
        cast(previous_vintage as string) as previous_vintage,
        cast(revision_kind as string) as revision_kind,
        cast(
            case
                when previous_value is null then 'added'
                when value is null then 'withdrawn'
                else 'revised'
            end as string
        ) as change_kind,
        cast(vintage_on as date) as vintage_on,
        cast(previous_value as decimal(18, 6)) as previous_value,
        cast(value as decimal(18, 6)) as new_value,
        cast(value - previous_value as decimal(18, 6)) as change,
        cast(unit as string) as unit,
        cast(published_on as date) as published_on,
        cast(source_id as string) as source_id,
        cast(source_url as string) as source_url
    from revisions
)

select * from final
