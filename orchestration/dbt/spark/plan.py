"""Which nodes of the dbt project DuckDB builds before Spark, which Spark builds, and which come back after it.

Seeds and staging hold what only DuckDB can read; a model in Python, and what reads it, is judged in this process from
what Spark built. Pure functions over dbt's manifest.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

Nodes = Mapping[str, Mapping[str, Any]]
ON_SPARK = frozenset({"intermediate", "marts"})


@dataclass(frozen=True)
class Plan:
    """Unique ids of nodes by step, and the relations that Spark reads.

    `before` and `after` are DuckDB's: seeds, staging and their tests, then every other node that was asked for.
    `spark` is what Spark builds: the tables asked for, and the views that they read. `returns` are those tables, whose
    rows come back into the build file.
    """

    before: frozenset[str]
    reads: frozenset[str]
    spark: frozenset[str]
    returns: frozenset[str]
    after: frozenset[str]


def plan(nodes: Nodes, selected: Collection[str]) -> Plan:
    """Return what is built where, of the nodes selected."""
    wanted = frozenset(selected)
    python_made = _with_descendants(nodes, {key for key, node in nodes.items() if node.get("language") == "python"})
    models = {
        key
        for key, node in nodes.items()
        if node["resource_type"] == "model" and node["schema"] in ON_SPARK and key not in python_made
    }
    returns = frozenset(key for key in models & wanted if _is_stored(nodes[key]))
    spark, reads = _reached(nodes, models, returns)
    before = frozenset(key for key in wanted if _is_of_first_step(nodes, key))
    return Plan(before, reads, spark, returns, wanted - before)


def _is_stored(node: Mapping[str, Any]) -> bool:
    return bool(node["config"]["materialized"] != "view")


def _reached(nodes: Nodes, models: set[str], returns: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return what Spark builds to make the tables, and what it reads: a view is built again, a table is read."""
    spark, reads, waiting = set(returns), set[str](), list(returns)
    while waiting:
        for parent in _parents(nodes, waiting.pop()):
            if parent in spark or parent in reads:
                continue
            if parent in models and not _is_stored(nodes[parent]):
                spark.add(parent)
                waiting.append(parent)
            else:
                reads.add(parent)
    return frozenset(spark), frozenset(reads)


def _is_of_first_step(nodes: Nodes, key: str) -> bool:
    """Say whether a node is a seed, of staging, or a test of such nodes and of sources alone."""
    node = nodes[key]
    if node["resource_type"] == "test":
        return all(_is_of_first_step(nodes, parent) for parent in _parents(nodes, key))
    return node["resource_type"] == "seed" or node["schema"] not in ON_SPARK


def _parents(nodes: Nodes, key: str) -> list[str]:
    return [parent for parent in nodes[key]["depends_on"].get("nodes", []) if parent in nodes]


def _with_descendants(nodes: Nodes, keys: set[str]) -> set[str]:
    found, size = set(keys), 0
    while len(found) > size:
        size = len(found)
        found |= {key for key in nodes if set(_parents(nodes, key)) & found}
    return found
