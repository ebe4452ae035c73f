"""The tables of a release as views in an in-memory database, some of them emptied or changed."""

import duckdb

from orchestration.releases import Release

# A hostile cell: markup, the end of a script, a spreadsheet formula.
HOSTILE = '<script>alert(1)</script></script><img src=x onerror=alert(2)>=HYPERLINK("http://x")&\'"'


def changed(release: Release, **selections: str) -> duckdb.DuckDBPyConnection:
    """Return a connection with a release's tables as views, some of them changed.

    Args:
        release: the release whose tables are served.
        selections: by table, what to change: a `where` clause, such as `fct_gold_trade="where false"`, or a `replace`
            clause, such as `dim_source="replace ('x' as title)"`.
    """
    connection = duckdb.connect()
    connection.execute(f"attach '{release.database}' as released (read_only)")
    tables = "select schema_name, table_name from duckdb_tables() where database_name = 'released'"
    for schema, table in connection.execute(tables).fetchall():
        change = selections.pop(table, "")
        select, where = (change, "") if change.startswith("replace") else ("", change)
        connection.execute(f"create schema if not exists {schema}")
        connection.execute(f"create view {schema}.{table} as select * {select} from released.{schema}.{table} {where}")
    assert not selections, f"no such table: {selections}"
    return connection
