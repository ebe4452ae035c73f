"""Accelerations are used with known versions only; without them Dagster's standard classes are, and builds work."""

from pathlib import Path

import dagster as dg
import pytest
import yaml

from orchestration.dbt import compatibility
from orchestration.dbt.compatibility import Acceleration
from orchestration.runtime import event_log_storage, instance, run_coordinator, run_launcher
from orchestration.settings import ACCELERATIONS, PROJECT_DIR, Settings
from testing.commands import run_entrepot


@pytest.fixture
def other_dagster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of Dagster than the installed one is known to work."""
    monkeypatch.setitem(compatibility.KNOWN_VERSIONS, "dagster", "1.0.0")


def test_settings_and_compatibility_name_the_same_accelerations() -> None:
    assert (
        set(ACCELERATIONS) == {each.value for each in Acceleration} == {each.value for each in compatibility.PACKAGES}
    )


def test_installed_versions_are_known_and_need_no_warning() -> None:
    assert compatibility.unknown_versions() == {}
    assert compatibility.warning() is None


def test_known_versions_are_those_that_the_project_requires() -> None:
    required = (PROJECT_DIR / "pyproject.toml").read_text()
    assert all(f'"{name}=={version}"' in required for name, version in compatibility.KNOWN_VERSIONS.items())


@pytest.mark.parametrize("name", ACCELERATIONS)
def test_each_acceleration_can_be_switched_off_alone(tmp_path: Path, name: str) -> None:
    settings = Settings(home=tmp_path, standard=name)
    off = [each.value for each in Acceleration if not compatibility.is_active(each, settings)]
    assert off == [name]


@pytest.mark.usefixtures("other_dagster")
def test_other_version_is_reported_and_switches_off_what_depends_on_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert not compatibility.is_active(Acceleration.EVENT_LOG, settings)
    warning = compatibility.warning()
    assert warning
    assert warning.startswith("not tested with dagster 1.13.27 (known: 1.0.0); using the standard behaviour instead of")


@pytest.mark.usefixtures("other_dagster")
def test_instance_names_no_class_of_this_project_with_another_dagster(tmp_path: Path) -> None:
    named = yaml.safe_load(instance.config(Settings(home=tmp_path)))
    assert named.keys() & {"run_launcher", "event_log_storage"} == set()
    with instance.get(Settings(home=tmp_path)) as standard:
        assert type(standard.event_log_storage).__module__.startswith("dagster.")
        assert isinstance(standard.run_coordinator, dg.QueuedRunCoordinator)
        assert type(standard.run_launcher) is dg.DefaultRunLauncher


@pytest.mark.slow
def test_build_works_with_everything_switched_off_and_reads_earlier_runs(home: Path) -> None:
    built = run_entrepot(home, "build", ENTREPOT_STANDARD="all")
    assert built.returncode == 0, built.stderr
    with instance.get(Settings(home=home)) as records:
        statuses = [run.status for run in records.get_runs()]
        assert statuses == [dg.DagsterRunStatus.SUCCESS] * 2
        latest = records.get_latest_materialization_event(dg.AssetKey(["marts", "fct_trade_balance_monthly"]))
    assert latest
    assert latest.run_id == records.get_runs()[0].run_id


FORMER = """\
run_coordinator: {{module: orchestration.coordinator, class: PatientRunCoordinator, config: {{max_concurrent_runs: 1}}}}
run_launcher: {{module: orchestration.launcher, class: StandbyRunLauncher}}
event_log_storage:
  module: orchestration.event_log
  class: PooledSqliteEventLogStorage
  config: {{base_dir: {runs}}}
"""


def test_instance_of_an_older_home_opens_with_todays_classes(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text(FORMER.format(runs=tmp_path / "history" / "runs"))
    with dg.DagsterInstance.from_config(str(tmp_path)) as former:
        assert type(former.run_coordinator) is run_coordinator.DirectRunCoordinator
        assert type(former.run_launcher) is run_launcher.WarmRunLauncher
        assert type(former.event_log_storage) is event_log_storage.PooledSqliteEventLogStorage
