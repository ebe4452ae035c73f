"""`make bench`: the main job, the detail and the UI, as ratios and seconds in one run; a table here, JSON in bench/."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks import claims, detail, load, parsing, postgres_load, results
from orchestration.dbt import build
from orchestration.settings import DBT_PROJECT_DIR, PROJECT_DIR
from testing import dagster_ui, postgres_server

ROUNDS = 5
BIN = Path(sys.executable).parent


def run(home: Path, *command: str, cwd: Path = PROJECT_DIR, environment: Mapping[str, str] | None = None) -> float:
    """Run a command to its end and return its seconds, process start included."""
    began = time.perf_counter()
    env = {**os.environ, "ENTREPOT_HOME": str(home), **(environment or {})}
    subprocess.run(command, cwd=cwd, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return time.perf_counter() - began


def main_job(home: Path, environment: Mapping[str, str] | None = None) -> float:
    """Return the seconds of `entrepot build`, process start to new release; removes the releases of earlier rounds."""
    (home / "current").unlink(missing_ok=True)
    shutil.rmtree(home / "releases", ignore_errors=True)
    seconds = run(home, str(BIN / "entrepot"), "build", "--json", environment=environment)
    assert (home / "current" / "warehouse.duckdb").exists()
    return seconds


def fresh_main_job(parent: Path) -> float:
    """Return the seconds of `entrepot build` in an empty home: nothing parsed, archived or loaded before."""
    home = Path(tempfile.mkdtemp(dir=parent))
    return run(home, str(BIN / "entrepot"), "build", "--json")


def bare_dbt(home: Path) -> float:
    """Return the seconds of `dbt build` of the same seeds, models and data tests on the same build file."""
    target = str(home / "build" / "dbt-bare")
    flags = [flag for flag in build.MAIN_JOB_FLAGS if flag != "--no-write-json"]
    return run(home, str(BIN / "dbt"), "--quiet", "build", *flags, "--target-path", target, cwd=DBT_PROJECT_DIR)


def definitions_load(home: Path) -> float:
    """Return the seconds of importing the definitions in a new process."""
    return run(home, sys.executable, "-c", "import orchestration.definitions")


def stages(home: Path) -> dict[str, float]:
    """Return the seconds of each step of the newest run, from Dagster's own record of it."""
    os.environ["DAGSTER_HOME"] = str(home / "dagster")
    import dagster as dg

    with dg.DagsterInstance.get() as instance:
        [run_record] = instance.get_run_records(limit=1)
        statistics_of_steps = instance.get_run_step_stats(run_record.dagster_run.run_id)
        return {
            step.step_key: round(step.end_time - step.start_time, 3)
            for step in sorted(statistics_of_steps, key=lambda step: step.start_time or 0)
            if step.start_time and step.end_time
        }


def ui_clicks(home: Path, rounds: int) -> list[float]:
    """Return the seconds from the click on "Materialize all" to the run's success."""
    seconds = []
    with dagster_ui.serve(home) as address, dagster_ui.browser() as page:
        for _ in range(rounds):
            dagster_ui.open_lineage(page, address)
            page.wait_for_timeout(8_000)  # as a person would wait; the warm worker gets ready meanwhile
            outcome, elapsed = dagster_ui.click_to_success(page, address)
            assert outcome == "Success"
            seconds.append(elapsed)
    return seconds


def median(measure: Callable[[Path], float], where: Path, rounds: int = ROUNDS) -> float:
    measure(where)
    return statistics.median(measure(where) for _ in range(rounds))


def paired_ratio(home: Path) -> tuple[float, float, float]:
    """Return the medians of the main job, of bare dbt, and of their ratio pair by pair, after a warm-up round."""
    pairs = [(main_job(home), bare_dbt(home)) for _ in range(ROUNDS + 1)][1:]
    jobs, bares = zip(*pairs, strict=True)
    return statistics.median(jobs), statistics.median(bares), statistics.median(job / bare for job, bare in pairs)


def measure_all(parent: Path) -> dict[str, Any]:
    home = parent / "home"
    home.mkdir()
    fresh = statistics.median(fresh_main_job(parent) for _ in range(3))
    job, bare, ratio = paired_ratio(home)
    found: dict[str, Any] = {
        "main_job_seconds": job,
        "bare_dbt_build_seconds": bare,
        "main_job_to_bare_dbt_build": ratio,
        "main_job_in_an_empty_home_seconds": fresh,
        "stages_of_the_last_main_job_seconds": stages(home),
        "definitions_load_seconds": median(definitions_load, home),
        "claims": claims.measure(home),
        **parsing.measure(parent),
    }
    if binaries := postgres_server.programs():
        found["postgres_load"] = postgres_load.measure(parent, binaries)
    else:
        print("no PostgreSQL server here (apt-get install postgresql): its load is not measured")
    if dagster_ui.CHROMIUM.exists():
        found["ui_click_to_success_seconds"] = ui_clicks(home, ROUNDS)
        found["ui_click_to_success_median_seconds"] = statistics.median(found["ui_click_to_success_seconds"])
    found["dashboard_queries_under_load"] = load.measure(home, seconds=60, publications=6)
    if binaries:
        found["dashboard_queries_of_postgres_under_load"] = load.measure_postgres(home, binaries, 60, 6)
    return found | detail.in_a_process(detail.SIZES, parent)


TARGETS = {
    "main_job_to_bare_dbt_build": "at most 1.5",
    "ui_click_to_success_median_seconds": "at most 5",
    "dashboard_queries_under_load p95_ms": "under 50",
    "dashboard_queries_of_postgres_under_load p95_ms": "under 50",
}


def main() -> None:
    parent = Path(tempfile.mkdtemp(prefix="entrepot-bench-"))
    try:
        found = measure_all(parent)
    finally:
        shutil.rmtree(parent)
    results.report(found, TARGETS | detail.targets(detail.SIZES))


if __name__ == "__main__":
    main()
