"""What went wrong in a run, in sentences for people, from the events that Dagster recorded."""

import builtins
from collections.abc import Iterable

import dagster as dg

# Errors whose message says what happened, where and what to do; their type and traceback add nothing.
SELF_EXPLANATORY = ("StorageError", "Missing", "ArchiveError", "LakeError")
# Faults of this machine: a full or broken disk, missing permission. Those of DuckDB and SQLite come with their paths.
OF_THIS_MACHINE = (
    *(name for name, each in vars(builtins).items() if isinstance(each, type) and issubclass(each, OSError)),
    *("IOException", "OutOfMemoryException", "OperationalError"),
)


def problems(events: Iterable[dg.DagsterEvent]) -> list[str]:
    """Return the failed checks that block, then the failed steps; without either, other failures' messages."""
    recorded = list(events)
    checks = [
        f"check {check.check_name} of {check.asset_key.path[-1]} failed: {check.description or ''}"
        for event in recorded
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION
        and not (check := event.asset_check_evaluation_data).passed
        and check.severity == dg.AssetCheckSeverity.ERROR
    ]
    found = [*checks, *filter(None, failures(recorded).values())]
    return found or [event.message or "" for event in recorded if event.is_failure]


def failures(events: Iterable[dg.DagsterEvent]) -> dict[str, str | None]:
    """Return the message of each failed step by its name; None for a step whose failed checks explain it."""
    return {event.step_key or "": _failure(event) for event in events if event.is_step_failure}


def _failure(event: dg.DagsterEvent) -> str | None:
    """Return a failed step's description for users, or else its error; None if failed checks explain it."""
    failure = event.step_failure_data
    if failure.user_failure_data:
        return failure.user_failure_data.description
    cause = failure.error
    while cause:
        if cause.cls_name in (*SELF_EXPLANATORY, *OF_THIS_MACHINE):
            return cause.message.partition(": ")[2].strip()
        cause = cause.cause
    is_of_checks = failure.error is not None and failure.error.cls_name == "DagsterAssetCheckFailedError"
    return None if is_of_checks else failure.error_display_string
