"""A second run on the same data adds nothing, and leaves out views that have not changed."""

import json
import shutil
from collections import Counter
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration import releases
from orchestration.dbt import unchanged_views
from orchestration.runtime import instance
from orchestration.settings import Settings
from testing.commands import run_entrepot


def statuses(home: Path, monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[str, str]]:
    """Return how many assets of each layer the newest run built, by dbt's status."""
    monkeypatch.setenv("ENTREPOT_HOME", str(home))
    with instance.get(Settings()) as dagster_instance:
        [run] = dagster_instance.get_runs(limit=1)
        assert run.is_success
        said = dagster_instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
        found = [entry.dagster_event.step_materialization_data.materialization for entry in said if entry.dagster_event]
    return Counter((m.asset_key.path[0], str(m.metadata["status"].value)) for m in found if "status" in m.metadata)


@pytest.mark.slow
def test_second_run_adds_nothing_skips_views_and_reports_all_assets(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, before = statuses(home, monkeypatch), releases.current_release(home / "current")
    again = run_entrepot(home, "build", "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["new"] is False
    assert [release.id for release in releases.list_releases(home / "releases")] == [before.id]
    with duckdb.connect(str(home / "build" / "warehouse.duckdb"), read_only=True) as connection:
        payloads = connection.execute(
            "select count(*), count(*) filter (is_current) from raw.archive__payloads"
        ).fetchone()
    assert payloads == (16, 16)
    second = statuses(home, monkeypatch)
    assert second["staging", "unchanged"] == first["staging", "success"] > 0
    assert second["intermediate", "unchanged"] == first["intermediate", "success"] - 2  # two are tables
    # The lake is empty, and what is made of it is left too.
    assert second["marts", "success"] == first["marts", "success"] - 7
    assert second["marts", "unchanged"] == 7
    assert second.total() == first.total()


@pytest.mark.parametrize(
    "damage",
    [
        "create or replace view staging.stg_archive__payloads as select 1 as nothing",
        "drop view staging.stg_archive__payloads",
        "comment on view staging.stg_archive__payloads is 'somebody else wrote this'",
        "alter table raw.record__gold_trade add column stranger varchar",
    ],
)
def test_change_of_a_view_or_of_a_table_it_reads_is_detected(
    tmp_path: Path, built: Settings, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(built.build_file.parent, tmp_path / "build", ignore=shutil.ignore_patterns("dbt"))
    monkeypatch.setenv("ENTREPOT_HOME", str(tmp_path))
    settings = Settings()
    unchanged_views.remember(settings, "the project")
    assert unchanged_views.are_unchanged(settings, "the project")
    assert not unchanged_views.are_unchanged(settings, "another project")
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute(damage)
    assert not unchanged_views.are_unchanged(settings, "the project")


@pytest.mark.slow
def test_changed_views_are_created_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    query = "select sql, comment from duckdb_views() where schema_name in ('staging', 'intermediate') order by all"
    file = str(home / "build" / "warehouse.duckdb")
    with duckdb.connect(file) as connection:
        before = connection.execute(query).fetchall()
        connection.execute("create or replace view staging.stg_archive__payloads as select 1 as nothing")
    assert run_entrepot(home, "build").returncode == 0
    assert statuses(home, monkeypatch)["staging", "success"] > 0
    with duckdb.connect(file, read_only=True) as connection:
        assert connection.execute(query).fetchall() == before
