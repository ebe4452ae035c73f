"""A `dbt build` as Dagster sees it: the results of dbt's nodes as Dagster's events.

dbt runs in a process of its own, see `worker`. Dagster's own integration, `DbtCliResource`, starts two Python processes
a run, one after the other: 4.6 s where this takes 0.6. A test compares the events with those of that resource.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg

from orchestration.dbt import unchanged_views, worker
from orchestration.dbt.project import manifest
from orchestration.dbt.translator import EntrepotTranslator
from orchestration.settings import Settings
from orchestration.warehouse import build_file, build_log, recovery

Nodes = Mapping[str, Mapping[str, Any]]
DbtEvent = dg.Output[None] | dg.AssetCheckResult

# Unit tests check the code, not the data: `make test` runs them, the main job does not.
MAIN_JOB_FLAGS = ("--exclude-resource-type", "unit_test", "--no-write-json")
# Views that name files of the lake: they change with the lake, and not only with the project.
NAMES_FILES = "names_files"
# Everything but the views. Their tests are named here too: dbt would leave them out with the views.
ALL_BUT_VIEWS = (
    *("--select", "resource_type:seed", "config.materialized:table", "config.materialized:by_piece"),
    *(f"tag:{NAMES_FILES}", "resource_type:test"),
)
# Models of the lake: while the lake is empty they are empty too, and need not be built again.
DETAIL = "detail"
# Of a node that was built; dbt gives the second kind to tests.
BUILT, PASSED, WARNS, SKIPPED = frozenset({"success", "warn", "no-op", "reused"}), "pass", "warn", "skipped"


def build(context: dg.AssetExecutionContext, settings: Settings) -> Iterator[DbtEvent]:
    """Run `dbt build` for the selected assets and checks, and yield Dagster's events as dbt's nodes end.

    Raises dagster.Failure that names the nodes that failed; nothing downstream then runs, so nothing is released.
    """
    nodes: Nodes = manifest(settings)["nodes"]
    if context.is_subset:
        yield from run(context, settings, selection(nodes, selected_nodes(context, nodes)))
        return
    code = build_log.code_version()
    project_fingerprint = f"{worker.fingerprint()} {code}"
    left = _left(settings, nodes, code) if unchanged_views.are_unchanged(settings, project_fingerprint) else None
    if left is None:  # what an incremental model keeps of its last run may be of another version of the model
        yield from run(context, settings, flags=("--full-refresh",))
    else:
        events = run(context, settings, (*ALL_BUT_VIEWS, *_excluding(left, nodes)))
        yield from _with_unchanged(events, nodes, left)
        with build_file.connect(settings) as connection:
            build_log.still_built(connection, left)
    unchanged_views.remember(settings, project_fingerprint)


def run(
    context: dg.AssetExecutionContext, settings: Settings, selected: Sequence[str] = (), flags: Sequence[str] = ()
) -> Iterator[DbtEvent]:
    """Run `dbt build` for the nodes that dbt's arguments `selected` name, or else for all of them.

    Raises dagster.Failure that names the nodes that failed.
    """
    nodes: Nodes = manifest(settings)["nodes"]
    checks = {key.name: key for key in context.selected_asset_check_keys}
    # A test runs where it is named, not wherever a model of it is selected.
    environment = {"DBT_INDIRECT_SELECTION": "empty"} if selected else {}
    args = ["build", *MAIN_JOB_FLAGS, *flags, "--threads", str(settings.dbt_threads), *selected]
    process = worker.take(settings)
    try:
        for result in process.run(args, environment):
            yield from _events(result, nodes[result["data"]["node_info"]["unique_id"]], checks)
    except worker.DbtFailure as failure:
        recovery.suspect(settings)
        raise dg.Failure(str(failure), allow_retries=False) from failure
    finally:
        process.close()


def selected_nodes(context: dg.AssetExecutionContext, nodes: Nodes) -> set[str]:
    """Return the unique ids of the models, seeds and tests that Dagster selected."""
    translator = EntrepotTranslator()
    checks, assets = {key.name for key in context.selected_asset_check_keys}, context.selected_asset_keys
    return {
        key
        for key, node in nodes.items()
        if (node["name"] in checks if node["resource_type"] == "test" else translator.get_asset_key(node) in assets)
    }


def selection(nodes: Nodes, keys: Collection[str]) -> tuple[str, ...]:
    """Return dbt's arguments that name nodes one by one."""
    return ("--select", *(".".join(nodes[key]["fqn"]) for key in sorted(keys)))


