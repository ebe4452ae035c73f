"""The warm worker: runs from the UI start in a warm process, or the usual way if none is waiting."""

import os
import stat
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import dagster as dg
import psutil
import pytest
from dagster._core.code_pointer import CodePointer
from dagster._core.launcher import LaunchRunContext
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import serialize_value

from orchestration.runtime import instance, run_launcher, warm_worker
from orchestration.settings import PROJECT_DIR, Settings, get_settings

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ui"), pytest.mark.timeout(280)]

SMALL = frozenset({dg.AssetKey(["marts", "dim_source"])})
T = TypeVar("T")
Launch = Callable[[frozenset[dg.AssetKey] | None], dg.DagsterRun]


@pytest.fixture
def settings(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings of a copy of the built home, for this process and those that it starts."""
    monkeypatch.setenv("ENTREPOT_HOME", str(home))
    monkeypatch.setenv("DAGSTER_HOME", str(home / "dagster"))
    get_settings.cache_clear()
    yield get_settings()
    get_settings.cache_clear()


@pytest.fixture
def records(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with instance.get(settings) as opened:
        yield opened


@pytest.fixture
def launch(records: dg.DagsterInstance) -> Launch:
    """Launch a run of some assets, or of all, as the web server does."""
    from orchestration.definitions import defs

    pointer = CodePointer.from_module("orchestration.definitions", "defs", str(PROJECT_DIR))
    repository = RepositoryPythonOrigin(executable_path=sys.executable, code_pointer=pointer)

    def launch_run(assets: frozenset[dg.AssetKey] | None) -> dg.DagsterRun:
        run = records.create_run_for_job(
            defs.resolve_job_def("warehouse"),
            asset_selection=assets,
            job_code_origin=JobPythonOrigin("warehouse", repository),
        )
        records.run_launcher.launch_run(LaunchRunContext(run, workspace=None))
        return run

    return launch_run


@pytest.fixture
def usual_launches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The runs that were left to Dagster's own launcher, by id."""
    left: list[str] = []
    monkeypatch.setattr(DefaultRunLauncher, "launch_run", lambda _, context: left.append(context.dagster_run.run_id))
    return left


def workers(parent: int | None = None, module: str = "orchestration.runtime.warm_worker") -> list[psutil.Process]:
    """Return the processes that run a module, started by this process or by the one given."""
    started = psutil.process_iter(["ppid", "cmdline"])
    theirs = [process for process in started if process.info["ppid"] == (parent or os.getpid())]
    return [process for process in theirs if module in (process.info["cmdline"] or [])]


@pytest.fixture
def worker(settings: Settings) -> Iterator[psutil.Process]:
    """The waiting worker, once it is warm."""
    with warm_worker.serve(settings, "orchestration.definitions"):
        [waiting] = until(workers)
        # The process that runs dbt is what it starts last; imports start others, which end at once.
        until(lambda: workers(waiting.pid, "orchestration.dbt.worker_process"))
        yield waiting


def until(condition: Callable[[], T], seconds: float = 200) -> T:
    """Return what the condition gives as soon as that is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise TimeoutError(f"not within {seconds} s")


def now(records: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRun:
    found = records.get_run_by_id(run.run_id)
    assert found
    return found


def final_status(records: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRunStatus:
    until(lambda: now(records, run).is_finished)
    return now(records, run).status


def process_of(records: dg.DagsterInstance, run: dg.DagsterRun) -> int:
    """Return the id of the process that executed a run's steps, as its own events give it."""
    messages = " ".join(entry.user_message for entry in records.all_logs(run.run_id))
    return int(messages.partition("Executing steps in process (pid: ")[2].partition(")")[0])


def test_run_executes_in_the_warm_process_and_a_second_one_beside_it_the_usual_way(
    records: dg.DagsterInstance, launch: Launch, worker: psutil.Process, usual_launches: list[str]
) -> None:
    run, second = launch(SMALL), launch(SMALL)
    assert usual_launches == [second.run_id]
    assert now(records, run).tags[run_launcher.TAG] == str(worker.pid)
    assert final_status(records, run) is dg.DagsterRunStatus.SUCCESS
    assert process_of(records, run) == worker.pid
    assert event_types(records, standard_run(records, run)) == event_types(records, run)


def test_worker_replaces_itself_after_a_code_change_and_the_run_succeeds(
    records: dg.DagsterInstance, launch: Launch, worker: psutil.Process
) -> None:
    (PROJECT_DIR / "orchestration" / "definitions.py").touch()
    run = launch(SMALL)
    until(lambda: "execute_run" in worker.cmdline())
    assert final_status(records, run) is dg.DagsterRunStatus.SUCCESS
    assert process_of(records, run) == worker.pid


def test_run_starts_the_usual_way_without_a_warm_worker(
    records: dg.DagsterInstance, launch: Launch, usual_launches: list[str]
) -> None:
    run = launch(SMALL)
    assert usual_launches == [run.run_id]
    assert run_launcher.TAG not in now(records, run).tags


def test_terminated_run_is_canceled_and_the_next_worker_starts(
    records: dg.DagsterInstance, launch: Launch, worker: psutil.Process
) -> None:
    run = launch(None)
    until(lambda: now(records, run).status is dg.DagsterRunStatus.STARTED)
    assert records.run_launcher.terminate(run.run_id)
    assert final_status(records, run) is dg.DagsterRunStatus.CANCELED
    assert not records.run_launcher.terminate(run.run_id)
    until(lambda: [p for p in workers() if p != worker])


def test_run_whose_process_is_killed_is_marked_as_failed(
    records: dg.DagsterInstance, launch: Launch, worker: psutil.Process
) -> None:
    run = launch(None)
    until(lambda: now(records, run).status is dg.DagsterRunStatus.STARTED)
    worker.kill()
    assert final_status(records, run) is dg.DagsterRunStatus.FAILURE


def standard_run(records: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRun:
    """Run the same assets with Dagster's own command, as the standard launcher does."""
    from orchestration.definitions import defs

    standard = records.create_run_for_job(
        defs.resolve_job_def("warehouse"), asset_selection=SMALL, job_code_origin=run.job_code_origin
    )
    assert run.job_code_origin
    arguments = ExecuteRunArgs(run.job_code_origin, standard.run_id, records.get_ref())
    command = [sys.executable, "-m", "dagster", "api", "execute_run", serialize_value(arguments)]
    subprocess.run(command, cwd=PROJECT_DIR, check=True, capture_output=True)
    return standard


def event_types(records: dg.DagsterInstance, run: dg.DagsterRun) -> Counter[str]:
    events = records.all_logs(run.run_id)
    return Counter(entry.dagster_event_type.value for entry in events if entry.dagster_event_type)


def test_only_this_user_can_reach_the_warm_worker(settings: Settings) -> None:
    with warm_worker.serve(settings, "orchestration.definitions"):
        assert stat.S_IMODE(warm_worker.socket_path(settings).stat().st_mode) == 0o600
    assert not warm_worker.socket_path(settings).exists()
    assert workers() == []
