"""The main job from the command line: in this process, recorded in the same Dagster instance as the UI's runs."""

from dataclasses import dataclass

import dagster as dg
from rich.console import Console

from orchestration import definitions
from orchestration.dbt import compatibility
from orchestration.defs import progress_logger
from orchestration.defs.assets.sources import ANSWERS
from orchestration.runtime import gc_freeze, instance, run_problems
from orchestration.settings import Settings

JOB = "warehouse"
RELEASE = dg.AssetKey("release")
MIRROR = "releases_mirror"


@dataclass(frozen=True)
class Outcome:
    """How a run of the main job ended.

    Attributes:
        problems: What went wrong, in sentences; without any there is a release.
        is_new: True if a new release was made.
        silent: The sources that could not be fetched, with the reason; the release is made without them.
        postgres: Why the release was not loaded into PostgreSQL; None if it was.
        mirror: Why the release was not copied to ENTREPOT_RELEASES; None if it was.
    """

    problems: list[str]
    is_new: bool
    silent: dict[str, str]
    postgres: str | None = None
    mirror: str | None = None


def run(settings: Settings, console: Console) -> Outcome:
    """Run the main job and show its progress on the console."""
    if warning := compatibility.warning():
        console.print(warning)
    job = definitions.build(settings).resolve_job_def(JOB)
    steps = len(job.asset_layer.selected_asset_keys) + len(job.asset_layer.asset_graph.asset_check_keys)
    with (
        instance.get(settings) as dagster_instance,
        progress_logger.show_progress(console, steps),
        gc_freeze.freeze_imports(),
    ):
        result = job.execute_in_process(
            instance=dagster_instance, raise_on_error=False, run_config={"loggers": {"progress": {}}}
        )
    released = {event.asset_key: event for event in result.get_asset_materialization_events()}.get(RELEASE)
    if released is None:
        return Outcome(run_problems.problems(result.all_events), is_new=False, silent=_silent(result))
    is_new = bool(released.materialization.metadata["is_new"].value)
    # Only PostgreSQL and the copy come after the release.
    after = run_problems.failures(result.all_events)
    mirror = after.pop(MIRROR, None)
    postgres = "; ".join(filter(None, after.values())) or None
    return Outcome([], is_new=is_new, silent=_silent(result), postgres=postgres, mirror=mirror)


def _silent(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    return {
        evaluation.asset_key.path[-1].partition("__")[0]: evaluation.description or ""
        for evaluation in result.get_asset_check_evaluations()
        if evaluation.check_name == ANSWERS and not evaluation.passed
    }
