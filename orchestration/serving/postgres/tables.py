"""SQL for the tables of a release: columns with their types, keys, indexes and comments, and who may read them."""

import re
from collections.abc import Iterator

from psycopg import sql

from orchestration.releases.content import Relation
from orchestration.serving.postgres.errors import PostgresError

# DuckDB's type to PostgreSQL's. An unsigned one takes the next that holds all its values.
TYPES = {
    "BOOLEAN": "boolean",
    "TINYINT": "smallint",
    "UTINYINT": "smallint",
    "SMALLINT": "smallint",
    "USMALLINT": "integer",
    "INTEGER": "integer",
    "UINTEGER": "bigint",
    "BIGINT": "bigint",
    "UBIGINT": "numeric(20, 0)",
    "HUGEINT": "numeric(39, 0)",
    "FLOAT": "real",
    "DOUBLE": "double precision",
    "VARCHAR": "text",
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
}
DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
# What charts filter and join on. A primary key serves its first column itself.
INDEXED = ("month", "day", "series", "period_label", "period_start", "partner_code", "category_code")


def loading(schema: str) -> str:
    """Return the schema where a release's tables are filled. No other session ever sees it."""
    return f"entrepot_loading_{schema}"


def waiting(relation: Relation) -> sql.Identifier:
    """Return the name of a table while it is filled."""
    return sql.Identifier(loading(relation.schema), relation.name)


def create(relation: Relation) -> sql.Composed:
    """Return SQL for the empty table. A view of a release becomes a table of its rows: a release never changes."""
    columns = [
        sql.SQL("{} {}{}").format(
            sql.Identifier(column.name),
            sql.SQL(column_type(column.type, f"{relation.label}.{column.name}")),
            sql.SQL("" if column.is_nullable else " not null"),
        )
        for column in relation.columns
    ]
    return sql.SQL("create table {} ({})").format(waiting(relation), sql.SQL(", ").join(columns))


def column_type(duckdb_type: str, column: str) -> str:
    """Return PostgreSQL's name for a type. Raises PostgresError for one that has no faithful form there."""
    decimal = DECIMAL.fullmatch(duckdb_type)
    if decimal:
        return f"numeric({decimal[1]}, {decimal[2]})"
    if duckdb_type not in TYPES:
        remedy = "Give the column another type in its model, or extend orchestration/serving/postgres/tables.py."
        raise PostgresError(f"{duckdb_type} has no faithful form in PostgreSQL", column, remedy)
    return TYPES[duckdb_type]


def finish(relation: Relation, reader: str) -> Iterator[sql.Composed]:
    """Yield SQL for what a filled table gets: its key, indexes, comments, statistics, and leave to read it."""
    table = waiting(relation)
    if relation.primary_key:
        key = sql.SQL(", ").join(map(sql.Identifier, relation.primary_key))
        yield sql.SQL("alter table {} add primary key ({})").format(table, key)
    for column in relation.columns:
        if column.name in INDEXED and column.name != next(iter(relation.primary_key), None):
            yield sql.SQL("create index on {} ({})").format(table, sql.Identifier(column.name))
        if column.comment is not None:
            name = sql.Identifier(loading(relation.schema), relation.name, column.name)
            yield sql.SQL("comment on column {} is {}").format(name, column.comment)
    if relation.comment is not None:
        yield sql.SQL("comment on table {} is {}").format(table, relation.comment)
    yield sql.SQL("analyze {}").format(table)
    yield sql.SQL("revoke all on {} from public").format(table)
    yield sql.SQL("grant select on {} to {}").format(table, sql.Identifier(reader))
