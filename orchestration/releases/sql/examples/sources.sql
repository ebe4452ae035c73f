-- Who published what is served, and how much of it?
select
    source_id,
    publisher,
    count(*) as figures_served,
    max(period_label) as newest_period
from marts.fct_observations
inner join marts.dim_source using (source_id)
where is_served
group by source_id, publisher
order by figures_served desc
