"""Which web servers of Dagster are guarded: that of `entrepot ui`, and those of Dagster's own commands."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster_webserver.webserver import DagsterWebserver

from orchestration.runtime import instance, request_guard, webserver
from orchestration.serving.http import same_origin
from orchestration.settings import PROJECT_DIR, Settings
from testing.commands import run_entrepot
from testing.dagster_ui import free_port


def test_other_version_of_the_web_server_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webserver, "KNOWN_WEBSERVER", "1.0.0")
    with pytest.raises(webserver.UnknownWebserver, match=r"dagster-webserver \d.* is not served: only with 1\.0\.0"):
        webserver.require_known_version()


def test_every_application_that_dagster_makes_is_guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    class Server(DagsterWebserver[Any, Any]):
        pass

    request_guard.install(Server, set())
    assert isinstance(Server(process_context=None).create_asgi_app(), request_guard.RequestGuard)


def test_web_server_that_makes_applications_in_another_way_is_an_error() -> None:
    with pytest.raises(AttributeError):
        request_guard.install(type("Other", (), {}), set())


def kubernetes() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((PROJECT_DIR / "deploy" / "kubernetes" / "entrepot.yaml").read_text()))


def kubernetes_instance() -> str:
    [files] = [each["data"] for each in kubernetes() if each["metadata"]["name"] == "entrepot-instance"]
    return str(files["dagster.yaml"])


@pytest.mark.parametrize("file", ["home", "project", "kubernetes"])
def test_every_dagster_yaml_names_the_guard(tmp_path: Path, file: str) -> None:
    read: dict[str, Callable[[], str]] = {
        "home": lambda: instance.config(Settings(home=tmp_path)),
        "project": (PROJECT_DIR / "dagster.yaml").read_text,
        "kubernetes": kubernetes_instance,
    }
    assert yaml.safe_load(read[file]())["scheduler"] == {
        "module": "orchestration.runtime.scheduler",
        "class": "GuardingScheduler",
    }


def test_guard_lets_the_readiness_probe_of_kubernetes_pass() -> None:
    [ui] = [each for each in kubernetes() if each["kind"] == "Deployment" and "webserver" in str(each)]
    [server] = [each for each in ui["spec"]["template"]["spec"]["containers"] if each["name"] == "webserver"]
    sent = server["readinessProbe"]["httpGet"]["httpHeaders"]
    same_origin.check({each["name"].lower(): [each["value"]] for each in sent}, set())


@contextmanager
def dagster_webserver(**environment: str) -> Iterator[int]:
    """Serve with Dagster's own command, without code, and yield its port once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "dagster_webserver", "--empty-workspace", "-p", str(port)]
    env = {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}
    server = subprocess.Popen(command, cwd=PROJECT_DIR, env={**env, **environment})
    try:
        for _ in range(600):
            assert server.poll() is None
            try:
                answer(port, "GET", "/server_info")
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def answer(port: int, method: str, path: str, **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, headers=headers)
    return connection.getresponse().status


@pytest.mark.slow
@pytest.mark.xdist_group("ui")
@pytest.mark.parametrize("instance_of", ["a home", "no home"])
def test_dagsters_own_web_server_is_guarded(tmp_path: Path, instance_of: str) -> None:
    settings = Settings(home=tmp_path)
    environment = instance.prepare(settings) if instance_of == "a home" else {"ENTREPOT_HOME": str(tmp_path)}
    with dagster_webserver(**environment) as port:
        assert answer(port, "GET", "/server_info") == 200
        assert answer(port, "GET", "/server_info", Host="evil.example") == 403
        assert answer(port, "GET", "/graphql?query={version}") == 405
        assert answer(port, "POST", "/graphql?query={version}", Origin="http://evil.example") == 403


@pytest.mark.slow
@pytest.mark.xdist_group("ui")
def test_unknown_version_is_not_served_by_entrepot_ui(tmp_path: Path) -> None:
    """The version is that of a package's metadata, which a folder on the path replaces."""
    info = tmp_path / "path" / "dagster_webserver-9.9.9.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: dagster-webserver\nVersion: 9.9.9\n")
    path = os.pathsep.join([str(info.parent), os.environ.get("PYTHONPATH", "")])
    ran = run_entrepot(tmp_path / "home", "ui", "--port", str(free_port()), PYTHONPATH=path)
    assert ran.returncode == 1
    assert "dagster-webserver 9.9.9 is not served" in ran.stderr
