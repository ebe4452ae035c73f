"""SQL for the tables of a release: columns with types, keys, indexes, comments, and read access."""

import re
from collections.abc import Iterator

from psycopg import sql

from orchestration.releases.content import Relation
from orchestration.serving.postgres.errors import PostgresError

# DuckDB's types in PostgreSQL. An unsigned type becomes the next larger one that fits all its values.
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
# Columns that charts filter and join on. The first column of a primary key needs no index of its own.
INDEXED = ("month", "day", "series", "period_label", "period_start", "partner_code", "category_code")


def loading_schema(schema: str) -> str:
    """Return the schema where a release's tables are filled. No other session ever sees it."""
    return f"entrepot_loading_{schema}"


def loading_table(relation: Relation) -> sql.Identifier:
    """Return the name of a table while it is being filled."""
    return sql.Identifier(loading_schema(relation.schema), relation.name)


def create(relation: Relation) -> sql.Composed:
    """Return SQL that creates the empty table. A view becomes a table of its rows, since a release never changes."""
    columns = [
        sql.SQL("{} {}{}").format(
            sql.Identifier(column.name),
            sql.SQL(column_type(column.type, f"{relation.label}.{column.name}")),
            sql.SQL("" if column.is_nullable else " not null"),
        )
        for column in relation.columns
    ]
    return sql.SQL("create table {} ({})").format(loading_table(relation), sql.SQL(", ").join(columns))


def column_type(duckdb_type: str, column: str) -> str:
    """Return PostgreSQL's name for a type. Raises PostgresError if PostgreSQL has no exact equivalent."""
    decimal = DECIMAL.fullmatch(duckdb_type)
    if decimal:
        return f"numeric({decimal[1]}, {decimal[2]})"
    if duckdb_type not in TYPES:
        remedy = "Give the column another type in its model, or extend orchestration/serving/postgres/tables.py."
        raise PostgresError(f"{duckdb_type} has no exact equivalent in PostgreSQL", column, remedy)
    return TYPES[duckdb_type]


def finish(relation: Relation, reader: str) -> Iterator[sql.Composed]:
    """Yield SQL that completes a filled table: key, indexes, comments, statistics, and read access for the reader."""
    table = loading_table(relation)
    if relation.primary_key:
        key = sql.SQL(", ").join(map(sql.Identifier, relation.primary_key))
        yield sql.SQL("alter table {} add primary key ({})").format(table, key)
    for column in relation.columns:
        if column.name in INDEXED and column.name != next(iter(relation.primary_key), None):
            yield sql.SQL("create index on {} ({})").format(table, sql.Identifier(column.name))
        if column.comment is not None:
            name = sql.Identifier(loading_schema(relation.schema), relation.name, column.name)
            yield sql.SQL("comment on column {} is {}").format(name, column.comment)
    if relation.comment is not None:
        yield sql.SQL("comment on table {} is {}").format(table, relation.comment)
    yield sql.SQL("analyze {}").format(table)
    yield sql.SQL("revoke all on {} from public").format(table)
    yield sql.SQL("grant select on {} to {}").format(table, sql.Identifier(reader))
