"""PostgreSQL for data engineers: set a variable, build, roll back, and get an error when loading fails."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import psycopg
import pytest
from pydantic import SecretStr
from rich.console import Console

from orchestration import releases
from orchestration.cli import status
from orchestration.defs.assets import replicas
from orchestration.defs.resources import Warehouse
from orchestration.serving import postgres as pg
from orchestration.serving.postgres import session
from orchestration.serving.postgres_replica import PostgresReplica
from orchestration.settings import Settings
from testing.commands import call_entrepot, run_entrepot
from testing.homes import revise
from testing.postgres_server import Server, emptied

pytestmark = pytest.mark.xdist_group("postgres")


def balance_of_december_2017(server: Server) -> float:
    with psycopg.connect(server.reader) as connection:
        query = "select balance_hkd_mn from marts.fct_trade_balance_monthly where month = '2017-12-01'"
        [balance] = connection.execute(query).fetchone() or [None]
    return float(balance or "nan")


@pytest.fixture
def server(postgres: Server) -> Server:
    """The server with no release in it."""
    return emptied(postgres)


def refusing(url: str) -> str:
    return url.replace("entrepot_loader:", "entrepot_loader:not")


@pytest.mark.slow
def test_build_that_cannot_load_postgres_exits_with_code_5_and_rollback_loads_again(
    server: Server, home: Path, figures: Path
) -> None:
    first = releases.current_release(home / "current")
    pg.load(server.loader, first, "entrepot_reader")
    revise(figures)
    settings = {"ENTREPOT_FIGURES_DIR": str(figures), "ENTREPOT_POSTGRES_URL": refusing(server.loader)}
    partial = run_entrepot(home, "build", **settings)
    second = releases.current_release(home / "current")
    assert partial.returncode == 5
    assert f"Published release {second.id}" in partial.stdout
    assert "released, but PostgreSQL keeps its earlier release" in partial.stderr
    assert "password authentication failed" in partial.stderr
    assert second.id != first.id
    assert balance_of_december_2017(server) == -59_900

    served = {"ENTREPOT_POSTGRES_URL": server.loader}
    behind = run_entrepot(home, "postgres", "status", **served)
    assert behind.returncode == 1
    assert f"has release {first.id}, not the current one, {second.id}; run `entrepot postgres load`" in behind.stdout
    here = Settings(home=home, postgres_url=SecretStr(server.loader))
    assert PostgresReplica(here).update()["release"] == second.id
    assert balance_of_december_2017(server) == -59_800
    back = call_entrepot(home, "releases", "rollback", "--json", **served)
    assert json.loads(back.stdout) == {"current": first.id}
    assert balance_of_december_2017(server) == -59_900
    stuck = call_entrepot(home, "releases", "rollback", second.id, **settings)
    assert stuck.returncode == 1
    assert f"release {second.id} is current" in stuck.stdout
    assert "then run `entrepot postgres load`" in stuck.stderr

    secret = server.passwords["entrepot_loader"]
    assert secret not in "".join(run.stdout + run.stderr for run in (partial, behind, back, stuck))
    kept = [path for path in home.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    assert kept == []


@pytest.mark.slow
def test_asset_loads_a_release_once(server: Server, built: Settings, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "current").symlink_to(built.current.resolve())
    here = Settings(home=home, postgres_url=SecretStr(server.loader))
    found: list[object] = []
    for _ in range(2):
        result = dg.materialize(replicas.assets(here), resources={"warehouse": Warehouse(here)})
        [event] = result.get_asset_materialization_events()
        found.append(event.materialization.metadata["is_new"].value)
    assert found == [True, False]
    assert balance_of_december_2017(server) == -59_900
    summary = status.summarise(here.model_copy(update={"archive": built.archive_dir}))
    assert summary["postgres"]["is_current"] is True
    shown = io.StringIO()
    Console(file=shown, width=300).print(status.render_status(summary))
    assert f"has the current release, {summary['release']}, since" in shown.getvalue()


def test_command_without_the_setting_names_it(built_home: Path) -> None:
    refused = call_entrepot(built_home, "postgres", "load")
    assert refused.returncode == 2
    assert "ENTREPOT_POSTGRES_URL is not set" in refused.stderr


def test_asset_exists_only_with_the_setting_and_not_as_of_a_past_day(tmp_path: Path) -> None:
    url = SecretStr("postgresql://entrepot:s3cret@127.0.0.1/entrepot")
    assert replicas.assets(Settings(home=tmp_path)) == []
    assert replicas.assets(Settings(home=tmp_path, postgres_url=url, as_of=datetime(2026, 9, 25, tzinfo=UTC))) == []
    [definition] = replicas.assets(Settings(home=tmp_path, postgres_url=url))
    assert {key.to_user_string() for key in definition.asset_deps[definition.key]} == {"release"}


@pytest.mark.parametrize(
    ("url", "tls"),
    [
        ("postgresql://role@127.0.0.1/entrepot", None),
        ("postgresql://role@localhost/entrepot", None),
        ("postgresql://role@[::1]/entrepot", None),
        ("postgresql://role@/entrepot?host=/run/postgresql", None),
        ("postgresql://role@warehouse.example/entrepot", "require"),
        ("postgresql://role@192.0.2.1/entrepot", "require"),
        ("postgresql://role@127.0.0.1,192.0.2.1/entrepot", "require"),
        ("postgresql://role@/entrepot?hostaddr=192.0.2.1", "require"),
        ("postgresql://role@warehouse.example/entrepot?sslmode=verify-full", None),
    ],
)
def test_connections_to_other_machines_require_tls(url: str, tls: str | None) -> None:
    assert session.tls(url).get("sslmode") == tls


def test_place_of_a_url_has_no_secrets() -> None:
    url = "postgresql://role:s3cret@warehouse.example:6000/entrepot?passfile=/run/s3cret"
    assert pg.place(url) == "postgresql://role@warehouse.example:6000/entrepot"
