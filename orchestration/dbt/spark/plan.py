"""Which nodes of the dbt project DuckDB builds before Spark, which Spark builds, and which come back after it.

Only DuckDB can read what seeds and staging read. A Python model, and what reads it, runs in DuckDB after Spark. Pure
functions over dbt's manifest.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

Nodes = Mapping[str, Mapping[str, Any]]
ON_SPARK = frozenset({"intermediate", "marts"})


@dataclass(frozen=True)
class Plan:
    """Unique ids of nodes by step, and the relations that Spark reads.

    Attributes:
        before: What DuckDB builds first: selected seeds, staging models and their tests.
        reads: The relations that Spark reads.
        spark: What Spark builds: the selected tables, and the views that they read.
        returns: Those tables, whose rows come back into the build file.
        after: What DuckDB builds last: every other selected node.
    """

    before: frozenset[str]
    reads: frozenset[str]
    spark: frozenset[str]
    returns: frozenset[str]
    after: frozenset[str]


def plan(nodes: Nodes, selected: Collection[str]) -> Plan:
    """Return where each selected node is built."""
    wanted = frozenset(selected)
    python_made = _with_descendants(nodes, {key for key, node in nodes.items() if node.get("language") == "python"})
    models = {
        key
        for key, node in nodes.items()
        if node["resource_type"] == "model" and node["schema"] in ON_SPARK and key not in python_made
    }
    returns = frozenset(key for key in models & wanted if _is_stored(nodes[key]))
    spark, reads = _spark_nodes(nodes, models, returns)
    before = frozenset(key for key in wanted if _is_of_first_step(nodes, key))
    return Plan(before, reads, spark, returns, wanted - before)


def _is_stored(node: Mapping[str, Any]) -> bool:
    return bool(node["config"]["materialized"] != "view")


def _spark_nodes(nodes: Nodes, models: set[str], returns: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
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
    """Return True if a node is a seed, a staging model, or a test of only such nodes and sources."""
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
