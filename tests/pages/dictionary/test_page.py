"""The searchable dictionary shows all that the models say, and nothing that they don't."""

import json
from copy import deepcopy
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from orchestration.dbt import project
from orchestration.pages.dictionary import markdown, page
from orchestration.settings import Settings
from tests.conftest import run_entrepot
from tests.pages.dictionary.test_markdown import MANIFEST


@pytest.fixture(scope="module")
def manifest(built: Settings) -> dict[str, Any]:
    return project.manifest(built)


def test_every_table_column_unit_warning_and_source_is_on_the_page(manifest: dict[str, Any]) -> None:
    written = unescape(page.render(manifest).replace("<code>", "").replace("</code>", "`"))
    for table in markdown.published(manifest):
        assert f'<h2 id="{markdown.label(table)}-title">{markdown.label(table)}</h2>' in written
        assert all(f">{name}`" in written for name in table["columns"])
    assert all(meaning.partition("`")[0] in written for meaning in markdown.usage_warnings().values())
    assert all(source["name"] in written for source in manifest["sources"].values())


@pytest.mark.parametrize(
    ("column", "kind", "unit"),
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
def test_a_unit_is_what_the_name_of_a_number_says(column: str, kind: str, unit: str) -> None:
    assert page.unit(column, kind) == unit


def test_hostile_descriptions_stay_text() -> None:
    hostile = deepcopy(MANIFEST)
    hostile["nodes"]["model.fct_flow"]["columns"]["month"]["description"] = "<script>alert(1)</script> `<b>`"
    written = page.render(hostile)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <code>&lt;b&gt;</code>" in written
    assert "<script>alert" not in written


def test_the_command_writes_one_page_which_is_the_one_in_the_release(built_home: Path, tmp_path: Path) -> None:
    written = run_entrepot(built_home, "dictionary", "--html", str(tmp_path / "dictionary.html"))
    assert written.returncode == 0, written.stderr
    assert (tmp_path / "dictionary.html").read_bytes() == (built_home / "current" / page.FILE).read_bytes()
    package = json.loads((built_home / "current" / "datapackage.json").read_text())
    assert [item["name"] for item in package["resources"]][-2:] == ["report", "data-dictionary"]
