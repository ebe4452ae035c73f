"""The subheadings of each edition of the HS, from the United Nations' correlation tables."""

import duckdb

# 999999 is the tables' code for goods without a heading; no edition has it.
SUBHEADINGS = """
with

current as (
    select correlations.*
    from raw.unsd__correlations as correlations
    semi join raw.archive__vintages as vintages
        on
            vintages.source = 'unsd'
            and correlations.payload_sha256 = vintages.payload_sha256
            and vintages.known_until is null
),

codes as (
    select from_classification as edition, from_code as code from current
    union
    select to_classification, to_code from current
)

select edition, list(code order by code) from codes
where edition like 'HS%' and regexp_full_match(code, '[0-9]{6}') and code <> '999999'
group by edition
"""


def known(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    """Return the six-digit codes of each edition, such as HS2022, from the current tables; empty before a load."""
    try:
        found = connection.execute(SUBHEADINGS).fetchall()
    except duckdb.CatalogException:  # nothing was loaded into this build file yet
        return {}
    return {edition: tuple(codes) for edition, codes in found}
