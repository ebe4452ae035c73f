"""What each table of the build file and each test of dbt reads, and which tables are published, by the manifest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from orchestration.releases.errors import Unpublishable
from orchestration.warehouse.contents import PUBLISHED_SCHEMAS

Manifest = Mapping[str, Any]
# The tag of views that name files of the lake: they change with the lake, and not only with the project.
NAMES_FILES = "names_files"


class Kind(Enum):
    """How a table gets new data: from outside, by being built, or at once with what it reads."""

    RAW = "raw"
    DATA = "data"
    VIEW = "view"


@dataclass(frozen=True)
class Node:
    """A raw table, a model, a seed or a test; `reads` are the names of others."""

    label: str
    kind: Kind
    reads: tuple[str, ...]


@dataclass(frozen=True)
class Lineage:
    """Nodes by their names in the log of the build file: dbt's unique ids."""

    tables: Mapping[str, Node]
    tests: Mapping[str, Node]


def lineage(manifest: Manifest) -> Lineage:
    """Return the lineage of a dbt project."""
    nodes = manifest["nodes"].items()
    raw = {name: Node(_label(source), Kind.RAW, ()) for name, source in manifest["sources"].items()}
    built = {name: Node(_label(node), _kind(node), _reads(node)) for name, node in nodes if _is_built(node)}
    tests = {
        name: Node(str(node["name"]), Kind.VIEW, _reads(node))
        for name, node in nodes
        if node["resource_type"] == "test"
    }
    return Lineage({**raw, **built}, tests)


def published(manifest: Manifest) -> list[Mapping[str, Any]]:
    """Return the manifest's nodes of the tables in a release."""
    return [node for node in manifest["nodes"].values() if _is_built(node) and node["schema"] in PUBLISHED_SCHEMAS]


def require_complete(manifest: Manifest) -> None:
    """Raise Unpublishable, naming what is missing, unless every published table has a description, an owner and a key.

    Of reference data, a key is not required.
    """
    if faults := list(_incomplete(manifest)):
        remedy = "Add it to the model's YAML and build again; the last release stays current."
        raise Unpublishable("a table is not described", "; ".join(faults), remedy)


def _incomplete(manifest: Manifest) -> Iterator[str]:
    for node in published(manifest):
        is_keyed = node["resource_type"] == "seed" or key_columns(manifest, node)
        missing = [
            *([] if str(node["description"]).strip() else ["description"]),
            *([] if str(node["meta"].get("owner") or "").strip() else ["owner"]),
            *([] if is_keyed else ["key"]),
        ]
        if missing:
            yield f"{_label(node)} has no {' and no '.join(missing)}"


def key_columns(manifest: Manifest, node: Mapping[str, Any]) -> list[str]:
    """Return the key columns: the primary key or, for a table without one, those of its `key` test or `meta.key`.

    `meta.key` is for what is too large to test at every build, and whose key is tested where its rows are written.
    """
    for constraint in node.get("constraints", []):
        if constraint["type"] == "primary_key":
            return list(constraint["columns"])
    of_columns = [
        str(column["name"])
        for column in node["columns"].values()
        if any(each["type"] == "primary_key" for each in column.get("constraints", []))
    ]
    if of_columns:
        return of_columns
    for test in tests_of(manifest, node):
        is_key = (test.get("test_metadata") or {}).get("name") == "key"
        if is_key and str(test["config"]["severity"]).lower() == "error":  # one that only warns stops nothing
            return list(test["test_metadata"]["kwargs"]["columns"])
    return list(node["meta"].get("key", []))


def tests_of(manifest: Manifest, node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the manifest's nodes of the tests of a table, by name."""
    tests = (each for each in manifest["nodes"].values() if each["resource_type"] == "test")
    attached = (each for each in tests if each.get("attached_node") == node["unique_id"])
    return sorted(attached, key=lambda test: str(test["name"]))


def _is_built(node: Mapping[str, Any]) -> bool:
    return node["resource_type"] in ("model", "seed")


def _label(node: Mapping[str, Any]) -> str:
    return f"{node['schema']}.{node['name']}"


def _reads(node: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(node["depends_on"].get("nodes", ()))


def _kind(node: Mapping[str, Any]) -> Kind:
    is_view = node["config"]["materialized"] == "view" and NAMES_FILES not in node["tags"]
    return Kind.VIEW if is_view else Kind.DATA
