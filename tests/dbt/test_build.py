"""dbt in this process says the same to Dagster as dagster-dbt's own command line resource."""

import sys
from collections import Counter
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster_dbt import DbtCliResource, dbt_assets

from orchestration.dbt import build, project
from orchestration.dbt.translator import EntrepotTranslator
from orchestration.settings import DBT_PROJECT_DIR, Settings
from orchestration.warehouse import build_file


def said(result: dg.ExecuteInProcessResult) -> tuple[Counter[str], dict[str, bool]]:
    """Return what a run said: each asset's status by key, each check's outcome by name."""
    materialized = Counter(
        f"{event.asset_key.to_user_string()} {event.materialization.metadata['status'].value}"
        for event in result.get_asset_materialization_events()
        if event.asset_key
    )
    checks = {f"{e.asset_key.to_user_string()} {e.check_name}": e.passed for e in result.get_asset_check_evaluations()}
    return materialized, checks


@pytest.fixture
def settings(home: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("ENTREPOT_HOME", str(home))
    return Settings()


def run(settings: Settings, selection: str, *, in_process: bool) -> dg.ExecuteInProcessResult:

    @dbt_assets(
        manifest=project.manifest(settings),
        dagster_dbt_translator=EntrepotTranslator(),
        project=project.project(settings),
        exclude="resource_type:unit_test",
        name="models",
    )
    def models(context: dg.AssetExecutionContext, cli: DbtCliResource) -> Any:
        if in_process:
            yield from build.build(context, settings)
        else:
            args = ["build", "--profiles-dir", str(DBT_PROJECT_DIR)]
            yield from cli.cli(args, context=context).stream()

    executable = str(Path(sys.executable).with_name("dbt"))
    cli = DbtCliResource(project_dir=project.project(settings), dbt_executable=executable)
    keys = dg.AssetSelection.keys(*selection.split())
    return dg.materialize([models], selection=keys, resources={"cli": cli})


def test_events_are_those_of_the_command_line_resource(settings: Settings) -> None:
    selection = "reference/sources staging/stg_record__exchange_rates_monthly marts/dim_source"
    ours, theirs = run(settings, selection, in_process=True), run(settings, selection, in_process=False)
    assert said(ours) == said(theirs)
    assert sum(said(ours)[0].values()) == 3


def test_only_what_was_selected_is_built(settings: Settings) -> None:
    materialized, _ = said(run(settings, "marts/dim_source", in_process=True))
    assert materialized == {"marts/dim_source success": 1}


def test_a_failing_node_fails_the_run_and_is_named(settings: Settings) -> None:
    with build_file.connect(settings) as connection:
        connection.execute("drop table raw.record__exchange_rates_monthly")
    with pytest.raises(dg.Failure, match=r"model stg_record__exchange_rates_monthly: .*does not exist"):
        run(settings, "staging/stg_record__exchange_rates_monthly", in_process=True)
