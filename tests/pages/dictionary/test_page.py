"""The dictionary page shows what the models say, escaped, and `entrepot dictionary` writes it or says where it is."""

import json
from copy import deepcopy
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from orchestration import releases
from orchestration.dbt import project
from orchestration.pages.dictionary import page, tables
from orchestration.settings import Settings
from testing.commands import call_entrepot, run_entrepot
from tests.pages.dictionary.test_tables import MANIFEST


@pytest.fixture(scope="module")
def manifest(built: Settings) -> dict[str, Any]:
    return project.manifest(built)


def test_every_table_column_warning_and_raw_dataset_is_on_the_page(manifest: dict[str, Any]) -> None:
    written = unescape(page.render(manifest).replace("<code>", "").replace("</code>", "`"))
    for table in tables.entries(manifest):
        assert f'<h2 id="{table.label}-title">{table.label}</h2>' in written
        assert all(f">{column.name}`" in written for column in table.columns)
    assert all(meaning.partition("`")[0] in written for meaning in tables.usage_warnings().values())
    assert all(source["name"] in written for source in manifest["sources"].values())


def test_markup_in_descriptions_is_escaped() -> None:
    hostile = deepcopy(MANIFEST)
    hostile["nodes"]["model.fct_flow"]["columns"]["month"]["description"] = "<script>alert(1)</script> `<b>`"
    written = page.render(hostile)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <code>&lt;b&gt;</code>" in written
    assert "<script>alert" not in written


def test_command_writes_the_same_page_as_the_release_contains(built_home: Path, tmp_path: Path) -> None:
    written = call_entrepot(built_home, "dictionary", "--html", str(tmp_path / "dictionary.html"))
    assert written.returncode == 0, written.stderr
    assert (tmp_path / "dictionary.html").read_bytes() == (built_home / "current" / page.FILE).read_bytes()
    package = json.loads((built_home / "current" / "datapackage.json").read_text())
    assert [item["name"] for item in package["resources"]][-2:] == ["report", "data-dictionary"]


def test_command_without_a_file_prints_where_the_page_of_the_release_is(built_home: Path) -> None:
    release = releases.current_release(built_home / "current")
    shown = run_entrepot(built_home, "dictionary")
    assert shown.returncode == 0, shown.stderr
    assert "".join(shown.stdout.split()).endswith(f"{release.id}:{release.path / page.FILE}")


def test_command_without_a_file_or_a_release_says_what_to_do(tmp_path: Path) -> None:
    refused = call_entrepot(tmp_path, "dictionary")
    assert refused.returncode == 1
    assert "entrepot build" in refused.stderr
