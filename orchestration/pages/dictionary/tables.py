"""What dbt's manifest says about each published table, in the form that the data dictionary shows.

The models' YAML is the only place where tables, columns and tests are described; nothing is described here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from orchestration.releases import lineage
from orchestration.releases.column_units import UNITS_BY_ENDING, unit_ending
from orchestration.settings import DBT_PROJECT_DIR

Node = Mapping[str, Any]
Manifest = Mapping[str, Any]

NUMERIC_TYPES = ("DECIMAL", "DOUBLE", "INTEGER", "BIGINT")


class UnknownUsageWarning(ValueError):
    """A table has a usage warning that is not in the vocabulary."""


@dataclass(frozen=True)
class ColumnEntry:
    """A column of a table: `type` as DuckDB names it, `unit` empty where the name gives none."""

    name: str
    type: str
    unit: str
    is_required: bool
    description: str


@dataclass(frozen=True)
class TableEntry:
    """A published table. `parents` and `children` are dbt nodes by name, `used_by` the labels of exposures."""

    label: str
    grain: str
    description: str
    key: list[str]
    owner: str
    warnings: list[tuple[str, str]]
    parents: list[str]
    raw_datasets: list[str]
    children: list[str]
    used_by: list[str]
    tests: list[str]
    columns: list[ColumnEntry]


@cache
def usage_warnings() -> dict[str, str]:
    """Return the usage warnings that a table may have, each with its meaning, from the dbt project's variables."""
    project: dict[str, Any] = yaml.safe_load((DBT_PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))
    return dict(project["vars"]["usage_warnings"])


def entries(manifest: Manifest) -> list[TableEntry]:
    """Return an entry for each published table, in the order of `published`. Raises UnknownUsageWarning."""
    return [_entry(manifest, table) for table in published(manifest)]


def published(manifest: Manifest) -> list[Node]:
    """Return the manifest's nodes of the tables in a release: facts, dimensions, reference data, each by path."""
    return sorted(
        lineage.published(manifest), key=lambda node: (node["schema"], node["name"].startswith("dim_"), node["path"])
    )


def raw_datasets(manifest: Manifest) -> list[tuple[str, str]]:
    """Return each raw table by name with its description."""
    return sorted((source["name"], _one_line(source["description"])) for source in manifest["sources"].values())


def _entry(manifest: Manifest, table: Node) -> TableEntry:
    return TableEntry(
        label=_label(table),
        grain=grain(table),
        description=_one_line(table["description"]),
        key=lineage.key_columns(manifest, table),
        owner=str(table["meta"].get("owner", "")),
        warnings=_warnings(table),
        parents=_names(manifest["parent_map"].get(table["unique_id"], [])),
        raw_datasets=_names(_ancestors(manifest, table) & manifest["sources"].keys()),
        children=_names(child for child in manifest["child_map"].get(table["unique_id"], []) if _is_model(child)),
        used_by=_used_by(manifest, table),
        tests=[*_check_constraints(table), *_data_tests(manifest, table), *_unit_tests(manifest, table)],
        columns=[_column(column, table) for column in table["columns"].values()],
    )


def _label(node: Node) -> str:
    return f"{node['schema']}.{node['name']}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _is_model(unique_id: str) -> bool:
    return unique_id.startswith("model.")


def _names(unique_ids: Iterable[str]) -> list[str]:
    return sorted(unique_id.rpartition(".")[2] for unique_id in unique_ids)


def grain(table: Node) -> str:
    """Return what one row is: the header comment of a model; of a seed, one line of its file."""
    if table["resource_type"] == "seed":
        return f"one row per line of `{table['original_file_path']}`"
    return str(table["raw_code"]).partition("\n")[0].removeprefix("--").strip()


def _warnings(table: Node) -> list[tuple[str, str]]:
    names = table["meta"].get("usage_warnings", [])
    for name in names:
        if name not in usage_warnings():
            raise UnknownUsageWarning(
                f"{_label(table)}: there is no usage warning {name!r}; define it in dbt_project.yml under"
                f" vars.usage_warnings, or use one of {', '.join(usage_warnings())}"
            )
    return [(name, usage_warnings()[name]) for name in names]


def _ancestors(manifest: Manifest, table: Node) -> set[str]:
    """Return the ids of all nodes upstream of a table."""
    ancestors: set[str] = set()
    queue = [table["unique_id"]]
    while queue:
        parents = set(manifest["parent_map"].get(queue.pop(), [])) - ancestors
        ancestors |= parents
        queue += parents
    return ancestors


def _used_by(manifest: Manifest, table: Node) -> list[str]:
    # Sorted: the order in dbt's manifest depends on what it had to parse again.
    exposures = manifest["exposures"].values()
    return sorted(each["label"] for each in exposures if table["unique_id"] in each["depends_on"]["nodes"])


def _column(column: Node, table: Node) -> ColumnEntry:
    declared = str(column["data_type"] or table["config"].get("column_types", {}).get(column["name"], ""))
    column_type = "VARCHAR" if declared == "string" else declared.upper()
    return ColumnEntry(
        name=column["name"],
        type=column_type,
        unit=unit(column["name"], column_type),
        is_required=any(constraint["type"] == "not_null" for constraint in column["constraints"]),
        description=_one_line(column["description"]),
    )


def unit(column: str, column_type: str) -> str:
    """Return the unit that a numeric column's name gives; empty for text, dates and counts."""
    if column_type.upper().partition("(")[0] not in NUMERIC_TYPES:
        return ""
    ending = unit_ending(column)
    return UNITS_BY_ENDING[ending].words if ending else ""


def _check_constraints(table: Node) -> Iterator[str]:
    for constraint in table.get("constraints", []):
        if constraint["type"] == "check":
            yield f"constraint: `{_one_line(constraint['expression'])}`"


def _data_tests(manifest: Manifest, table: Node) -> Iterator[str]:
    for test in lineage.tests_of(manifest, table):
        yield f"`{test['name']}`: {_one_line(test['description']) or _explanation(test['test_metadata'])}"


def _explanation(test: Node) -> str:
    """Return what a generic test without a description checks."""
    arguments = test["kwargs"]
    if test["name"] == "relationships":
        target = arguments["to"].removeprefix("ref('").removesuffix("')")
        return f"each `{arguments['column_name']}` is a `{arguments['field']}` of `{target}`."
    if test["name"] == "key":
        columns = ", ".join(f"`{column}`" for column in arguments["columns"])
        return f"no two rows have the same {columns}."
    return f"`{_one_line(str(arguments.get('expression', test['name'])))}`."


def _unit_tests(manifest: Manifest, table: Node) -> Iterator[str]:
    for test in sorted(manifest["unit_tests"].values(), key=lambda test: str(test["name"])):
        if test["model"] == table["name"]:
            yield f"`{test['name']}`: {_one_line(test['description'])}"
