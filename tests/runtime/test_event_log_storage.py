"""The pooled event log storage answers every question as Dagster's own does, on the same files."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg
import pytest

MODULES = {
    "pooled": ("orchestration.runtime.event_log_storage", "PooledSqliteEventLogStorage"),
    "standard": ("dagster._core.storage.event_log", "SqliteEventLogStorage"),
}
KEY = dg.AssetKey("prices")


@dg.asset(check_specs=[dg.AssetCheckSpec("is_positive", asset="prices")])
def prices() -> Iterator[Any]:
    yield dg.Output(1, metadata={"dagster/row_count": 3}, data_version=dg.DataVersion("1"))
    yield dg.AssetCheckResult(passed=True, asset_key=KEY, check_name="is_positive")


@dg.asset(deps=[prices])
def report() -> None:
    raise ValueError("it failed")


def open_instance(folder: Path, kind: str) -> dg.DagsterInstance:
    """Open the instance of a folder with one of the storages."""
    module, name = MODULES[kind]
    config = {"base_dir": str(folder / "history" / "runs")}
    overrides: dict[str, Any] = {"event_log_storage": {"module": module, "class": name, "config": config}}
    return dg.DagsterInstance.local_temp(str(folder), overrides)


def answers(instance: dg.DagsterInstance) -> dict[str, Any]:
    """Return what an instance tells about all runs, assets and checks; run ids become numbers."""
    runs = sorted(instance.get_runs(), key=lambda run: run.tags["number"])
    numbers = {run.run_id: number for number, run in enumerate(runs)}
    [record] = instance.get_asset_records([KEY])
    materialization = record.asset_entry.last_materialization
    version = instance.get_latest_data_version_record(KEY)
    check = instance.get_latest_asset_check_evaluation_record(dg.AssetCheckKey(KEY, "is_positive"))
    assert materialization
    assert version
    assert check
    assert check.evaluation
    page = instance.fetch_materializations(KEY, limit=10)
    return {
        "events": [[entry.dagster_event_type for entry in instance.all_logs(run.run_id)] for run in runs],
        "failures": [
            entry.step_key for run in runs for entry in instance.all_logs(run.run_id, dg.DagsterEventType.STEP_FAILURE)
        ],
        "steps": [[step.step_key for step in instance.get_run_step_stats(run.run_id)] for run in runs],
        "statistics": [instance.get_run_stats(run.run_id).steps_failed for run in runs],
        "assets": sorted(key.to_user_string() for key in instance.all_asset_keys()),
        "materializations": [(numbers[each.run_id], each.asset_key) for each in page.records],
        "latest": (numbers[materialization.run_id], numbers[version.run_id]),
        "check": (numbers[check.run_id], check.evaluation.passed),
    }


def materialize_twice(instance: dg.DagsterInstance) -> None:
    for number in ("1", "2"):
        dg.materialize([prices, report], instance=instance, raise_on_error=False, tags={"number": number})


def test_answers_are_those_of_the_standard_storage(tmp_path: Path) -> None:
    found = {}
    for kind in MODULES:
        (tmp_path / kind).mkdir()
        with open_instance(tmp_path / kind, kind) as instance:
            materialize_twice(instance)
            found[kind] = answers(instance)
    assert found["pooled"] == found["standard"]
    assert found["pooled"]["failures"] == ["report", "report"]
    assert found["pooled"]["latest"] == (1, 1)


@pytest.mark.parametrize(("writer", "reader"), [("pooled", "standard"), ("standard", "pooled")])
def test_each_storage_reads_what_the_other_wrote(tmp_path: Path, writer: str, reader: str) -> None:
    with open_instance(tmp_path, writer) as instance:
        materialize_twice(instance)
        written = answers(instance)
    with open_instance(tmp_path, reader) as instance:
        assert answers(instance) == written


@pytest.mark.parametrize("kind", MODULES)
def test_watcher_receives_each_event_of_a_run_once(tmp_path: Path, kind: str) -> None:
    seen, has_ended = list[str](), threading.Event()

    def receive(entry: dg.EventLogEntry, _cursor: str) -> None:
        if entry.dagster_event_type:
            seen.append(entry.dagster_event_type.value)
        if entry.dagster_event_type is dg.DagsterEventType.RUN_SUCCESS:
            has_ended.set()

    with open_instance(tmp_path, kind) as instance:
        job = dg.Definitions([prices], jobs=[dg.define_asset_job("one")]).resolve_job_def("one")
        run_id = str(uuid4())
        instance.watch_event_logs(run_id, None, receive)
        job.execute_in_process(instance=instance, run_id=run_id)
        assert has_ended.wait(30)
        instance.end_watch_event_logs(run_id, receive)
        stored = [entry.dagster_event_type for entry in instance.all_logs(run_id)]
    assert seen == [each.value for each in stored if each][: len(seen)]
    assert "ASSET_MATERIALIZATION" in seen


def test_storage_keeps_few_connections_open_and_survives_many_runs(tmp_path: Path) -> None:
    with open_instance(tmp_path, "pooled") as instance:
        for number in range(4):
            dg.materialize([prices], instance=instance, tags={"number": str(number)})
        assert len(instance.event_log_storage._engines) == 2  # type: ignore[attr-defined]
        assert all(instance.all_logs(run.run_id) for run in instance.get_runs())
