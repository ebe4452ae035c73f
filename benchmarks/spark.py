"""`python -m benchmarks.spark`: the same models on DuckDB, on Spark here, and on clusters of one worker and two.

The embedded record with all models; then synthetic detail of a million rows and ten million with the detail models;
BENCHMARK_ROWS adds a larger one. A worker has one core. Seconds are from the request to dbt's result, on running
sessions: starting a JVM does not count, as it does not grow with the data. On Spark, writing its input and output as
Parquet counts, and loading the output into the build file does not. Every table is compared with DuckDB's by row count
and hash.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from benchmarks import synthetic_detail
from benchmarks.__main__ import BIN, run
from orchestration.dbt import project, worker
from orchestration.dbt.build import selection
from orchestration.dbt.spark import build as spark_build
from orchestration.dbt.spark.exchange import Exchange
from orchestration.dbt.spark.plan import Nodes, plan
from orchestration.releases.content import count_and_hash
from orchestration.settings import Settings
from orchestration.warehouse import build_file
from testing import spark_cluster

ROWS = (1_000_000, 10_000_000)
WORKERS = (0, 1, 2)
DRIVER = {"spark.driver.memory": "1g"}
Content = dict[str, tuple[int, str]]


@dataclass(frozen=True)
class Measured:
    """What an engine took for a data set, in seconds and as a multiple of DuckDB's, and the tables that are equal."""

    data: str
    engine: str
    cores: int
    seconds: float
    ratio: float
    equal: int
    tables: int


def on_duckdb(settings: Settings, models: Collection[str]) -> tuple[float, Content]:
    """Build models, by unique id, in the build file; return seconds, and rows and hash of each that is a table."""
    nodes = project.manifest(settings)["nodes"]
    steps = plan(nodes, models)
    chosen = selection(nodes, steps.spark)
    with closing(worker.take(settings)) as process:
        process.wait_until_ready()
        began = time.perf_counter()
        list(process.run(["run", "--full-refresh", "--threads", str(settings.dbt_threads), *chosen], {}))
        seconds = time.perf_counter() - began
    tables = {spark_build.relation(nodes[key]) for key in steps.returns}
    return seconds, _content(settings, {table: table for table in tables})


def on_spark(settings: Settings, models: Collection[str]) -> tuple[float, Content]:
    """Build models, by unique id, on the settings' cluster; return seconds, and rows and hash of each table."""
    nodes = project.manifest(settings)["nodes"]
    steps, exchange = plan(nodes, models), Exchange(settings, "benchmark")
    with closing(worker.take(settings, "spark")) as process:
        process.wait_until_ready()
        began = time.perf_counter()
        spark_build.compute(process, settings, nodes, steps, exchange)
        seconds = time.perf_counter() - began
    tables = {spark_build.relation(nodes[key]) for key in steps.returns}
    return seconds, _content(settings, {table: f"read_parquet('{exchange.written(table)}')" for table in tables})


def _content(settings: Settings, places: dict[str, str]) -> Content:
    """Return rows and hash by table; columns are DuckDB's, as text in their types of the build file."""
    with build_file.connect(settings, read_only=True) as connection:
        columns = {table: [row[0] for row in connection.execute(f"describe {table}").fetchall()] for table in places}
        return {table: count_and_hash(connection, place, columns[table]) for table, place in places.items()}


def marts(nodes: Nodes) -> set[str]:
    """Return the unique ids of the models that both engines can build."""
    return set(plan(nodes, nodes).spark)


def of_detail(nodes: Nodes) -> set[str]:
    """Return the unique ids of the detail models among them."""
    return {key for key in marts(nodes) if "detail" in nodes[key]["fqn"]}


def measure(data: str, home: Path, chosen: Callable[[Nodes], set[str]]) -> Iterator[Measured]:
    """Measure each engine on a home that was built; the tables of the others are compared with DuckDB's."""
    settings = Settings(home=home)
    models = chosen(project.manifest(settings)["nodes"])
    base, expected = on_duckdb(settings, models)
    yield Measured(data, "DuckDB", settings.dbt_threads, base, 1, len(expected), len(expected))
    for workers in WORKERS:
        with _there(home, workers) as there:
            seconds, content = on_spark(there, models)
        engine = f"Spark, {workers} workers" if workers else "Spark, one process"
        equal = sum(content[name] == expected[name] for name in expected)
        yield Measured(data, engine, workers or 2, seconds, seconds / base, equal, len(expected))


@contextmanager
def _there(home: Path, workers: int) -> Iterator[Settings]:
    """Yield settings for a cluster of so many workers; with none, for Spark in the process that runs dbt."""
    if not workers:
        yield Settings(home=home, spark_conf=SecretStr(json.dumps(DRIVER)))
        return
    with spark_cluster.running(workers) as cluster:
        conf = SecretStr(json.dumps({**DRIVER, **spark_cluster.EXECUTOR}))
        yield Settings(home=home, spark_master=cluster.master, spark_conf=conf)


def with_detail(home: Path, rows: int) -> int:
    """Build a home with made-up detail of about so many rows, and made-up correlation tables; return its rows."""
    entrepot = str(BIN / "entrepot")
    made = synthetic_detail.files(home.parent / f"{home.name}-files", 0, csv=False)
    held = synthetic_detail.write(made, max(1, round(rows / synthetic_detail.ROWS_A_MONTH)))
    for table in sorted(made.correlations.iterdir()):
        run(home, entrepot, "import", "unsd", table.name, str(table))
    run(home, entrepot, "lake", "import", str(made.parquet), "--source-id", "csd_trade_idds")
    run(home, entrepot, "build", "--json")
    return held


def crossing(results: Sequence[Measured]) -> str:
    """Return a sentence on where Spark first took no longer than DuckDB, or where it came nearest."""
    on_spark = [each for each in results if each.engine != "DuckDB"]
    least = min(on_spark, key=lambda each: each.ratio)
    best = next((each for each in on_spark if each.ratio <= 1), least)
    found = "Spark crosses over" if best.ratio <= 1 else "not reached here: Spark comes nearest"
    return f"{found} at {best.data}, {best.engine}, in {best.ratio:.1f} of DuckDB's time"


def main() -> None:
    sizes = sorted({*ROWS, int(os.environ.get("BENCHMARK_ROWS", ROWS[-1]))})
    columns = ("data", "engine", "cores", "seconds", "against DuckDB", "equal tables")
    table, results = Table(*columns), list[Measured]()
    with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as folder:
        record = Path(folder) / "record"
        run(record, str(BIN / "entrepot"), "build", "--json")
        results += measure("the record, all models", record, marts)
        for rows in sizes:
            home = Path(folder) / f"detail-{rows}"
            held = with_detail(home, rows)
            results += measure(f"{held:,} rows of detail", home, of_detail)
    for each in results:
        figures = (f"{each.seconds:.1f}", f"{each.ratio:.1f}", f"{each.equal} of {each.tables}")
        table.add_row(each.data, each.engine, str(each.cores), *figures)
    console = Console()
    console.print(table)
    console.print(crossing(results))


if __name__ == "__main__":
    main()
