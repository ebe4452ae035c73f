"""The data dictionary: what is published, table by table, written as Markdown from dbt's manifest.

The models' YAML is the only place where tables, columns and tests are described; this module only lays it out.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from orchestration.settings import DBT_PROJECT_DIR

Node = Mapping[str, Any]
Manifest = Mapping[str, Any]

PUBLISHED_SCHEMAS = ("marts", "reference")


@cache
def usage_warnings() -> dict[str, str]:
    """Return every usage warning that a table may carry, and what it means: a variable of the dbt project."""
    project: dict[str, Any] = yaml.safe_load((DBT_PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))
    return dict(project["vars"]["usage_warnings"])


HEAD = """\
# Data dictionary

Written by `entrepot dictionary` from the models' own descriptions; change those, not this page. The same words are
comments in the published file, and descriptions in `datapackage.json`.

Levels are HK$ million and percentages are in percent unless a column's name says otherwise. A missing figure is null,
never 0.
"""


class UnknownUsageWarning(ValueError):
    """A table carries a usage warning that is not in the vocabulary."""


def write(manifest: Manifest, path: Path) -> None:
    """Write the data dictionary of a manifest. Raises UnknownUsageWarning."""
    path.write_text(render(manifest), encoding="utf-8")


def render(manifest: Manifest) -> str:
    """Return the data dictionary of a manifest as Markdown. Raises UnknownUsageWarning."""
    tables = published(manifest)
    parts = [
        HEAD,
        _contents(tables),
        _usage_warnings(),
        *(_table(manifest, table) for table in tables),
        _raw_datasets(manifest),
        _exposures(manifest),
    ]
    return "\n".join(part.rstrip() + "\n" for part in parts)


def published(manifest: Manifest) -> list[Node]:
    """Return the tables that a release holds: facts, then dimensions, then reference data, each by its place."""
    nodes = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed") and node["schema"] in PUBLISHED_SCHEMAS
    ]
    return sorted(nodes, key=lambda node: (node["schema"], node["name"].startswith("dim_"), node["path"]))


def label(node: Node) -> str:
    """Return `schema.table`."""
    return f"{node['schema']}.{node['name']}"


def _link(node: Node) -> str:
    return f"[{label(node)}](#{label(node).replace('.', '')})"


def line(text: str) -> str:
    """Return a text in one line."""
    return " ".join(text.split())


def _cell(text: str) -> str:
    return line(text).replace("|", "\\|")


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _contents(tables: Iterable[Node]) -> str:
    rows = (f"| {_link(table)} | {_cell(grain(table))} |" for table in tables)
    return "\n".join(["| table | grain |", "|---|---|", *rows])


def _usage_warnings() -> str:
    rows = (f"| `{name}` | {meaning} |" for name, meaning in usage_warnings().items())
    return "\n".join(["## Usage warnings", "", "| warning | meaning |", "|---|---|", *rows])


def grain(table: Node) -> str:
    """Return what one row is: the header comment of a model; a seed has a row a line."""
    if table["resource_type"] == "seed":
        return f"one row per line of `{table['original_file_path']}`"
    return str(table["raw_code"]).partition("\n")[0].removeprefix("--").strip()


def _table(manifest: Manifest, table: Node) -> str:
    grain_sentence = f"{grain(table)[:1].upper()}{grain(table)[1:]}."
    parts = [
        f"## {label(table)}",
        f"**{grain_sentence}** {line(table['description'])}",
        "\n".join(_facts(manifest, table)),
        "\n".join(_columns(table)),
        _listed("Held by the database", (f"`{line(check)}`" for check in _checks(table))),
        _listed("Tests", tests(manifest, table)),
        _listed("Unit tests", _unit_tests(manifest, table)),
    ]
    return "\n\n".join(part for part in parts if part)


def _listed(title: str, items: Iterable[str]) -> str:
    lines = [f"- {item}" for item in items]
    return "\n".join([f"{title}:", "", *lines]) if lines else ""


def _facts(manifest: Manifest, table: Node) -> Iterator[str]:
    if columns := key(manifest, table):
        yield f"- **Key:** {_codes(columns)}"
    if owner := table["meta"].get("owner"):
        yield f"- **Owner:** {owner}"
    for warning, meaning in warnings(table):
        yield f"- **Beware:** `{warning}`. {meaning}"
    came = lineage(manifest, table)
    if came.parents:
        yield f"- **Comes from:** {_codes(came.parents)}; {_raw(manifest, came)}"
    if came.used_by:
        yield f"- **Used by:** {', '.join(came.used_by)}"


def warnings(table: Node) -> list[tuple[str, str]]:
    """Return a table's usage warnings and what they mean. Raises UnknownUsageWarning."""
    carried = table["meta"].get("usage_warnings", [])
    for warning in carried:
        if warning not in usage_warnings():
            raise UnknownUsageWarning(
                f"{label(table)}: there is no usage warning {warning!r}; say in {Path(__file__).name} what it means,"
                f" or use one of {', '.join(usage_warnings())}"
            )
    return [(warning, usage_warnings()[warning]) for warning in carried]


