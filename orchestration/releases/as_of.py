"""`marts.as_of(day)`: a table macro in every release that returns the figures as they were known on a day."""

COLUMNS = (
    "series", "flow", "classification", "member_code", "period_label", "frequency", "period_start", "period_end",
    "value", "unit", "rounding_unit", "published_on", "vintage", "source_id", "evidence", "source_url", "flag",
    "payload_sha256", "line_number", "known_from", "known_until",
)  # fmt: skip
# Names no catalog: the file may be attached under any name.
MACRO = f"""
create macro marts.as_of(on_day) as table
select {", ".join(COLUMNS)}
from marts.fct_observations
where
    selection_order is not null
    and known_from <= cast(on_day as date)
    and (known_until is null or known_until > cast(on_day as date))
qualify
    row_number() over (
        partition by series, flow, classification, member_code, period_label order by selection_order
    ) = 1
"""
