"""The gate of the release in a run: what the log of the build file must say before anything is published."""

from collections.abc import Collection
from dataclasses import dataclass

import dagster as dg
from duckdb import DuckDBPyConnection

from orchestration import releases
from orchestration.dbt import project
from orchestration.defs import checks
from orchestration.defs.assets.dbt_models import dbt_models
from orchestration.defs.resources import Warehouse
from orchestration.releases import gate, lineage
from orchestration.warehouse import build_log

RULES_AND_CLAIMS = {checks.logged_name(spec.key): spec.key for spec in checks.SPECS}


@dataclass(frozen=True)
class Checked:
    """What each check found, and the hash of what each published table held then, by its label."""

    outcomes: list[releases.CheckOutcome]
    contents: dict[str, str]


def checked(instance: dg.DagsterInstance, warehouse: Warehouse) -> Checked:
    """Return what each check found in the tables as they are, and what the tables hold.

    Rules and claims that have not seen them are checked again, and the results reported to Dagster: it takes a fraction
    of a second, and as they read many tables, most runs of a part would leave some of them behind.

    Raises:
        StaleBuild: A table is not what a full build would make, or a test of dbt has not seen the tables.
        Unpublishable: The build file has other tables than the project declares, or one that is not described.
    """
    settings = warehouse.settings
    code = build_log.code_version()
    if code != project.code_version(settings):
        remedy = "Reload the code location in the UI, then materialize everything; or run `entrepot build`."
        what = "the project's files have changed since this process read them"
        raise releases.StaleBuild(what, settings.build_file, remedy)
    manifest = project.manifest(settings)
    known = lineage.lineage(manifest)
    published = [node["unique_id"] for node in lineage.published(manifest)]
    rules = dict.fromkeys(RULES_AND_CLAIMS, published)
    lineage.require_complete(manifest)
    with warehouse.connect() as connection:
        judged = gate.gate(known, build_log.read(connection), code)
        if judged.is_current(published):
            releases.require_declared(connection, (known.tables[name].label for name in published))
            unseen = [name for name in rules if not judged.has_seen(name, published)]
            if unseen:
                _check_again(instance, connection, [RULES_AND_CLAIMS[name] for name in unseen])
                judged = gate.gate(known, build_log.read(connection), code)
    gate.require_whole(judged, known, rules, settings.build_file)
    held = {known.tables[name].label: str(judged.log[name].content) for name in published}
    return Checked(_outcomes(judged.log, known), held)


def _check_again(
    instance: dg.DagsterInstance, connection: DuckDBPyConnection, selected: Collection[dg.AssetCheckKey]
) -> None:
    for result in checks.run(connection, selected):
        assert result.asset_key is not None
        assert result.check_name is not None
        evaluation = dg.AssetCheckEvaluation(
            asset_key=result.asset_key,
            check_name=result.check_name,
            passed=result.passed,
            metadata=result.metadata or {},
            severity=result.severity,
            description=result.description,
        )
        instance.report_runless_asset_event(evaluation)


def _outcomes(log: build_log.Log, known: lineage.Lineage) -> list[releases.CheckOutcome]:
    """Return the outcome of each check that gates the release, in the order of Dagster's names."""
    tests = {test.label: name for name, test in known.tests.items()}
    keys = [spec.key for definition in (dbt_models, *checks.CHECKS) for spec in definition.check_specs]
    logged = {key: tests.get(key.name) or checks.logged_name(key) for key in keys}
    return [_outcome(key, log[logged[key]]) for key in sorted(keys, key=str)]


def _outcome(key: dg.AssetCheckKey, entry: build_log.Entry) -> releases.CheckOutcome:
    name, is_passed = f"{key.asset_key.path[-1]}: {key.name}", entry.state == "pass"
    return releases.CheckOutcome(name, is_passed, blocking=bool(entry.blocks), description=entry.description or "")
