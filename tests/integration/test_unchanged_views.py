"""Views that stand as the last whole build left them are not written again; any that do not are."""

from collections import Counter
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration import instance
from orchestration.settings import Settings
from tests.conftest import run_entrepot


def statuses(home: Path, monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[str, str]]:
    """Return how many assets of each layer the newest run built, by what dbt said of them."""
    monkeypatch.setenv("ENTREPOT_HOME", str(home))
    with instance.get(Settings()) as dagster_instance:
        [run] = dagster_instance.get_runs(limit=1)
        assert run.is_success
        said = dagster_instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
        found = [entry.dagster_event.step_materialization_data.materialization for entry in said if entry.dagster_event]
    return Counter((m.asset_key.path[0], str(m.metadata["status"].value)) for m in found if "status" in m.metadata)


def test_a_second_run_leaves_the_views_alone_and_tells_of_all_assets(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = statuses(home, monkeypatch)
    assert run_entrepot(home, "build").returncode == 0
    second = statuses(home, monkeypatch)
    assert second["staging", "unchanged"] == first["staging", "success"] > 0
    assert second["intermediate", "unchanged"] == first["intermediate", "success"] - 1  # int_observations is a table
    assert second["marts", "success"] == first["marts", "success"]
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
def test_views_that_are_not_as_they_were_left_are_made_again(
    home: Path, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "select sql, comment from duckdb_views() where view_name = 'stg_archive__payloads'"
    file = str(home / "build" / "warehouse.duckdb")
    with duckdb.connect(file) as connection:
        before = connection.execute(query).fetchall()
        connection.execute(damage)
    assert run_entrepot(home, "build").returncode == 0
    assert statuses(home, monkeypatch)["staging", "success"] > 0
    with duckdb.connect(file, read_only=True) as connection:
        assert connection.execute(query).fetchall() == before
