"""The marts of a release as views in memory, some of them emptied or changed."""

import duckdb

from orchestration.releases import Release

# What a hostile cell may hold: markup, the end of a script, a formula.
HOSTILE = '<script>alert(1)</script></script><img src=x onerror=alert(2)>=HYPERLINK("http://x")&\'"'


def changed(release: Release, **selections: str) -> duckdb.DuckDBPyConnection:
    """Return a connection that serves a release's tables, those named by another selection of `held.schema.table`.

    Such as `fct_gold_trade="where false"`, or `dim_source="replace ('x' as title)"`: what follows `select *`.
    """
    connection = duckdb.connect()
    connection.execute(f"attach '{release.database}' as held (read_only)")
    tables = "select schema_name, table_name from duckdb_tables() where database_name = 'held'"
    for schema, table in connection.execute(tables).fetchall():
        change = selections.pop(table, "")
        select, where = (change, "") if change.startswith("replace") else ("", change)
        connection.execute(f"create schema if not exists {schema}")
        connection.execute(f"create view {schema}.{table} as select * {select} from held.{schema}.{table} {where}")
    assert not selections, f"no such table: {selections}"
    return connection
