"""A `dbt build` as Dagster sees it: dbt's events as Dagster's.

dbt itself runs in `worker`. All that leans on dagster-dbt's internals is in this module, and a test holds its
events against those of dagster-dbt's own resource, which starts two Python processes a run, one after the other.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg
from dagster_dbt.asset_utils import get_updated_cli_invocation_params_for_context
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from orchestration.dbt import unchanged_views, worker
from orchestration.dbt.project import manifest, project
from orchestration.dbt.translator import EntrepotTranslator
from orchestration.settings import Settings

# Unit tests hold the code, not the data: `make test` runs them, the main job does not.
MAIN_JOB_FLAGS = ("--exclude-resource-type", "unit_test", "--no-write-json")
# Views that name files of the lake: they change with the lake, and not only with the project.
NAMES_FILES = "names_files"
# Everything but the views; their tests are named here too, as tests of what is left out would be left out with it.
ALL_BUT_VIEWS = (
    *("--select", "resource_type:seed", "config.materialized:table", "config.materialized:by_piece"),
    *(f"tag:{NAMES_FILES}", "resource_type:test"),
)
# Models of the lake: while it is empty they are, and need no second making.
DETAIL = "detail"
DbtEvent = (
    dg.Output[Any] | dg.AssetMaterialization | dg.AssetObservation | dg.AssetCheckResult | dg.AssetCheckEvaluation
)


def build(context: dg.AssetExecutionContext, settings: Settings) -> Iterator[DbtEvent]:
    """Run `dbt build` for the selected assets and checks, and yield Dagster's events as dbt's nodes end.

    Raises dagster.Failure that names the nodes that failed; nothing downstream then runs, so nothing is released.
    """
    is_whole, project_fingerprint = not context.is_subset, worker.fingerprint()
    if is_whole and unchanged_views.are_unchanged(settings, project_fingerprint):
        nodes, is_lake_empty = (
            manifest(settings)["nodes"],
            unchanged_views.is_lake_empty(settings),
        )
        left = {key for key, node in nodes.items() if _is_left(node, is_lake_empty=is_lake_empty)}
        selection = (*ALL_BUT_VIEWS, *_excluding(left, nodes))
        yield from _with_unchanged(run(context, settings, selection, "empty"), nodes, left)
    elif is_whole:  # what a model keeps from its last run may be of another version of it
        yield from run(context, settings, flags=("--full-refresh",))
    else:
        yield from run(context, settings)
    if is_whole:
        unchanged_views.remember(settings, project_fingerprint)


def run(
    context: dg.AssetExecutionContext,
    settings: Settings,
    selection: Sequence[str] | None = None,
    indirect_selection: str | None = None,
    flags: Sequence[str] = (),
) -> Iterator[DbtEvent]:
    """Run `dbt build` for a selection of dbt's, or else for what Dagster selected.

    Raises dagster.Failure that names the nodes that failed.
    """
    translator, dbt_project = EntrepotTranslator(), project(settings)
    nodes = manifest(settings)
    if selection is None:
        params = get_updated_cli_invocation_params_for_context(context, nodes, translator)
        selection, indirect_selection = params.selection_args, params.indirect_selection
    environment = {"DBT_INDIRECT_SELECTION": indirect_selection} if indirect_selection else {}
    args = ["build", *MAIN_JOB_FLAGS, *flags, "--threads", str(settings.dbt_threads), *selection]
    process = worker.take(settings)
    try:
        for raw_event in process.run(args, environment):
            event = DbtCoreCliEventMessage(raw_event=raw_event, event_history_metadata={})
            for told in event.to_default_asset_events(nodes, translator, context, settings.dbt_target_dir, dbt_project):
                yield _with_row_count(told, raw_event["row_count"])
    except worker.DbtFailure as failure:
        raise dg.Failure(str(failure), allow_retries=False) from failure
    finally:
        process.close()


def _is_left(node: Mapping[str, Any], *, is_lake_empty: bool) -> bool:
    """Say whether a model stays as the last whole build of the same project left it."""
    if node["resource_type"] != "model":
        return False
    if DETAIL in node["tags"] and is_lake_empty:
        return True
    return node["config"]["materialized"] == "view" and NAMES_FILES not in node["tags"]


def _excluding(left: Collection[str], nodes: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what keeps dbt from making models that are left; most views are not named to it anyway."""
    named = sorted(
        key for key in left if nodes[key]["config"]["materialized"] != "view" or NAMES_FILES in nodes[key]["tags"]
    )
    return ("--exclude", *(".".join(nodes[key]["fqn"]) for key in named)) if named else ()


def _with_unchanged(events: Iterator[DbtEvent], nodes: Mapping[str, Any], left: Collection[str]) -> Iterator[DbtEvent]:
    """Yield dbt's events, and each model that was left as it is once all that it reads has been built."""
    built = {key: node for key, node in nodes.items() if node["resource_type"] in ("model", "seed")}
    reads = {key: set(node["depends_on"].get("nodes", [])) & set(built) for key, node in built.items()}
    order = TopologicalSorter(reads)
    order.prepare()

    def ready() -> Iterator[dg.Output[Any]]:
        while unchanged := [key for key in order.get_ready() if key in left]:
            for key in unchanged:
                name = EntrepotTranslator().get_asset_key(built[key]).to_python_identifier()
                yield dg.Output(None, output_name=name, metadata={"unique_id": key, "status": "unchanged"})
            order.done(*unchanged)

    yield from ready()
    for event in events:
        yield event
        if isinstance(event, dg.Output):
            order.done(event.metadata["unique_id"].value)
            yield from ready()


def _with_row_count(event: DbtEvent, rows: int | None) -> DbtEvent:
    if rows is None or not isinstance(event, dg.Output):
        return event
    return event.with_metadata({**event.metadata, "dagster/row_count": rows})
