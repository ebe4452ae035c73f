"""The Dagster events of a build on Spark, and builds of some assets only."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster_dbt import dbt_assets

from orchestration.dbt import project
from orchestration.dbt.spark import build as spark_build
from orchestration.dbt.translator import EntrepotTranslator
from orchestration.settings import Settings
from orchestration.sources.vocabulary import vocabulary
from orchestration.warehouse import build_file

pytestmark = [pytest.mark.spark, pytest.mark.timeout(400), pytest.mark.usefixtures("spark_installed")]


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home, engine="spark")


def run(settings: Settings, selection: str) -> dg.ExecuteInProcessResult:

    @dbt_assets(
        manifest=project.manifest(settings),
        dagster_dbt_translator=EntrepotTranslator(),
        project=project.project(settings),
        exclude="resource_type:unit_test",
        name="models",
    )
    def models(context: dg.AssetExecutionContext) -> Any:
        yield from spark_build.build(context, settings)

    return dg.materialize([models], selection=dg.AssetSelection.keys(*selection.split()))


def test_selected_marts_are_built_on_spark_from_existing_tables(settings: Settings) -> None:
    with build_file.connect(settings) as connection:
        connection.execute("delete from intermediate.int_observations where source_id = 'federal_reserve_h10'")
    result = run(settings, "marts/dim_source marts/dim_month")
    events = {event.materialization.asset_key.path[-1]: event for event in result.get_asset_materialization_events()}
    assert events.keys() == {"dim_source", "dim_month"}
    metadata = events["dim_source"].materialization.metadata
    sources = len(vocabulary("sources", "source_id"))
    assert (metadata["engine"].value, metadata["dagster/row_count"].value) == ("spark", sources)
    assert [each.passed for each in result.get_asset_check_evaluations()] == [True]
    with build_file.connect(settings, read_only=True) as connection:
        figures_held = "select figures_held from marts.dim_source where source_id = 'federal_reserve_h10'"
        assert connection.execute(figures_held).fetchone() == (0,)


def test_staging_needs_no_spark_session(settings: Settings) -> None:
    result = run(settings, "staging/stg_record__trade_shares")
    [event] = result.get_asset_materialization_events()
    assert "engine" not in event.materialization.metadata
    assert not (settings.spark_dir / "spark.log").exists()


def test_model_that_fails_on_spark_is_named(settings: Settings) -> None:
    with build_file.connect(settings) as connection:
        connection.execute("alter table intermediate.int_observations drop column is_served")
    with pytest.raises(dg.Failure, match=r"(?s)on Spark at local\[2\]: .*model dim_source: .*is_served"):
        run(settings, "marts/dim_source")