def key(manifest: Manifest, table: Node) -> list[str]:
    """Return the columns that single out a row; none where nothing says so."""
    for constraint in table.get("constraints", []):
        if constraint["type"] == "primary_key":
            return list(constraint["columns"])
    for test in _tests_of(manifest, table):
        if test["test_metadata"]["name"] == "key":
            return list(test["test_metadata"]["kwargs"]["columns"])
    return []


def _short(unique_id: str) -> str:
    return unique_id.rpartition(".")[2]


@dataclass(frozen=True)
class Lineage:
    """What a table is made of: the nodes that it reads, the raw datasets at any distance; and who uses it."""

    parents: list[str]
    raw: list[str]
    used_by: list[str]


def lineage(manifest: Manifest, table: Node) -> Lineage:
    """Return where a table comes from and who uses it, by name."""
    ancestors: set[str] = set()
    waiting = [table["unique_id"]]
    while waiting:
        parents = set(manifest["parent_map"].get(waiting.pop(), [])) - ancestors
        ancestors |= parents
        waiting += parents
    return Lineage(
        parents=sorted(_short(parent) for parent in manifest["parent_map"].get(table["unique_id"], [])),
        raw=sorted(_short(source) for source in ancestors & manifest["sources"].keys()),
        used_by=[exposure["label"] for exposure in _using(manifest, table)],
    )


def _raw(manifest: Manifest, came: Lineage) -> str:
    if not came.raw:
        return "no raw dataset"
    if len(came.raw) == len(manifest["sources"]):
        return "every [raw dataset](#raw-datasets)"
    return f"raw {_codes(came.raw)}"


def _using(manifest: Manifest, table: Node) -> list[Node]:
    exposures = _sorted_exposures(manifest)
    return [exposure for exposure in exposures if table["unique_id"] in exposure["depends_on"]["nodes"]]


def column_type(column: Node, table: Node) -> str:
    """Return a column's type as DuckDB names it."""
    kind = column["data_type"] or table["config"].get("column_types", {}).get(column["name"], "")
    return str({"string": "varchar"}.get(kind, kind)).upper()


def _columns(table: Node) -> Iterator[str]:
    yield from ("| column | type | null | description |", "|---|---|---|---|")
    for column in table["columns"].values():
        null = "no" if any(constraint["type"] == "not_null" for constraint in column["constraints"]) else ""
        described = _cell(column["description"])
        yield f"| `{column['name']}` | {column_type(column, table)} | {null} | {described} |"


def _checks(table: Node) -> list[str]:
    return [constraint["expression"] for constraint in table.get("constraints", []) if constraint["type"] == "check"]


def _tests_of(manifest: Manifest, table: Node) -> list[Node]:
    tests = (node for node in manifest["nodes"].values() if node["resource_type"] == "test")
    return sorted((t for t in tests if t["attached_node"] == table["unique_id"]), key=lambda test: test["name"])


def tests(manifest: Manifest, table: Node) -> Iterator[str]:
    """Yield each test of a table by name, with what it holds."""
    for test in _tests_of(manifest, table):
        yield f"`{test['name']}`: {line(test['description']) or _explained(test['test_metadata'])}"


def _explained(test: Node) -> str:
    """Return what a generic test without a description holds."""
    arguments = test["kwargs"]
    if test["name"] == "relationships":
        target = arguments["to"].removeprefix("ref('").removesuffix("')")
        return f"each `{arguments['column_name']}` is a `{arguments['field']}` of `{target}`."
    if test["name"] == "key":
        return f"a row is singled out by {_codes(arguments['columns'])}."
    return f"`{line(str(arguments.get('expression', test['name'])))}`."


def _unit_tests(manifest: Manifest, table: Node) -> Iterator[str]:
    for test in sorted(manifest.get("unit_tests", {}).values(), key=lambda test: str(test["name"])):
        if test["model"] == table["name"]:
            yield f"`{test['name']}`: {line(test['description'])}"


def _raw_datasets(manifest: Manifest) -> str:
    sources = sorted(manifest["sources"].values(), key=lambda source: str(source["name"]))
    rows = (f"| `{source['name']}` | {_cell(source['description'])} |" for source in sources)
    intro = "Private to the build file; `entrepot trace` leads back to their lines."
    return "\n".join(["## Raw datasets", "", intro, "", "| dataset | holds |", "|---|---|", *rows])


def _sorted_exposures(manifest: Manifest) -> list[Node]:
    """Return the exposures by name: dbt's own order changes with what it had to parse again."""
    return sorted(manifest["exposures"].values(), key=lambda exposure: str(exposure["label"]))


def _exposures(manifest: Manifest) -> str:
    exposures = _sorted_exposures(manifest)
    rows = (f"| {each['label']} | {each['type']} | {_cell(each['description'])} |" for each in exposures)
    return "\n".join(["## Who uses the tables", "", "| use | kind | what |", "|---|---|---|", *rows])
