"""The main job from the command line: in this process, recorded in the same Dagster instance as the UI's runs."""

from dataclasses import dataclass

import dagster as dg
from rich.console import Console

from orchestration import definitions
from orchestration.dbt import compatibility
from orchestration.defs import progress_logger
from orchestration.defs.assets.sources import ANSWERS
from orchestration.runtime import gc_freeze, instance
from orchestration.settings import Settings

JOB = "warehouse"
RELEASE = dg.AssetKey("release")
MIRROR = "releases_mirror"
# Errors whose message says what happened, where and what to do; their type and traceback add nothing.
SELF_EXPLANATORY = ("StorageError", "Missing", "ArchiveError", "LakeError")


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
        console.print(warning, markup=False)
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
        return Outcome(_problems(result), is_new=False, silent=_silent(result))
    is_new = bool(released.materialization.metadata["is_new"].value)
    # Only PostgreSQL and the copy come after the release.
    after = _failures(result)
    mirror = after.pop(MIRROR, None)
    postgres = "; ".join(filter(None, after.values())) or None
    return Outcome([], is_new=is_new, silent=_silent(result), postgres=postgres, mirror=mirror)


def _silent(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    return {
        evaluation.asset_key.path[-1].partition("__")[0]: evaluation.description or ""
        for evaluation in result.get_asset_check_evaluations()
        if evaluation.check_name == ANSWERS and not evaluation.passed
    }


def _problems(result: dg.ExecuteInProcessResult) -> list[str]:
    checks = [
        f"check {evaluation.check_name} of {evaluation.asset_key.path[-1]} failed: {evaluation.description or ''}"
        for evaluation in result.get_asset_check_evaluations()
        if not evaluation.passed and evaluation.severity == dg.AssetCheckSeverity.ERROR
    ]
    problems = [*checks, *filter(None, _failures(result).values())]
    return problems or [event.message or "" for event in result.all_events if event.is_failure]


def _failures(result: dg.ExecuteInProcessResult) -> dict[str, str | None]:
    """Return the message of each failed step by its name."""
    return {event.step_key or "": _failure(event) for event in result.all_events if event.is_step_failure}


def _failure(event: dg.DagsterEvent) -> str | None:
    """Return a failed step's description for users, or else its error; None if failed checks explain it."""
    failure = event.step_failure_data
    if failure.user_failure_data:
        return failure.user_failure_data.description
    cause = failure.error.cause if failure.error else None
    if cause and cause.cls_name in SELF_EXPLANATORY:
        return cause.message.partition(": ")[2].strip()
    is_of_checks = failure.error is not None and failure.error.cls_name == "DagsterAssetCheckFailedError"
    return None if is_of_checks else failure.error_display_string
