"""What a build left in each table and view, as a hash, so that later steps can tell whether it is still the same.

dbt records it in the build file when a table was built, in macros/dbt/contents.sql. A record goes when the table holds
something else: then no check of it counts, and it is not released. Of published tables the hash covers definition,
comments and rows; of others definition and comments.
"""

import duckdb

from orchestration.warehouse.sql import identifier, literal

PUBLISHED_SCHEMAS = ("marts", "reference")

# The macro `log_start` creates the same table, as plain dbt may run first.
CREATE = """
create schema if not exists build_log;
create table if not exists build_log.contents (
    name varchar primary key, label varchar not null, code varchar not null, content varchar not null
)
"""
STORED = f"""
select schema_name, table_name from duckdb_tables()
where database_name = $catalog and schema_name in {PUBLISHED_SCHEMAS} order by all
"""
# The macro `contents` has the same query: a difference would make every table count as changed.
CONTENTS = """
with definitions as (
    select schema_name || '.' || table_name as label, concat(sql, chr(10), comment) as text from duckdb_tables()
    where database_name = $catalog
    union all
    select schema_name || '.' || view_name, concat(sql, chr(10), comment) from duckdb_views()
    where database_name = $catalog and not internal
),

columns as (
    select
        schema_name || '.' || table_name as label,
        string_agg(concat_ws(' ', column_name, data_type, comment), chr(10) order by column_index) as text
    from duckdb_columns()
    where database_name = $catalog and not internal
    group by all
),

rows as ({rows})

select label, sha256(concat_ws(chr(10), replace(definitions.text, 'warehouse.', ''), columns.text, rows.text))
from definitions left join columns using (label) left join rows using (label)
"""
# hash() is much faster than SHA-256, which releases use, and its values are only compared within one build file.
ROWS = """
select {label} as label, concat_ws(' ', count(*), bit_xor(hash(content)), sum(hash(content))) as text
from {table} as content
"""


def read(connection: duckdb.DuckDBPyConnection, catalog: str) -> dict[str, str]:
    """Return the hash of what each table and view of a database holds, by `schema.name`."""
    stored = connection.execute(STORED, {"catalog": catalog}).fetchall()
    rows = [
        ROWS.format(
            label=literal(f"{schema}.{name}"),
            table=f"{identifier(catalog)}.{identifier(schema)}.{identifier(name)}",
        )
        for schema, name in stored
    ]
    query = CONTENTS.format(rows=" union all ".join([*rows, "select null as label, null as text"]))
    return dict(connection.execute(query, {"catalog": catalog}).fetchall())


def forget_changed(connection: duckdb.DuckDBPyConnection) -> None:
    """Delete the record of each table of the build file that no longer holds what a build left in it."""
    connection.execute(CREATE)
    recorded = connection.execute("select name, label, content from build_log.contents").fetchall()
    if not recorded:
        return
    catalog = connection.execute("select current_database()").fetchall()[0][0]
    found = read(connection, catalog)
    changed = [name for name, label, content in recorded if found.get(label) != content]
    connection.execute("delete from build_log.contents where name in $names", {"names": changed})
