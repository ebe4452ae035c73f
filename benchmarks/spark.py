"""`python -m benchmarks.spark`: the same models on DuckDB and on Spark clusters of one worker and two, as ratios.

A worker is a core. Seconds run from the question to dbt's answer, on sessions that are up: a JVM's start is apart, as
it does not grow with the data. On Spark, writing what it reads and leaves as Parquet counts. Every table is held
against DuckDB's by rows and hash.
"""

import tempfile
import time
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from benchmarks.__main__ import BIN, run
from orchestration import dbt, dbt_worker, spark_build
from orchestration.settings import Settings
from orchestration.spark.plan import plan
from orchestration.warehouse import build
from orchestration.warehouse.exchange import Exchange
from orchestration.warehouse.releases.content import count_and_hash
from tests import spark_cluster

WORKERS = (1, 2)
Content = dict[str, tuple[int, str]]


def on_duckdb(settings: Settings, models: Collection[str]) -> tuple[float, Content]:
    """Build models, by unique id, in the build file; return seconds, and rows and hash of each that is a table."""
    nodes = dbt.manifest(dbt.project(settings).manifest_path)["nodes"]
    steps = plan(nodes, models)
    with closing(dbt_worker.take(settings)) as worker:
        worker.wait_until_ready()
        began = time.perf_counter()
        list(
            worker.run(["run", "--threads", str(settings.dbt_threads), *spark_build.selection(nodes, steps.spark)], {})
        )
        seconds = time.perf_counter() - began
    tables = {spark_build.relation(nodes[key]) for key in steps.returns}
    return seconds, _content(settings, {table: table for table in tables})


def on_spark(settings: Settings, models: Collection[str]) -> tuple[float, Content]:
    """Build models, by unique id, on the settings' cluster; return seconds, and rows and hash of each table."""
    nodes = dbt.manifest(dbt.project(settings).manifest_path)["nodes"]
    steps, exchange = plan(nodes, models), Exchange(settings, "benchmark")
    with closing(dbt_worker.take(settings, "spark")) as worker:
        worker.wait_until_ready()
        began = time.perf_counter()
        spark_build.compute(worker, settings, nodes, steps, exchange)
        seconds = time.perf_counter() - began
    tables = {spark_build.relation(nodes[key]) for key in steps.returns}
    return seconds, _content(settings, {table: f"read_parquet('{exchange.written(table)}')" for table in tables})


def _content(settings: Settings, places: dict[str, str]) -> Content:
    """Return rows and hash by table; columns are DuckDB's, as text in their types of the build file."""
    with build.connect(settings, read_only=True) as connection:
        columns = {table: [row[0] for row in connection.execute(f"describe {table}").fetchall()] for table in places}
        return {table: count_and_hash(connection, place, columns[table]) for table, place in places.items()}


def marts(settings: Settings) -> set[str]:
    """Return the unique ids of the models that both engines can build."""
    nodes = dbt.manifest(dbt.project(settings).manifest_path)["nodes"]
    return set(plan(nodes, nodes).spark)


def main() -> None:
    table = Table("engine", "cores", "seconds", "against DuckDB", "equal tables")
    with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as folder:
        home = Path(folder) / "home"
        run(home, str(BIN / "entrepot"), "build", "--json")
        settings = Settings(home=home)
        models = marts(settings)
        base, expected = on_duckdb(settings, models)
        table.add_row("DuckDB", str(settings.dbt_threads), f"{base:.1f}", "1.0", "")
        for workers in WORKERS:
            with spark_cluster.running(workers) as cluster:
                conf = SecretStr(cluster.environment["ENTREPOT_SPARK_CONF"])
                seconds, content = on_spark(Settings(home=home, spark_master=cluster.master, spark_conf=conf), models)
            equal = sum(content[name] == expected[name] for name in expected)
            table.add_row(
                "Spark", str(workers), f"{seconds:.1f}", f"{seconds / base:.1f}", f"{equal} of {len(expected)}"
            )
    Console().print(table)


if __name__ == "__main__":
    main()
