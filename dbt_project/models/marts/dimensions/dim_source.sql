-- one row per source, with what the record holds from it
with

sources as (
    select * from {{ ref('sources') }}
),

observations as (
    select
        source_id,
        count(*) as figures_held,
        sum(case when is_served then 1 else 0 end) as figures_served,
        min(period_start) as first_period_start,
        max(period_end) as last_period_end,
        max(published_on) as last_published_on
    from {{ ref('int_observations') }}
    where is_current
    group by source_id
),

final as (
    select
        cast(sources.source_id as string) as source_id,
        cast(sources.publisher as string) as publisher,
        cast(sources.title as string) as title,
        cast(sources.home_url as string) as home_url,
        cast(sources.licence as string) as licence,
        cast(sources.evidence as string) as evidence,
        cast(sources.cadence as string) as cadence,
        cast(coalesce(observations.figures_held, 0) as integer) as figures_held,
        cast(coalesce(observations.figures_served, 0) as integer) as figures_served,
        cast(observations.first_period_start as date) as first_period_start,
        cast(observations.last_period_end as date) as last_period_end,
        cast(observations.last_published_on as date) as last_published_on
    from sources
    left join observations on sources.source_id = observations.source_id
)

select * from final
