"""What the data dictionary reads from dbt's manifest, and that the models leave nothing undescribed."""

from copy import deepcopy
from typing import Any

import pytest

from orchestration.dbt import project
from orchestration.pages.dictionary import tables
from orchestration.pages.dictionary.tables import ColumnEntry, TableEntry
from orchestration.settings import PROJECT_DIR, Settings


def node(kind: str, schema: str, name: str, **others: Any) -> dict[str, Any]:
    common = {"description": "", "meta": {}, "config": {}, "columns": {}, "path": f"{name}.sql"}
    return {"unique_id": f"{kind}.{name}", "resource_type": kind, "schema": schema, "name": name, **common, **others}


FLOW = node(
    "model",
    "marts",
    "fct_flow",
    raw_code="-- one row per month\nselect 1",
    description="Flows\nby month.",
    meta={"owner": "team:trade", "usage_warnings": ["excludes_gold"]},
    columns={
        "month": {
            "name": "month",
            "data_type": "date",
            "description": "First day\nof the month.",
            "constraints": [{"type": "not_null"}],
        },
        "flow": {"name": "flow", "data_type": "string", "description": "Flow.", "constraints": []},
        "value_hkd_mn": {
            "name": "value_hkd_mn",
            "data_type": "decimal(18,3)",
            "description": "",
            "constraints": [],
        },
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
    "child_map": {"model.fct_flow": ["model.fct_share", "test.every_month_is_known"]},
    "exposures": {
        "e": {"label": "Queries", "type": "analysis", "description": "", "depends_on": {"nodes": ["model.fct_flow"]}}
    },
    "unit_tests": {"u": {"name": "rule_01", "model": "fct_flow", "description": "What it checks."}},
}
GOLD_WARNING = "Gold is outside merchandise totals; HS-based totals elsewhere contain it."


@pytest.fixture(scope="module")
def manifest(built: Settings) -> dict[str, Any]:
    return project.manifest(built)


def test_table_entry_contains_everything_that_the_manifest_says_about_it() -> None:
    assert tables.entries(MANIFEST) == [
        TableEntry(
            label="marts.fct_flow",
            grain="one row per month",
            description="Flows by month.",
            key=["month", "flow"],
            owner="team:trade",
            warnings=[("excludes_gold", GOLD_WARNING)],
            parents=["stg_flows"],
            raw_datasets=["record__flows"],
            children=["fct_share"],
            used_by=["Queries"],
            tests=[
                "constraint: `extract(day from month) = 1`",
                "`every_month_is_known`: each `month` is a `month` of `dim_month`.",
                "`rule_01`: What it checks.",
            ],
            columns=[
                ColumnEntry("month", "DATE", "", True, "First day of the month."),
                ColumnEntry("flow", "VARCHAR", "", False, "Flow."),
                ColumnEntry("value_hkd_mn", "DECIMAL(18,3)", "HK$ million", False, ""),
            ],
        )
    ]


def test_raw_datasets_are_listed_by_name() -> None:
    assert tables.raw_datasets(MANIFEST) == [("record__flows", "All flows."), ("record__prices", "All prices.")]


def test_staging_models_are_not_in_the_dictionary() -> None:
    assert [table["name"] for table in tables.published(MANIFEST)] == ["fct_flow"]


def test_usage_warning_outside_the_vocabulary_is_an_error() -> None:
    changed = deepcopy(MANIFEST)
    changed["nodes"]["model.fct_flow"]["meta"]["usage_warnings"] = ["mind_the_gap"]
    with pytest.raises(tables.UnknownUsageWarning, match=r"marts\.fct_flow: .*'mind_the_gap'"):
        tables.entries(changed)


@pytest.mark.parametrize(
    ("column", "column_type", "unit"),
    [
        ("imports_hkd_mn", "DECIMAL(18,3)", "HK$ million"),
        ("value_usd_mn", "DECIMAL(18,6)", "US$ million"),
        ("imports_yoy_pct", "DOUBLE", "percent"),
        ("contribution_pp", "DOUBLE", "percentage points"),
        ("weight_kg", "DECIMAL(18,3)", "kilograms"),
        ("hkd_per_usd", "DECIMAL(18,6)", "HK$ per US$"),
        ("usd_per_troy_oz", "DECIMAL(18,3)", "US$ per troy ounce"),
        ("implied_usd_per_troy_oz", "DECIMAL(18,3)", "US$ per troy ounce"),
        ("hkd_per_troy_oz", "DECIMAL(18,3)", "HK$ per troy ounce"),
        ("rounding_unit_pct", "VARCHAR", ""),
        ("month", "DATE", ""),
    ],
)
def test_unit_comes_from_the_name_of_a_numeric_column(column: str, column_type: str, unit: str) -> None:
    assert tables.unit(column, column_type) == unit


def test_every_published_table_and_column_has_a_description(manifest: dict[str, Any]) -> None:
    published = tables.entries(manifest)
    assert len(published) > 20
    assert [table.label for table in published if not table.description] == []
    assert [f"{table.label}.{c.name}" for table in published for c in table.columns if not c.description] == []


def test_every_macro_and_generic_test_has_a_description(manifest: dict[str, Any]) -> None:
    macros = {macro["name"]: macro for macro in manifest["macros"].values() if macro["package_name"] == "entrepot"}
    assert len(macros) > 40
    assert [name for name, macro in macros.items() if not macro["description"].strip()] == []


def test_every_mart_has_a_contract_a_key_an_owner_and_a_grain(manifest: dict[str, Any]) -> None:
    marts = [table for table in tables.published(manifest) if table["schema"] == "marts"]
    assert [mart["name"] for mart in marts if not mart["contract"]["enforced"]] == []
    # A view has no constraints, and the key of a table built piece by piece is tested for each piece.
    unkeyed = [mart["name"] for mart in marts if not any(each["type"] == "primary_key" for each in mart["constraints"])]
    assert unkeyed == [mart["name"] for mart in marts if mart["config"]["materialized"] in ("view", "by_piece")]
    assert [mart["name"] for mart in marts if not mart["meta"].get("owner")] == []
    assert [mart["name"] for mart in marts if not tables.grain(mart).startswith("one row per ")] == []


def test_every_mart_is_in_an_exposure(manifest: dict[str, Any]) -> None:
    marts = {table["name"] for table in tables.published(manifest) if table["schema"] == "marts"}
    in_exposures = {name for exposure in manifest["exposures"].values() for name in used_models(exposure)}
    assert marts - in_exposures == set()
    assert marts == used_models(manifest["exposures"]["exposure.entrepot.analyst_queries"])


def used_models(exposure: dict[str, Any]) -> set[str]:
    return {unique_id.rpartition(".")[2] for unique_id in exposure["depends_on"]["nodes"]}


def test_claims_exposure_depends_on_the_verdicts(manifest: dict[str, Any]) -> None:
    assert "fct_claim_verdicts" in used_models(manifest["exposures"]["exposure.entrepot.press_claims"])


def test_dashboard_exposure_lists_the_datasets_of_superset(manifest: dict[str, Any]) -> None:
    datasets = (PROJECT_DIR / "bi" / "superset" / "datasets" / "warehouse").glob("*.yaml")
    marts = {table["name"] for table in tables.published(manifest) if table["schema"] == "marts"}
    shown = {path.stem for path in datasets} & marts  # the others are queries on these
    assert shown == used_models(manifest["exposures"]["exposure.entrepot.superset_dashboard"])


def test_every_usage_warning_in_the_vocabulary_is_used(manifest: dict[str, Any]) -> None:
    used = {warning for table in tables.entries(manifest) for warning, _ in table.warnings}
    assert used == tables.usage_warnings().keys()
