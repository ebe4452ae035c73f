"""Starting Superset: what it needs, what it keeps secret, and that a second start imports only what changed."""

import re
import socket
import stat
import subprocess
from pathlib import Path

import pytest
from pydantic import SecretStr

from orchestration import releases
from orchestration.serving.http.ports import PortUnavailable
from orchestration.serving.superset import launch
from orchestration.serving.superset.datasets import BUNDLE
from orchestration.serving.superset.launch import SupersetUnavailable
from orchestration.settings import Settings
from testing.commands import run_entrepot
from tests.serving.superset.client import Client, bundle


def show_nothing(_: str) -> None:
    raise AssertionError("nothing must be shown")


def test_start_without_the_environment_says_what_to_do(
    built: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "PYTHON", tmp_path / "bin" / "python")
    with pytest.raises(SupersetUnavailable, match="make superset"):
        launch.start(built, 8088, show_nothing)


def test_port_in_use_is_an_error_before_anything_is_created(
    built: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "PYTHON", tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(PortUnavailable, match="in use"):
            launch.start(Settings(home=tmp_path), other.getsockname()[1], show_nothing)
    assert list(tmp_path.iterdir()) == []


def test_warehouse_url_without_a_release_raises(tmp_path: Path) -> None:
    with pytest.raises(releases.NoRelease):
        launch.warehouse_url(Settings(home=tmp_path))


def test_warehouse_url_is_postgresql_when_set(tmp_path: Path) -> None:
    address = "postgresql://bi:hidden-word@127.0.0.1:5432/entrepot"
    settings = Settings(home=tmp_path, superset_postgres_url=SecretStr(address))
    assert launch.warehouse_url(settings) == address
    assert "hidden-word" not in repr(settings)


def test_other_database_address_is_refused_without_being_shown(tmp_path: Path) -> None:
    ran = run_entrepot(tmp_path, "superset", ENTREPOT_SUPERSET_POSTGRES_URL="mysql://bi:hidden-word@127.0.0.1/x")
    assert ran.returncode == 2
    assert "ENTREPOT_SUPERSET_POSTGRES_URL: must begin with postgresql://" in ran.stderr
    assert "hidden-word" not in ran.stderr + ran.stdout


def test_secret_is_created_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "superset" / "admin_password"
    made, is_new = launch.read_or_create_secret(path)
    assert is_new
    assert len(made) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert launch.read_or_create_secret(path) == (made, False)
    assert launch.read_or_create_secret(path.with_name("other"))[0] != made


@pytest.mark.superset
def test_password_is_shown_at_the_first_start_and_all_files_are_private(superset: Client) -> None:
    terminal = (superset.home / "superset-terminal.log").read_text()
    assert superset.password in terminal
    for path in (superset.home / "superset").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
        if path.is_file() and path.name != "admin_password":
            assert superset.password.encode() not in path.read_bytes(), path


@pytest.mark.superset
def test_another_password_is_refused(superset: Client) -> None:
    for password in ("admin", "", superset.password[:-1]):
        credentials = {"username": "admin", "password": password, "provider": "db"}
        assert superset.http.post("/security/login", json=credentials).status_code in (400, 401)


@pytest.mark.superset
def test_server_listens_on_loopback_only(superset: Client) -> None:
    port = int(superset.address.rpartition(":")[2])
    listening = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    where = re.findall(rf"^\s*\d+: (\w+):{port:04X} \w+:0000 0A", listening, re.MULTILINE)
    assert where[0] == "0100007F"
    assert where[1:] in ([], ["00000000000000000000000001000000"])


@pytest.mark.superset
def test_port_in_use_is_named(superset: Client) -> None:
    port = superset.address.rpartition(":")[2]
    ran = run_entrepot(superset.home, "superset", "--port", port)
    assert ran.returncode == 1
    assert f"port {port} is in use" in ran.stderr


@pytest.mark.superset
def test_second_start_imports_only_changes(superset: Client) -> None:
    code = """
import server
from superset.app import create_app
app = create_app()
files = server.bundle(server.os.environ["ENTREPOT_SUPERSET_WAREHOUSE"])
with app.app_context():
    print(server.import_changed(files))
    files["charts/peg.yaml"] = files["charts/peg.yaml"].replace("the band", "its band")
    print(server.import_changed(files))
"""
    variables = {**launch.environment(Settings(home=superset.home)), "PYTHONPATH": str(BUNDLE)}
    ran = subprocess.run(
        [str(launch.PYTHON), "-c", code], env=variables, capture_output=True, text=True, timeout=120, check=True
    )
    assert ran.stdout.splitlines()[-2:] == ["[]", "['charts/peg.yaml']"]
    assert any("in its band" in chart["slice_name"] for chart in superset.listed("chart"))
    assert superset.import_assets(bundle(superset.home)).status_code == 200
