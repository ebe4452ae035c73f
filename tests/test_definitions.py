"""What Dagster is told: every asset, check and job, against the list on record in definitions.txt.

`UPDATE_DEFINITIONS=1 pytest tests/test_definitions.py` puts the present list on record; review and commit the change.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

from orchestration.settings import PROJECT_DIR, get_settings
from orchestration.warehouse import build, releases

RECORD = Path(__file__).with_name("definitions.txt")


@pytest.fixture
def defs(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.Definitions]:
    """The definitions, working in a copy of the built home."""
    monkeypatch.setenv("ENTREPOT_HOME", str(home))
    get_settings.cache_clear()
    from orchestration.definitions import defs

    yield defs
    get_settings.cache_clear()


@pytest.fixture
def graph(defs: dg.Definitions) -> AssetGraph:
    return defs.resolve_asset_graph()


def listed(defs: dg.Definitions) -> list[str]:
    """Return a line for each asset (group, kinds, owners), each check (whether it blocks), and each job."""
    graph = defs.resolve_asset_graph()
    assets = [graph.get(key) for key in sorted(graph.materializable_asset_keys)]
    checks = [graph.get(key) for key in sorted(graph.asset_check_keys)]
    jobs = [job for job in defs.resolve_all_job_defs() if not job.name.startswith("__")]
    return [
        *(
            f"asset {node.key.to_user_string()} in {node.group_name}: {' '.join(sorted(node.kinds))};"
            f" {' '.join(sorted(node.owners))}"
            for node in assets
        ),
        *(
            f"check {node.key.name} of {node.key.asset_key.to_user_string()}{': blocks' if node.blocking else ''}"
            for node in checks
        ),
        *(
            f"job {job.name}: {len(job.asset_layer.selected_asset_keys)} assets,"
            f" {len(job.asset_layer.asset_graph.asset_check_keys)} checks"
            for job in jobs
        ),
    ]


def test_every_asset_check_and_job_is_as_on_record(defs: dg.Definitions) -> None:
    lines = listed(defs)
    if "UPDATE_DEFINITIONS" in os.environ:
        RECORD.write_text("\n".join(lines) + "\n")
    assert lines == RECORD.read_text().splitlines(), f"{Path(__file__).name} says how to update the record"


def test_every_asset_says_what_it_is_whose_it_is_and_where_its_code_is(graph: AssetGraph) -> None:
    for key in graph.materializable_asset_keys:
        node = graph.get(key)
        assert node.description, key
        assert [owner.partition(":")[0] for owner in node.owners] == ["team"], key
        assert node.tags["layer"] == node.group_name, key
        places = node.metadata["dagster/code_references"].value.code_references
        assert all(Path(place.file_path).is_relative_to(PROJECT_DIR) for place in places), key
        assert any(Path(place.file_path).is_file() for place in places), key


def test_the_release_depends_on_all_that_it_publishes(graph: AssetGraph) -> None:
    published = {key for key in graph.materializable_asset_keys if key.path[0] in ("marts", "reference")}
    assert graph.get(dg.AssetKey("release")).parent_keys == published


def test_a_failing_blocking_check_keeps_the_release_from_running(defs: dg.Definitions, home: Path) -> None:
    before = releases.current_release(home / "current").id
    with build.connect(get_settings()) as connection:
        connection.execute("update marts.fct_hkd_peg_monthly set hkd_per_usd = 9 where month = date '2026-03-01'")
    peg = dg.AssetCheckKey(dg.AssetKey(["marts", "fct_hkd_peg_monthly"]), "peg_within_band")
    job = dg.define_asset_job("gate", dg.AssetSelection.checks(peg) | dg.AssetSelection.assets("release"))
    gated = dg.Definitions.merge(defs, dg.Definitions(jobs=[job])).resolve_job_def("gate")
    result = gated.execute_in_process(raise_on_error=False)
    [evaluation] = result.get_asset_check_evaluations()
    assert (evaluation.check_name, evaluation.passed) == ("peg_within_band", False)
    assert not result.success
    assert "release" not in {event.step_key for event in result.all_events if event.is_step_start}
    assert releases.current_release(home / "current").id == before
