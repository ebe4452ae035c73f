"""Which models are built on which engine: pure functions of a manifest, so no Spark is needed."""

from typing import Any

from orchestration.dbt import build, project
from orchestration.dbt.spark.plan import plan
from orchestration.settings import Settings


def node(kind: str, schema: str, *parents: str, materialized: str = "table", language: str = "sql") -> dict[str, Any]:
    return {
        "resource_type": kind,
        "schema": schema,
        "language": language,
        "config": {"materialized": materialized},
        "depends_on": {"nodes": list(parents)},
    }


NODES = {
    "partners": node("seed", "reference"),
    "stg_trade": node("model", "staging", "source.trade", materialized="view"),
    "int_trade": node("model", "intermediate", "stg_trade", "partners", materialized="view"),
    "int_table": node("model", "intermediate", "int_trade"),
    "fct_trade": node("model", "marts", "int_table", "int_trade"),
    "int_verdicts": node("model", "intermediate", "fct_trade", language="python"),
    "fct_verdicts": node("model", "marts", "int_verdicts"),
    "test_source": node("test", "audit", "source.trade"),
    "test_staging": node("test", "audit", "stg_trade"),
    "test_both": node("test", "audit", "fct_trade", "partners"),
}


def test_staging_is_built_before_spark_and_the_rest_after_it() -> None:
    steps = plan(NODES, NODES)
    assert steps.before == {"partners", "stg_trade", "test_source", "test_staging"}
    assert steps.after == NODES.keys() - steps.before
    assert steps.reads == {"partners", "stg_trade"}


def test_spark_builds_every_sql_model_that_does_not_depend_on_a_python_model() -> None:
    steps = plan(NODES, NODES)
    assert steps.spark == {"int_trade", "int_table", "fct_trade"}
    assert steps.returns == {"int_table", "fct_trade"}


def test_selected_mart_reads_existing_tables_and_rebuilds_views() -> None:
    steps = plan(NODES, {"fct_trade"})
    assert steps.spark == {"fct_trade", "int_trade"}
    assert steps.reads == {"int_table", "stg_trade", "partners"}
    assert steps.before == frozenset()
    assert steps.returns == steps.after == {"fct_trade"}


def test_spark_builds_nothing_for_staging() -> None:
    steps = plan(NODES, {"stg_trade", "test_staging"})
    assert (steps.spark, steps.reads, steps.after) == (frozenset(), frozenset(), frozenset())


def test_rows_of_the_lake_are_read_from_its_files(built: Settings) -> None:
    nodes = project.manifest(built)["nodes"]
    names_files = {key for key, node in nodes.items() if build.NAMES_FILES in node.get("tags", [])}
    assert names_files
    for asked in ({key} for key in nodes):
        assert not names_files & plan(nodes, asked).reads
    assert not names_files & plan(nodes, nodes).reads
