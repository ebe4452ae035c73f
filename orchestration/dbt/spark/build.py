"""A build whose models Spark computes, with the same Dagster events as a build by DuckDB.

DuckDB builds seeds and staging. Spark reads them as Parquet and builds intermediate models and marts from the same
model files. Their rows come back into the build file under the same contracts, where dbt's tests check them. So checks,
releases and their readers do not depend on the engine.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, nullcontext
from typing import Any

import dagster as dg

from orchestration.dbt import project, worker
from orchestration.dbt.build import DbtEvent, Nodes, run, selected_nodes, selection
from orchestration.dbt.spark import session
from orchestration.dbt.spark.exchange import Exchange
from orchestration.dbt.spark.plan import Plan, plan
from orchestration.settings import Settings


def build(context: dg.AssetExecutionContext, settings: Settings) -> Iterator[DbtEvent]:
    """Build the selected assets and checks, and yield Dagster's events as dbt's nodes end.

    Raises dagster.Failure that names the nodes that failed, or what is missing to run Spark; the last release stays.
    """
    try:
        session.require(settings)
    except session.SparkUnavailable as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    nodes = project.manifest(settings)["nodes"]
    steps = plan(nodes, selected_nodes(context, nodes))
    exchange = Exchange(settings, context.run_id)
    # Its JVM starts while DuckDB builds what Spark will read.
    with closing(worker.take(settings, "spark")) if steps.returns else nullcontext() as process:
        if steps.before:
            yield from run(context, settings, selection(nodes, steps.before))
        if steps.after:
            worker.start(settings)
        seconds = compute(process, settings, nodes, steps, exchange) if process else {}
    if steps.after:
        files = {key: exchange.written(relation(nodes[key])) for key in steps.returns}
        variables = ("--vars", json.dumps({"built_elsewhere": files}))
        chosen = (*selection(nodes, steps.after), *variables)
        # Spark computes all months of a model, so what the build file has of it is replaced.
        after = run(context, settings, chosen, ("--full-refresh",))
        yield from (_with_engine(event, seconds) for event in after)
    exchange.remove()


def compute(
    process: worker.DbtWorker, settings: Settings, nodes: Nodes, steps: Plan, exchange: Exchange
) -> dict[str, float]:
    """Build Spark's models, from files to files; return the seconds that each took, by unique id.

    Raises dagster.Failure that names the models that failed.
    """
    folders = exchange.write({relation(nodes[key]) for key in steps.reads})
    schemas = exchange.schemas({nodes[key]["schema"] for key in steps.reads | steps.spark})
    args = ["run", "--no-write-json", "--threads", str(settings.dbt_threads), *selection(nodes, steps.spark)]
    try:
        ended = list(process.run(args, {}, {"folders": folders, "schemas": schemas}))
    except worker.DbtFailure as failure:
        raise dg.Failure(f"on Spark at {settings.spark_master}: {failure}", allow_retries=False) from failure
    return {each["data"]["node_info"]["unique_id"]: each["data"]["execution_time"] for each in ended}


def relation(node: Mapping[str, Any]) -> str:
    """Return `schema.table` of a node, its name on both engines."""
    return f"{node['schema']}.{node['name']}"


def _with_engine(event: DbtEvent, seconds: Mapping[str, float]) -> DbtEvent:
    """Add to an asset's metadata that Spark built it, and how long that took."""
    if not isinstance(event, dg.Output) or (key := event.metadata["unique_id"].value) not in seconds:
        return event
    return event.with_metadata({**event.metadata, "engine": "spark", "spark_seconds": seconds[str(key)]})
