"""`marts.as_of(day)` in PostgreSQL: the function that every release has as a table macro."""

from collections.abc import Sequence

import psycopg
from psycopg import errors, sql

from orchestration.releases.as_of import COLUMNS
from orchestration.releases.content import Relation
from orchestration.serving.postgres import tables

OBSERVATIONS = "marts.fct_observations"
DROP = "drop function if exists marts.as_of(date)"
# Plain SQL, which PostgreSQL inlines into the calling query, so that filters reach the table.
CREATE = """
create or replace function marts.as_of(on_day date) returns table ({result}) language sql stable parallel safe as $$
    select distinct on (o.series, o.flow, o.classification, o.member_code, o.period_label) {columns}
    from marts.fct_observations as o
    where
        o.selection_order is not null
        and o.known_from <= on_day
        and (o.known_until is null or o.known_until > on_day)
    order by o.series, o.flow, o.classification, o.member_code, o.period_label, o.selection_order
$$
"""
GRANT = """
revoke all on function marts.as_of(date) from public; grant execute on function marts.as_of(date) to {reader}
"""


def replace(connection: psycopg.Connection, relations: Sequence[Relation], reader: str) -> None:
    """Create the function on the new tables. If its columns are unchanged, it is replaced without being dropped.

    Queries lock tables, not functions: a query whose function is dropped between parsing and planning would fail.
    """
    observations = next((relation for relation in relations if relation.label == OBSERVATIONS), None)
    if observations is None:
        connection.execute(DROP)
        return
    types = {column.name: tables.column_type(column.type, column.name) for column in observations.columns}
    create = sql.SQL(CREATE).format(
        result=sql.SQL(", ").join(sql.SQL(f"{{}} {types[name]}").format(sql.Identifier(name)) for name in COLUMNS),
        columns=sql.SQL(", ").join(sql.Identifier("o", name) for name in COLUMNS),
    )
    try:
        with connection.transaction():
            connection.execute(create)
    except errors.InvalidFunctionDefinition:
        connection.execute(DROP)
        connection.execute(create)
    connection.execute(sql.SQL(GRANT).format(reader=sql.Identifier(reader)))
