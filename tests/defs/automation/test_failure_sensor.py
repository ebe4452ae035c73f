"""The sensor on failed runs, against a real HTTP server on loopback."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import dagster as dg
import pytest
from dagster._utils.error import serializable_error_info_from_exc_info
from pydantic import SecretStr

from orchestration.defs.automation import failure_sensor
from orchestration.settings import Settings

SECRET = "services/T0/B0/a-secret"  # noqa: S105 - of no service


class WebhookServer:
    """A webhook that was started: its address, and the messages that it received."""

    def __init__(self, status: int) -> None:
        self.messages: list[tuple[str, str | None, dict[str, str]]] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                hook.messages.append((self.path, self.headers["Content-Type"], body))
                self.send_response(status)
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/{SECRET}"


@contextmanager
def webhook(status: int = 200) -> Iterator[WebhookServer]:
    hook = WebhookServer(status)
    thread = Thread(target=hook.server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield hook
    finally:
        hook.server.shutdown()
        hook.server.server_close()
        thread.join()


@dg.op
def load() -> None:
    raise ValueError("row 3: figure 'x' is no plain number")


@dg.job
def refresh_csd() -> None:
    load()


@dg.op
def gate() -> None:
    raise dg.Failure("2 checks that gate the release did not pass")


@dg.job
def warehouse() -> None:
    gate()


def failed(instance: dg.DagsterInstance, job: dg.JobDefinition) -> dg.RunFailureSensorContext:
    result = job.execute_in_process(instance=instance, raise_on_error=False)
    event = result.get_run_failure_event()
    run = instance.get_run_by_id(result.run_id)
    assert run
    return dg.build_run_status_sensor_context("failure_webhook", event, instance, run).for_run_failure()


def send(settings: Settings, address: str | None, context: dg.RunFailureSensorContext) -> object:
    with_webhook = settings.model_copy(update={"failure_webhook": SecretStr(address) if address else None})
    return failure_sensor.sensor(with_webhook)(context)


def test_webhook_gets_job_run_and_error(instance: dg.DagsterInstance, settings: Settings) -> None:
    context = failed(instance, refresh_csd)
    with webhook() as hook:
        send(settings, hook.address, context)
    run_id, error = context.dagster_run.run_id, "ValueError: row 3: figure 'x' is no plain number"
    body = {
        "text": f"Entrepot: refresh_csd failed (run {run_id}).\n{error}",
        "job": "refresh_csd",
        "run_id": run_id,
        "error": error,
    }
    assert hook.messages == [(f"/{SECRET}", "application/json", body)]


def test_webhook_gets_the_description_of_a_failure(instance: dg.DagsterInstance, settings: Settings) -> None:
    with webhook() as hook:
        send(settings, hook.address, failed(instance, warehouse))
    assert hook.messages[0][2]["error"] == "2 checks that gate the release did not pass"


def test_killed_run_has_an_error_too(instance: dg.DagsterInstance, settings: Settings) -> None:
    run = instance.create_run_for_job(refresh_csd, status=dg.DagsterRunStatus.STARTED)
    event = instance.report_run_failed(run, "the process that worked on this run was killed")
    context = dg.build_run_status_sensor_context("failure_webhook", event, instance, run).for_run_failure()
    with webhook() as hook:
        send(settings, hook.address, context)
    assert hook.messages[0][2]["error"] == "the process that worked on this run was killed"


def test_long_error_is_truncated(instance: dg.DagsterInstance, settings: Settings) -> None:
    run = instance.create_run_for_job(refresh_csd, status=dg.DagsterRunStatus.STARTED)
    event = instance.report_run_failed(run, "x" * 100_000)
    context = dg.build_run_status_sensor_context("failure_webhook", event, instance, run).for_run_failure()
    with webhook() as hook:
        send(settings, hook.address, context)
    assert len(hook.messages[0][2]["text"]) < 2_000


def test_no_message_without_an_address(instance: dg.DagsterInstance, settings: Settings) -> None:
    assert isinstance(send(settings, None, failed(instance, refresh_csd)), dg.SkipReason)
    assert failure_sensor.sensor(settings).default_status == dg.DefaultSensorStatus.STOPPED
    on = settings.model_copy(update={"failure_webhook": SecretStr("https://example.org/hook")})
    assert failure_sensor.sensor(on).default_status == dg.DefaultSensorStatus.RUNNING


@pytest.mark.parametrize("status", [302, 404, 500])
def test_error_status_raises_and_redirects_are_not_followed(status: int) -> None:
    with (
        webhook(status) as hook,
        pytest.raises(failure_sensor.WebhookFailed, match=f"^the webhook answered HTTP {status}$"),
    ):
        failure_sensor.send(hook.address, {"text": "x"})
    assert len(hook.messages) == 1


@pytest.mark.parametrize(
    "address",
    [
        f"http://127.0.0.1:9/{SECRET}",
        f"gopher://127.0.0.1/{SECRET}",
        f"http://127.0.0.1:port/{SECRET}",
        SECRET,
        "http://",
    ],
)
def test_address_is_in_no_error_and_no_log(
    instance: dg.DagsterInstance, settings: Settings, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    context = failed(instance, refresh_csd)
    caplog.clear()
    caplog.set_level(logging.DEBUG)
    with pytest.raises(failure_sensor.WebhookFailed) as raised:
        send(settings, address, context)
    shown = serializable_error_info_from_exc_info((type(raised.value), raised.value, raised.tb)).to_string()
    assert "a-secret" not in shown + caplog.text + repr(settings)


def test_address_is_in_no_log_of_a_sent_message(
    instance: dg.DagsterInstance, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    context = failed(instance, refresh_csd)
    caplog.clear()
    caplog.set_level(logging.DEBUG)
    with webhook() as hook:
        send(settings, hook.address, context)
    assert len(hook.messages) == 1
    assert "a-secret" not in caplog.text


def test_silent_webhook_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failure_sensor, "TIMEOUT_SECONDS", 0.2)
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as silent:
        address = f"http://127.0.0.1:{silent.server_port}/{SECRET}"
        with pytest.raises(failure_sensor.WebhookFailed, match="ReadTimeout"):
            failure_sensor.send(address, {"text": "x"})
