"""The data dictionary is what the models' descriptions say now, and they leave nothing undescribed."""

from copy import deepcopy
from typing import Any

import pytest

from orchestration.dbt import project
from orchestration.pages.dictionary import markdown
from orchestration.settings import PROJECT_DIR, Settings

PAGE = PROJECT_DIR / "docs" / "data-dictionary.md"


def node(kind: str, schema: str, name: str, **others: Any) -> dict[str, Any]:
    common = {"description": "", "meta": {}, "config": {}, "columns": {}, "path": f"{name}.sql"}
    return {"unique_id": f"{kind}.{name}", "resource_type": kind, "schema": schema, "name": name, **common, **others}


FLOW = node(
    "model",
    "marts",
    "fct_flow",
    raw_code="-- one row per month\nselect 1",
    description="Flows by month.",
    meta={"owner": "team:trade", "usage_warnings": ["excludes_gold"]},
    columns={
        "month": {
            "name": "month",
            "data_type": "date",
            "description": "First day | of the month.",
            "constraints": [{"type": "not_null"}],
        },
        "flow": {"name": "flow", "data_type": "string", "description": "Flow.", "constraints": []},
    },
    constraints=[
        {"type": "primary_key", "columns": ["month", "flow"]},
        {"type": "check", "expression": "extract(day from month) = 1", "columns": []},
    ],
)
TEST = node(
    "test",
    "marts",
    "every_month_is_known",
    attached_node="model.fct_flow",
    test_metadata={
        "name": "relationships",
        "kwargs": {"column_name": "month", "to": "ref('dim_month')", "field": "month"},
    },
)
SOURCES = {
    f"source.raw.record__{name}": {"name": f"record__{name}", "description": f"All {name}."}
    for name in ("flows", "prices")
}
MANIFEST: dict[str, Any] = {
    "nodes": {each["unique_id"]: each for each in (FLOW, TEST, node("model", "staging", "stg_flows"))},
    "sources": SOURCES,
    "parent_map": {"model.fct_flow": ["model.stg_flows"], "model.stg_flows": ["source.raw.record__flows"]},
    "exposures": {
        "e": {"label": "Queries", "type": "analysis", "description": "", "depends_on": {"nodes": ["model.fct_flow"]}}
    },
    "unit_tests": {"u": {"name": "rule_01", "model": "fct_flow", "description": "What it holds."}},
}

SECTION = """\
## marts.fct_flow

**One row per month.** Flows by month.

- **Key:** `month`, `flow`
- **Owner:** team:trade
- **Beware:** `excludes_gold`. Gold is outside merchandise totals; HS-based totals elsewhere contain it.
- **Comes from:** `stg_flows`; raw `record__flows`
- **Used by:** Queries

| column | type | null | description |
|---|---|---|---|
| `month` | DATE | no | First day \\| of the month. |
| `flow` | VARCHAR |  | Flow. |

Held by the database:

- `extract(day from month) = 1`

Tests:

- `every_month_is_known`: each `month` is a `month` of `dim_month`.

Unit tests:

- `rule_01`: What it holds.
"""


@pytest.fixture(scope="module")
def manifest(built: Settings) -> dict[str, Any]:
    return project.manifest(built)


def test_a_table_is_laid_out_with_all_that_its_users_need() -> None:
    assert SECTION in markdown.render(MANIFEST)


def test_only_what_a_release_holds_is_in_the_dictionary() -> None:
    assert [table["name"] for table in markdown.published(MANIFEST)] == ["fct_flow"]
    assert "staging.stg_flows" not in markdown.render(MANIFEST)


def test_a_usage_warning_outside_the_vocabulary_is_refused_by_table() -> None:
    changed = deepcopy(MANIFEST)
    changed["nodes"]["model.fct_flow"]["meta"]["usage_warnings"] = ["mind_the_gap"]
    with pytest.raises(markdown.UnknownUsageWarning, match=r"marts\.fct_flow: .*'mind_the_gap'"):
        markdown.render(changed)


def test_the_committed_dictionary_is_what_the_models_say_now(manifest: dict[str, Any]) -> None:
    assert PAGE.read_text() == markdown.render(manifest), "run `make docs`, review the page and commit it"


def test_every_published_table_and_column_is_described(manifest: dict[str, Any]) -> None:
    tables = markdown.published(manifest)
    assert len(tables) > 20
    assert [table["name"] for table in tables if not table["description"].strip()] == []
    assert [
        f"{t['name']}.{c}" for t in tables for c in t["columns"] if not t["columns"][c]["description"].strip()
    ] == []


def test_every_mart_has_a_contract_a_key_an_owner_and_a_grain(manifest: dict[str, Any]) -> None:
    marts = [table for table in markdown.published(manifest) if table["schema"] == "marts"]
    assert [mart["name"] for mart in marts if not mart["contract"]["enforced"]] == []
    # A view has no constraints, and a table that is made piece by piece is checked piece by piece.
    unkeyed = [mart["name"] for mart in marts if not any(each["type"] == "primary_key" for each in mart["constraints"])]
    assert unkeyed == [mart["name"] for mart in marts if mart["config"]["materialized"] in ("view", "by_piece")]
    assert [mart["name"] for mart in marts if not mart["meta"].get("owner")] == []
    assert [mart["name"] for mart in marts if not markdown.grain(mart).startswith("one row per ")] == []


def test_every_usage_warning_in_the_vocabulary_is_used(manifest: dict[str, Any]) -> None:
    used = {warning for table in markdown.published(manifest) for warning in table["meta"].get("usage_warnings", [])}
    assert used == markdown.usage_warnings().keys()
