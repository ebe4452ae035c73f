"""How dbt runs inside Dagster, and the names that its nodes get there.

dbt runs in this process, in a thread of its own, and its events become Dagster's as they come. The usual way starts two
more Python processes a run: 1.6 s for `dbt --version` and 2 s of imports before dbt begins. All that leans on
dagster-dbt's internals is in this module, and a test holds its events against those of dagster-dbt's own resource.
"""

import hashlib
import json
import os
import queue
import threading
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject
from dagster_dbt.asset_utils import get_updated_cli_invocation_params_for_context
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from orchestration.settings import DBT_PROJECT_DIR, Settings

# Unit tests hold the code, not the data: `make test` runs them, the main job does not.
MAIN_JOB_FLAGS = ("--exclude-resource-type", "unit_test", "--no-write-json")
RESULT_EVENTS = frozenset({"LogSeedResult", "LogModelResult", "LogSnapshotResult", "LogTestResult"})
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
    """Return the dbt project and its manifest, which is parsed again only when a file of the project changed."""
    parsed = DbtProject(project_dir=DBT_PROJECT_DIR, target_path=settings.dbt_target_dir)
    mark = settings.dbt_target_dir / "manifest.fingerprint"
    fingerprint = _fingerprint(DBT_PROJECT_DIR)
    if not (mark.exists() and parsed.manifest_path.exists() and mark.read_text() == fingerprint):
        invoke(settings, ["parse"])
        mark.write_text(fingerprint)
    return parsed


def _fingerprint(folder: Path) -> str:
    """Return a hash of dbt's version and of the names, sizes and times of the project's own files."""
    digest = hashlib.sha256(version("dbt-core").encode())
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.relative_to(folder).parts[0] not in {"target", "logs"}:
            state = path.stat()
            digest.update(f"{path.relative_to(folder)} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


@cache
def manifest(path: Path) -> dict[str, Any]:
    """Return a manifest as dagster-dbt reads it, once."""
    loaded: dict[str, Any] = json.loads(path.read_bytes())
    return loaded


@cache
def parsed_manifest(settings: Settings) -> Any:
    """Return the manifest as dbt itself keeps it, once: 0.1 s, where finding out that nothing changed takes dbt 0.9 s."""
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    packed = project(settings).target_path / "partial_parse.msgpack"
    return Manifest.from_msgpack(packed.read_bytes(), decoder=extended_mashumuro_decoder)


class DbtFailure(Exception):
    """dbt ended with an error; the message says in which node and why."""


def invoke(settings: Settings, args: list[str], *, parsed: Any = None, callback: Any = None) -> None:
    """Run one dbt command in this process. Raises DbtFailure with what failed."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    os.environ["ENTREPOT_HOME"] = str(settings.home)
    settings.build_file.parent.mkdir(parents=True, exist_ok=True)
    places = {
        "--project-dir": DBT_PROJECT_DIR,
        "--profiles-dir": DBT_PROJECT_DIR,
        "--target-path": settings.dbt_target_dir,
        "--log-level": "none",
        "--log-level-file": "none",
    }
    flags = [str(word) for pair in places.items() for word in pair]
    try:
        outcome = dbtRunner(manifest=parsed, callbacks=[callback] if callback else []).invoke([*args, *flags])
    finally:
        # Otherwise the build file stays open in this process, and every later open with other settings fails.
        DuckDBConnectionManager.close_all_connections()
    if not outcome.success:
        raise DbtFailure(_explain(outcome))


def _explain(outcome: Any) -> str:
    if outcome.exception:
        return f"dbt could not run: {outcome.exception}"
    failed = [result for result in outcome.result if result.status in ("error", "fail", "runtime error")]
    lines = [
        f"- {result.node.resource_type} {result.node.name}: {' '.join(str(result.message).split())}"
        for result in failed
    ]
    return "\n".join([f"dbt: {len(failed)} of {len(outcome.result)} nodes failed", *lines])


def build(context: dg.AssetExecutionContext, settings: Settings) -> Iterator[DbtEvent]:
    """Run `dbt build` for the selected assets and checks, and yield Dagster's events as dbt's nodes end.

    Raises dagster.Failure that names the nodes that failed; nothing downstream then runs, so nothing is released.
    """
    translator, dbt_project = EntrepotTranslator(), project(settings)
    nodes = manifest(dbt_project.manifest_path)
    params = get_updated_cli_invocation_params_for_context(context, nodes, translator)
    if params.indirect_selection:
        os.environ["DBT_INDIRECT_SELECTION"] = params.indirect_selection
    args = ["build", *MAIN_JOB_FLAGS, "--threads", str(settings.dbt_threads), *params.selection_args]
    for raw_event in _stream(settings, args):
        event = DbtCoreCliEventMessage(raw_event=raw_event, event_history_metadata={})
        yield from event.to_default_asset_events(nodes, translator, context, settings.dbt_target_dir, dbt_project)  # type: ignore[misc]


def _stream(settings: Settings, args: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the result events of a dbt command as they come, then raise what it raised."""
    from google.protobuf.json_format import MessageToDict

    events: queue.SimpleQueue[dict[str, Any] | BaseException | None] = queue.SimpleQueue()

    def pass_on(message: Any) -> None:
        if message.info.name in RESULT_EVENTS:
            events.put(MessageToDict(message, preserving_proto_field_name=True))

    def run() -> None:
        try:
            invoke(settings, args, parsed=parsed_manifest(settings), callback=pass_on)
            events.put(None)
        except BaseException as error:  # noqa: BLE001  # handed to the thread that waits, whatever it is
            events.put(error)

    threading.Thread(target=run, name="dbt", daemon=True).start()
    while (event := events.get()) is not None:
        if isinstance(event, DbtFailure):
            raise dg.Failure(str(event), allow_retries=False)
        if isinstance(event, BaseException):
            raise event
        yield event
