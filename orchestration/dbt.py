"""How dbt's nodes and events appear in Dagster: their names, groups and owners, and a build as Dagster sees it.

dbt itself runs in `dbt_worker`. All that leans on dagster-dbt's internals is in this module, and a test holds its
events against those of dagster-dbt's own resource, which starts two Python processes a run, one after the other.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject
from dagster_dbt.asset_utils import get_updated_cli_invocation_params_for_context
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from orchestration import dbt_worker
from orchestration.settings import DBT_PROJECT_DIR, Settings
from orchestration.warehouse import views

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


class EntrepotTranslator(DagsterDbtTranslator):
    """Names of dbt nodes in Dagster: the key is schema and table, the group is the layer."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_code_references=True, enable_source_tests_as_checks=True))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return str(dbt_resource_props["schema"])

    def get_tags(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, str]:
        return {"layer": dbt_resource_props["schema"], **dict.fromkeys(dbt_resource_props.get("tags", []), "")}

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        owner = dbt_resource_props.get("meta", {}).get("owner")
        return [owner] if owner else []

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        warnings = dbt_resource_props.get("meta", {}).get("usage_warnings", [])
        return "\n\n".join(
            [
                dbt_resource_props.get("description", ""),
                *([f"**Usage warnings:** {', '.join(warnings)}"] if warnings else []),
            ]
        )


@cache
def project(settings: Settings) -> DbtProject:
    """Return the dbt project, its manifest up to date: a worker parses it again when a file of the project changed.

    Raises DbtFailure when the project does not parse.
    """
    if not dbt_worker.is_parsed(settings):
        dbt_worker.start(settings).wait_until_ready()
    return DbtProject(project_dir=DBT_PROJECT_DIR, target_path=settings.dbt_target_dir)


@cache
def manifest(path: Path) -> dict[str, Any]:
    """Return a manifest, read once."""
    loaded: dict[str, Any] = json.loads(path.read_bytes())
    return loaded


def build(context: dg.AssetExecutionContext, settings: Settings) -> Iterator[DbtEvent]:
    """Run `dbt build` for the selected assets and checks, and yield Dagster's events as dbt's nodes end.

    Raises dagster.Failure that names the nodes that failed; nothing downstream then runs, so nothing is released.
    """
    is_whole, project_fingerprint = not context.is_subset, dbt_worker.fingerprint()
    if is_whole and views.are_unchanged(settings, project_fingerprint):
        nodes, is_lake_empty = manifest(project(settings).manifest_path)["nodes"], views.is_lake_empty(settings)
        left = {key for key, node in nodes.items() if _is_left(node, is_lake_empty=is_lake_empty)}
        selection = (*ALL_BUT_VIEWS, *_excluding(left, nodes))
        yield from _with_unchanged(run(context, settings, selection, "empty"), nodes, left)
    elif is_whole:  # what a model keeps from its last run may be of another version of it
        yield from run(context, settings, flags=("--full-refresh",))
    else:
        yield from run(context, settings)
    if is_whole:
        views.remember(settings, project_fingerprint)


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
    nodes = manifest(dbt_project.manifest_path)
    if selection is None:
        params = get_updated_cli_invocation_params_for_context(context, nodes, translator)
        selection, indirect_selection = params.selection_args, params.indirect_selection
    environment = {"DBT_INDIRECT_SELECTION": indirect_selection} if indirect_selection else {}
    args = ["build", *MAIN_JOB_FLAGS, *flags, "--threads", str(settings.dbt_threads), *selection]
    worker = dbt_worker.take(settings)
    try:
        for raw_event in worker.run(args, environment):
            event = DbtCoreCliEventMessage(raw_event=raw_event, event_history_metadata={})
            for told in event.to_default_asset_events(nodes, translator, context, settings.dbt_target_dir, dbt_project):
                yield _with_row_count(told, raw_event["row_count"])
    except dbt_worker.DbtFailure as failure:
        raise dg.Failure(str(failure), allow_retries=False) from failure
    finally:
        worker.close()


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
