"""Imports run one way: entry points -> assets, checks -> dbt, warehouse, claims -> archive, sources -> settings."""

import ast
from pathlib import Path

import pytest

from orchestration.settings import PROJECT_DIR

PACKAGE = PROJECT_DIR / "orchestration"

# Each room, from the top of the house to the bottom: a room may import those of lower numbers only, and itself.
LEVELS = {
    "storage": -1,
    "settings": 0,
    "periods": 0,
    "archive": 1,
    "sources": 1,
    "spark": 1,
    "warehouse": 2,
    "claims": 1,
    "pages": 1,
    "dbt_worker": 2,
    "ingest": 2,
    "by_hand": 3,
    "publishers": 3,
    "dbt": 3,
    "spark_build": 4,
    "instance": 2,
    "event_log": 2,
    "trace": 3,
    "sql": 3,
    "report": 3,
    "dictionary": 3,
    "served": 3,
    "mirrored": 3,
    "resources": 3,
    "lake": 2,
    "lake_loading": 3,
    "lake_events": 4,
    "loading": 4,
    "coordinator": 0,
    "progress": 3,
    "checks": 4,
    "reports": 4,
    "superset": 4,
    "dictionary_page": 4,
    "assets": 5,
    "automation": 5,
    "definitions": 6,
    "standby": 7,
    "launcher": 8,
    "main_job": 8,
    "console": 1,
    "garbage": 0,
    "claims_command": 8,
    "lake_command": 8,
    "cli": 9,
}
WITHOUT_DAGSTER = (
    *("settings", "storage", "archive", "sources", "warehouse", "claims", "periods", "lake", "by_hand"),
    *("trace", "pages", "report", "served", "mirrored", "spark"),
)
WITHOUT_DUCKDB = ("settings", "storage", "archive", "sources", "spark")


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Return the dotted names that a module imports, inside functions too, but not for type checking only."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = node.module == "orchestration"
            names |= {f"orchestration.{alias.name}" for alias in node.names} if whole else {node.module}
    return names


MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_rooms_below_its_own(path: Path) -> None:
    own = room(path)
    assert own in LEVELS, f"{own} has no place in the house; give it a level"
    others = {name.split(".")[1] for name in imported(path) if name.startswith("orchestration.")} - {own}
    assert {other for other in others if LEVELS[other] >= LEVELS[own]} == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_what_thinks_knows_neither_dagster_nor_duckdb(path: Path) -> None:
    roots = {name.split(".")[0] for name in imported(path)}
    if room(path) in WITHOUT_DAGSTER:
        assert not roots & {"dagster", "dagster_dbt", "dbt"}
    if room(path) in WITHOUT_DUCKDB:
        assert "duckdb" not in roots
