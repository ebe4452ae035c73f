"""How fast a release is loaded into PostgreSQL, compared with a plain psycopg COPY of the same rows.

The rows are synthetic, in the form of trade by partner and code. The plain copy is psycopg's own way, `write_row` of
rows that DuckDB fetched, into a bare table: no key, no index, no comparison. The server is our own, without fsync.
"""

import statistics
import time
from pathlib import Path

import duckdb
import psycopg
from psycopg import sql

from orchestration.releases import Release
from orchestration.releases.content import Relation, read_relations
from orchestration.serving import postgres
from orchestration.serving.postgres import rows, tables
from orchestration.warehouse.sql import literal
from testing import postgres_server
from testing.release_builds import publish_build

ROUNDS = 3
ROWS = 1_000_000
FETCHED = 10_000
SYNTHETIC = f"""
create schema marts;
create table marts.synthetic_trade (
    month date, flow varchar, partner_code varchar, code varchar, value_hkd_mn decimal(18, 3) not null, yoy_pct double,
    is_estimate boolean, source_id varchar, primary key (month, flow, partner_code, code)
);
insert into marts.synthetic_trade
select
    date '2018-01-01' + to_months((range // 10000)::integer), if(range % 2 = 0, 'imports', 'total_exports'),
    (range // 2 % 50)::varchar, lpad((range // 100 % 100)::varchar, 6, '0'), range * 1.001, sin(range) * 100,
    range % 7 = 0, 'synthetic'
from range({ROWS});
comment on table marts.synthetic_trade is 'Synthetic rows, for measuring alone';
"""


def synthetic_release(folder: Path) -> Release:
    """Publish a release of one synthetic table of a million rows."""
    build = folder / "build.duckdb"
    with duckdb.connect(str(build)) as connection:
        connection.execute(SYNTHETIC)
    return publish_build(build, folder, keep=2)


def whole_load(server: postgres_server.Server, release: Release) -> float:
    """Measure a load to its end: copied, keyed, indexed, analysed, read back, hashed, swapped."""
    began = time.perf_counter()
    postgres.load(server.loader, release, "entrepot_reader")
    return time.perf_counter() - began


def copied(server: postgres_server.Server, release: Release, *, plainly: bool) -> float:
    """Measure the copy alone, ours or psycopg's plain one, from an open release into a table that is made for it."""
    with duckdb.connect() as warehouse, psycopg.connect(server.loader) as connection:
        warehouse.execute(f"attach {literal(release.database)} as release (read_only)")
        [table] = read_relations(warehouse, "release")
        schema = sql.Identifier(tables.loading_schema(table.schema))
        connection.execute(sql.SQL("create schema {}").format(schema))
        connection.execute(tables.create(table))
        began = time.perf_counter()
        if plainly:
            _plainly(connection, warehouse, table)
        else:
            rows.copy_in(connection, warehouse, table, tables.loading_table(table))
        seconds = time.perf_counter() - began
        counted = connection.execute(sql.SQL("select count(*) from {}").format(tables.loading_table(table))).fetchone()
        assert counted == (ROWS,)
        connection.rollback()
    return seconds


def _plainly(connection: psycopg.Connection, warehouse: duckdb.DuckDBPyConnection, table: Relation) -> None:
    fetched = warehouse.execute(f"from release.{table.quoted}")
    copy = sql.SQL("copy {} from stdin").format(tables.loading_table(table))
    with connection.cursor() as cursor, cursor.copy(copy) as copying:
        while batch := fetched.fetchmany(FETCHED):
            for row in batch:
                copying.write_row(row)


def measure(parent: Path, binaries: Path) -> dict[str, float | int]:
    """Return medians of the whole load, of its copy and of the plain copy, and of their ratios round by round."""
    folder = parent / "postgres"
    folder.mkdir()
    release = synthetic_release(folder)
    with postgres_server.running(binaries) as server:
        rounds = [
            (whole_load(server, release), copied(server, release, plainly=False), copied(server, release, plainly=True))
            for _ in range(ROUNDS + 1)
        ][1:]
    loads, copies, plains = zip(*rounds, strict=True)
    return {
        "rows": ROWS,
        "load_seconds": round(statistics.median(loads), 2),
        "copy_seconds": round(statistics.median(copies), 2),
        "plain_copy_seconds": round(statistics.median(plains), 2),
        "load_rows_a_second": round(ROWS / statistics.median(loads)),
        "copy_rows_a_second": round(ROWS / statistics.median(copies)),
        "plain_copy_rows_a_second": round(ROWS / statistics.median(plains)),
        "load_rate_to_plain_copy": round(statistics.median(plain / load for load, _, plain in rounds), 2),
        "copy_rate_to_plain_copy": round(statistics.median(plain / copy for _, copy, plain in rounds), 2),
    }
