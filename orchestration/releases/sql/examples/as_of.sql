-- What did the record say of exports and imports at the end of 2025?
select
    period_label,
    series,
    value,
    source_id,
    known_from
from marts.as_of('2025-12-31')
where classification = 'total' and frequency = 'month' and series in ('total_exports', 'imports')
order by period_start desc, series asc
limit 6
