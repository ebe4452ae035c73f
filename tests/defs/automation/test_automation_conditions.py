"""Runs that are requested when raw tables have new data: real runs on a small graph, tick by tick."""

from datetime import datetime

import dagster as dg
import pytest
from dagster._core.definitions.asset_daemon_cursor import AssetDaemonCursor
from dagster._core.definitions.data_version import DATA_VERSION_TAG

from orchestration.defs.automation import automation_conditions
from orchestration.periods import HONG_KONG
from orchestration.settings import Settings

RAW_A, RAW_B = dg.AssetKey(["raw", "a"]), dg.AssetKey(["raw", "b"])


class Warehouse:
    """A warehouse of two raw tables, a model of each, a release and, if named, a replica."""

    def __init__(self, instance: dg.DagsterInstance, *, served_by: str = "") -> None:
        self.instance = instance
        self.says = {"a": "1", "b": "1"}
        self.release_fails = self.serving_fails = False
        self.served_by = served_by
        self.cursor: AssetDaemonCursor | None = None
        self.defs = self._definitions()

    def _definitions(self) -> dg.Definitions:
        def raw(name: str) -> dg.AssetsDefinition:
            @dg.asset(key=["raw", name])
            def table() -> dg.MaterializeResult:  # type: ignore[type-arg]
                return dg.MaterializeResult(data_version=dg.DataVersion(self.says[name]))

            return table

        @dg.asset(deps=[RAW_A])
        def model_a() -> None: ...

        @dg.asset(deps=[RAW_B])
        def model_b() -> None: ...

        @dg.asset(deps=[model_a, model_b])
        def release() -> None:
            if self.release_fails:
                raise dg.Failure("a check that gates it did not pass")

        @dg.asset(name=self.served_by or "unused", deps=[release])
        def serving() -> None:
            if self.serving_fails:
                raise dg.Failure("no connection")

        everything = dg.define_asset_job("warehouse", dg.AssetSelection.all(), tags=automation_conditions.EVERYTHING)
        refresh = dg.define_asset_job("refresh", dg.AssetSelection.assets(RAW_A))
        following = dg.map_asset_specs(
            automation_conditions.following, [model_a, model_b, release, *([serving] if self.served_by else [])]
        )
        return dg.Definitions(assets=[raw("a"), raw("b"), *following], jobs=[everything, refresh])

    def run(self, job: str, *selection: str) -> None:
        chosen = [dg.AssetKey(name.split("/")) for name in selection] or None
        self.defs.resolve_job_def(job).execute_in_process(
            instance=self.instance, raise_on_error=False, asset_selection=chosen
        )

    def tick(self, time: str = "10:00:30") -> set[str]:
        """Evaluate the automation; return the assets that it requests."""
        now = datetime.fromisoformat(f"2026-10-12T{time}").replace(tzinfo=HONG_KONG)
        result = dg.evaluate_automation_conditions(self.defs, self.instance, cursor=self.cursor, evaluation_time=now)
        self.cursor = result.cursor
        return {found.key.to_user_string() for found in result.results if not found.true_subset.is_empty}


@pytest.fixture
def warehouse(instance: dg.DagsterInstance) -> Warehouse:
    """A warehouse that was built, and whose automation was evaluated since."""
    built = Warehouse(instance)
    built.run("warehouse")
    assert built.tick() == set()
    return built


def test_refresh_without_changes_triggers_nothing(warehouse: Warehouse) -> None:
    warehouse.run("refresh")
    assert warehouse.tick() == set()


def test_change_triggers_its_dependents_and_the_release_once(warehouse: Warehouse) -> None:
    warehouse.says["a"] = "2"
    warehouse.run("refresh")
    assert warehouse.tick() == {"model_a", "release"}
    assert warehouse.tick() == set()


def test_change_by_a_backfill_triggers_the_same(warehouse: Warehouse) -> None:
    event = dg.AssetMaterialization(RAW_A, tags={DATA_VERSION_TAG: "2"})
    warehouse.instance.report_runless_asset_event(event)
    assert warehouse.tick() == {"model_a", "release"}


def test_main_job_triggers_no_other_run(warehouse: Warehouse) -> None:
    warehouse.says.update(a="2", b="2")
    warehouse.run("warehouse")
    assert warehouse.tick() == set()


def test_materialize_all_triggers_no_other_run(warehouse: Warehouse) -> None:
    warehouse.says.update(a="2", b="2")
    warehouse.run("__ASSET_JOB", "raw/a", "raw/b", "model_a", "model_b", "release")
    assert warehouse.tick() == set()


def test_run_of_a_selection_triggers_the_rest(warehouse: Warehouse) -> None:
    warehouse.says["a"] = "2"
    warehouse.run("__ASSET_JOB", "raw/a", "model_a")
    assert warehouse.tick() == {"release"}


def test_change_right_after_a_whole_build_is_not_lost(warehouse: Warehouse) -> None:
    warehouse.says["a"] = "2"
    warehouse.run("warehouse")
    warehouse.says["a"] = "3"
    warehouse.run("refresh")
    assert warehouse.tick() == {"model_a", "release"}


def test_failed_release_is_retried_with_its_dependencies(warehouse: Warehouse) -> None:
    everything = {"model_a", "model_b", "release"}
    warehouse.release_fails = True
    warehouse.run("warehouse")
    assert warehouse.tick("12:59:30") == set()
    assert warehouse.tick("13:00:30") == everything
    assert warehouse.tick("13:01:30") == set()
    warehouse.release_fails = False
    warehouse.run("__ASSET_JOB", *everything)
    assert warehouse.tick("19:00:30") == set()


@pytest.mark.parametrize("name", ["postgres", "releases_mirror"])
def test_replica_follows_the_release_and_is_retried_alone(instance: dg.DagsterInstance, name: str) -> None:
    warehouse = Warehouse(instance, served_by=name)
    warehouse.run("warehouse")
    assert warehouse.tick() == set()
    warehouse.says["a"] = "2"
    warehouse.run("refresh")
    assert warehouse.tick() == {"model_a", "release", name}
    warehouse.serving_fails = True
    warehouse.run("__ASSET_JOB", "model_a", "release", name)
    assert warehouse.tick("12:59:30") == set()
    assert warehouse.tick("13:00:30") == {name}
    warehouse.serving_fails = False
    warehouse.run("__ASSET_JOB", name)
    assert warehouse.tick("19:00:30") == set()


def test_nothing_is_triggered_before_the_first_build(instance: dg.DagsterInstance) -> None:
    empty = Warehouse(instance)
    assert empty.tick() == set()
    empty.run("refresh")
    assert "release" not in empty.tick()


@pytest.mark.parametrize(("sources", "status"), [("record", "STOPPED"), ("csd", "RUNNING")])
def test_sensor_runs_when_a_publisher_is_enabled(settings: Settings, sources: str, status: str) -> None:
    sensor = automation_conditions.sensor(settings.model_copy(update={"sources": sources}))
    assert sensor.default_status.value == status
