"""A build by the dbt worker yields the same Dagster events as dagster-dbt's own command line resource."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster_dbt import DbtCliResource, dbt_assets

from orchestration.dbt import build, project
from orchestration.dbt.translator import EntrepotTranslator
from orchestration.settings import DBT_PROJECT_DIR, Settings
from orchestration.warehouse import build_file


def outcomes(result: dg.ExecuteInProcessResult) -> tuple[dict[str, dict[str, Any]], dict[str, tuple[Any, ...]]]:
    """Return the metadata of each materialized asset by key, and severity, outcome and metadata of each check."""
    materialized = {
        event.asset_key.to_user_string(): _constant(event.materialization.metadata)
        for event in result.get_asset_materialization_events()
        if event.asset_key
    }
    checks = {
        f"{e.asset_key.to_user_string()} {e.check_name}": (e.passed, e.severity, _constant(e.metadata))
        for e in result.get_asset_check_evaluations()
    }
    return materialized, checks


def _constant(metadata: Mapping[str, dg.MetadataValue[Any]]) -> dict[str, Any]:
    """Return the metadata without what differs between two runs, but with its names."""
    varying = ("Execution Duration", "invocation_id")
    return {name: None if name in varying else value.value for name, value in metadata.items()}


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


@pytest.mark.slow
def test_events_are_those_of_the_command_line_resource(settings: Settings) -> None:
    selected = "reference/sources staging/stg_record__exchange_rates_monthly marts/dim_source marts/dim_month"
    ours = outcomes(run(settings, selected, in_process=True))
    theirs = outcomes(run(settings, selected, in_process=False))
    rows = {key: metadata.pop("dagster/row_count", None) for key, metadata in ours[0].items()}
    assert ours == theirs
    assert len(ours[0]) == 4
    assert ours[1]
    assert [key for key, count in rows.items() if count is None] == ["staging/stg_record__exchange_rates_monthly"]


@pytest.mark.slow
@pytest.mark.parametrize("selected", ["marts/dim_source", "staging/stg_record__exchange_rates_monthly"])
def test_only_selected_assets_are_built(settings: Settings, selected: str) -> None:
    materialized, _ = outcomes(run(settings, selected, in_process=True))
    assert materialized.keys() == {selected}


@pytest.mark.slow
def test_failing_node_fails_the_run_and_is_named(settings: Settings) -> None:
    with build_file.connect(settings) as connection:
        connection.execute("drop table raw.record__exchange_rates_monthly")
    with pytest.raises(dg.Failure, match=r"model stg_record__exchange_rates_monthly: .*does not exist"):
        run(settings, "staging/stg_record__exchange_rates_monthly", in_process=True)
