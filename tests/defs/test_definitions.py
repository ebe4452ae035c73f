"""Dagster's definitions: every asset, check, job, schedule and sensor, compared with the list in definitions.txt.

`UPDATE_DEFINITIONS=1 pytest tests/defs/test_definitions.py` rewrites the list; review and commit the change.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph
from dagster._core.definitions.automation_tick_evaluation_context import build_run_requests
from dagster._core.definitions.data_version import DATA_VERSION_TAG

from orchestration import releases
from orchestration.defs.automation import publication_calendar
from orchestration.runtime import instance as instances
from orchestration.settings import PROJECT_DIR, get_settings
from orchestration.sources.registry import SOURCES
from orchestration.warehouse import build_file
from testing.commands import run_entrepot
from testing.homes import revise

DEFINITIONS_FILE = Path(__file__).with_name("definitions.txt")


@pytest.fixture
def defs(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.Definitions]:
    """The definitions, with a copy of the built home."""
    monkeypatch.setenv("ENTREPOT_HOME", str(home))
    get_settings.cache_clear()
    from orchestration import definitions

    yield definitions.build(get_settings())
    get_settings.cache_clear()


@pytest.fixture
def graph(defs: dg.Definitions) -> AssetGraph:
    return defs.resolve_asset_graph()


def describe(defs: dg.Definitions) -> list[str]:
    """Return a line for each asset (group, kinds, owners), check (whether it blocks), job, schedule and sensor."""
    graph = defs.resolve_asset_graph()
    assets = [graph.get(key) for key in sorted(graph.materializable_asset_keys)]
    checks = [graph.get(key) for key in sorted(graph.asset_check_keys)]
    jobs = [job for job in defs.resolve_all_job_defs() if not job.name.startswith("__")]
    repository = defs.get_repository_def()
    schedules = sorted(repository.schedule_defs, key=lambda schedule: schedule.name)
    sensors = sorted(repository.sensor_defs, key=lambda sensor: sensor.name)
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
        *(
            f"schedule {each.name}: {each.job_name} at {each.cron_schedule} in {each.execution_timezone};"
            f" {each.default_status.value.lower()}"
            for each in schedules
        ),
        *(f"sensor {each.name}: {each.default_status.value.lower()}" for each in sensors),
    ]


def test_definitions_are_those_of_the_list(defs: dg.Definitions) -> None:
    lines = describe(defs)
    if "UPDATE_DEFINITIONS" in os.environ:
        DEFINITIONS_FILE.write_text("\n".join(lines) + "\n")
    assert lines == DEFINITIONS_FILE.read_text().splitlines(), f"{Path(__file__).name} says how to update the list"


def test_every_asset_has_a_description_an_owner_and_a_link_to_its_code(graph: AssetGraph) -> None:
    for key in graph.materializable_asset_keys:
        node = graph.get(key)
        assert node.description, key
        assert [owner.partition(":")[0] for owner in node.owners] == ["team"], key
        assert node.tags["layer"] == node.group_name, key
        places = node.metadata["dagster/code_references"].value.code_references
        assert all(Path(place.file_path).is_relative_to(PROJECT_DIR) for place in places), key
        assert any(Path(place.file_path).is_file() for place in places), key


def test_release_depends_on_every_table_it_publishes(graph: AssetGraph) -> None:
    published = {key for key in graph.materializable_asset_keys if key.path[0] in ("marts", "reference")}
    assert graph.get(dg.AssetKey("release")).parent_keys == published


def test_report_depends_on_the_release_and_is_made_in_its_step(defs: dg.Definitions, graph: AssetGraph) -> None:
    release, report = dg.AssetKey("release"), dg.AssetKey("report")
    assert graph.get(report).parent_keys == {release}
    assert graph.get(release).execution_set_entity_keys == {release, report}


def test_each_schedule_fetches_only_the_publishers_of_its_figures(defs: dg.Definitions) -> None:
    for figures in publication_calendar.ALL:
        fetched = {
            name
            for name, source in SOURCES.items()
            if {dg.AssetKey(["raw", table.name]) for table in source.tables}
            & defs.resolve_job_def(figures.job).asset_layer.selected_asset_keys
        }
        assert fetched == set(figures.datasets), figures.name


def test_no_asset_has_partitions_so_one_click_materializes_all(graph: AssetGraph) -> None:
    assert {graph.get(key).partitions_def for key in graph.materializable_asset_keys} == {None}


def test_new_data_of_a_publisher_requests_one_run_of_everything_downstream(
    defs: dg.Definitions, graph: AssetGraph
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        for key in graph.materializable_asset_keys:
            instance.report_runless_asset_event(dg.AssetMaterialization(key, tags={DATA_VERSION_TAG: "1"}))
        before = dg.evaluate_automation_conditions(defs, instance)
        prices = dg.AssetKey(["raw", "world_bank__commodity_prices"])
        instance.report_runless_asset_event(dg.AssetMaterialization(prices, tags={DATA_VERSION_TAG: "2"}))
        after = dg.evaluate_automation_conditions(defs, instance, cursor=before.cursor)
    subsets = [result.true_subset for result in after.results if not result.true_subset.is_empty]
    downstream = dg.AssetSelection.assets(prices).downstream(include_self=False).resolve(graph)
    assert before.total_requested == 0
    assert {subset.key for subset in subsets} == downstream
    assert dg.AssetKey("release") in downstream
    [request] = build_run_requests(subsets, graph, run_tags={}, emit_backfills=True)
    assert set(request.asset_selection or []) == downstream


@pytest.mark.slow
def test_main_job_requests_no_other_run_when_its_raw_tables_change(
    defs: dg.Definitions, home: Path, figures: Path
) -> None:
    revise(figures)
    with instances.get(get_settings()) as instance:
        before = dg.evaluate_automation_conditions(defs, instance)
        assert run_entrepot(home, "build", ENTREPOT_FIGURES_DIR=str(figures)).returncode == 0
        press = instance.get_latest_data_version_record(dg.AssetKey(["raw", "record__trade_totals_press"]))
        assert press is not None
        assert press.event_log_entry.run_id == instance.get_runs(limit=1)[0].run_id
        after = dg.evaluate_automation_conditions(defs, instance, cursor=before.cursor)
    assert after.total_requested == 0


def test_release_does_not_run_after_a_failing_blocking_check(defs: dg.Definitions, home: Path) -> None:
    before = releases.current_release(home / "current").id
    with build_file.connect(get_settings()) as connection:
        connection.execute("update marts.fct_hkd_peg_monthly set hkd_per_usd = 9 where month = date '2026-03-01'")
    peg = dg.AssetCheckKey(dg.AssetKey(["marts", "fct_hkd_peg_monthly"]), "peg_within_band")
    job = dg.define_asset_job("gate", dg.AssetSelection.checks(peg) | dg.AssetSelection.assets("release", "report"))
    gated = dg.Definitions.merge(defs, dg.Definitions(jobs=[job])).resolve_job_def("gate")
    result = gated.execute_in_process(raise_on_error=False)
    [evaluation] = result.get_asset_check_evaluations()
    assert (evaluation.check_name, evaluation.passed) == ("peg_within_band", False)
    assert not result.success
    assert "release" not in {event.step_key for event in result.all_events if event.is_step_start}
    assert releases.current_release(home / "current").id == before