def _events(
    result: Mapping[str, Any], node: Mapping[str, Any], checks: Mapping[str, dg.AssetCheckKey]
) -> Iterator[DbtEvent]:
    """Yield the event of a node's result; of a test that is no selected check, or did not run, there is none."""
    status = result["data"]["node_info"]["node_status"]
    metadata = _metadata(result)
    if node["resource_type"] != "test":
        if status in BUILT:
            rows = result["row_count"]
            counted = {} if rows is None else {"dagster/row_count": rows}
            name = EntrepotTranslator().get_asset_key(node).to_python_identifier()
            yield dg.Output(None, output_name=name, metadata={**metadata, **counted})
    elif status != SKIPPED and (key := checks.get(node["name"])):
        yield dg.AssetCheckResult(
            passed=status == PASSED,
            asset_key=key.asset_key,
            check_name=key.name,
            severity=dg.AssetCheckSeverity.WARN if status == WARNS else dg.AssetCheckSeverity.ERROR,
            metadata={**metadata, "dagster_dbt/failed_row_count": result["data"].get("num_failures", 0)},
        )


def _metadata(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Dagster shows of a node's result, under the names that dagster-dbt uses."""
    node = result["data"]["node_info"]
    started, finished = node.get("node_started_at"), node.get("node_finished_at")
    seconds = (
        (datetime.fromisoformat(finished) - datetime.fromisoformat(started)).total_seconds()
        if started and finished
        else result["data"].get("execution_time", 0.0)
    )
    return {
        "Execution Duration": seconds,
        "unique_id": node["unique_id"],
        "invocation_id": result["info"]["invocation_id"],
        "status": node["node_status"],
    }


def _left(settings: Settings, nodes: Nodes, code: str) -> set[str] | None:
    """Return the models that the next build leaves as they are; None if a view's last build was not whole."""
    with build_file.connect(settings, read_only=True) as connection:
        log = build_log.read(connection)
        is_lake_empty = unchanged_views.is_lake_empty(connection)
    built = {name for name, entry in log.items() if entry.state in BUILT and entry.code == code and entry.content}
    lake = log.get(build_log.source_name("lake__partitions"))
    left = {key for key, node in nodes.items() if _is_left(node, is_lake_empty=is_lake_empty)}
    views = {key for key in left if _is_plain_view(nodes[key])}
    if views - built:
        return None
    # What was made of a lake that has been emptied since is not empty yet.
    empty = {key for key in (left - views) & built if lake is None or log[key].number > lake.number}
    return views | empty


def _is_left(node: Mapping[str, Any], *, is_lake_empty: bool) -> bool:
    """Return True if a model stays as the last whole build of the same project left it."""
    if node["resource_type"] != "model":
        return False
    if DETAIL in node["tags"] and is_lake_empty:
        return True
    return _is_plain_view(node)


def _is_plain_view(node: Mapping[str, Any]) -> bool:
    """Return True if a model changes with the project only, and not with the data."""
    return bool(node["config"]["materialized"] == "view" and NAMES_FILES not in node["tags"])


def _excluding(left: Collection[str], nodes: Nodes) -> tuple[str, ...]:
    """Return dbt's arguments that leave out models; the views that ALL_BUT_VIEWS does not select need none."""
    named = sorted(
        key for key in left if nodes[key]["config"]["materialized"] != "view" or NAMES_FILES in nodes[key]["tags"]
    )
    return ("--exclude", *(".".join(nodes[key]["fqn"]) for key in named)) if named else ()


def _with_unchanged(events: Iterator[DbtEvent], nodes: Nodes, left: Collection[str]) -> Iterator[DbtEvent]:
    """Yield dbt's events, and an event of each model left as it is, as soon as all that it reads has been built."""
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
