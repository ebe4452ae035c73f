"""The sensor on failed runs: tells a webhook which job failed, in which run, and why."""

import dagster as dg
import httpx

from orchestration.settings import Settings

LONGEST_ERROR = 1_500  # chat services cut or refuse what is much longer
TIMEOUT_SECONDS = 10


class WebhookFailed(Exception):
    """The webhook did not take the message. Its address is a secret, and stays out of this."""


def sensor(settings: Settings) -> dg.SensorDefinition:
    """Return the sensor, running when ENTREPOT_FAILURE_WEBHOOK is set."""
    status = dg.DefaultSensorStatus

    @dg.run_failure_sensor(
        name="failure_webhook",
        default_status=status.RUNNING if settings.failure_webhook else status.STOPPED,
        description="Tells the address in ENTREPOT_FAILURE_WEBHOOK of each run that failed.",
    )
    def failure_webhook(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
        if settings.failure_webhook is None:
            return dg.SkipReason("ENTREPOT_FAILURE_WEBHOOK is not set: nobody is told")
        send(settings.failure_webhook.get_secret_value(), message(context))
        return None

    return failure_webhook


def message(context: dg.RunFailureSensorContext) -> dict[str, str]:
    """Return what is sent: `text` is what chat services show, the rest is for programs."""
    run = context.dagster_run
    said = [_said(event) for event in context.get_step_failure_events()]
    error = ("\n".join(filter(None, said)) or context.failure_event.message or "no error was given")[:LONGEST_ERROR]
    return {
        "text": f"Entrepot: {run.job_name} failed (run {run.run_id}).\n{error}",
        "job": run.job_name,
        "run_id": run.run_id,
        "error": error,
    }


def _said(event: dg.DagsterEvent) -> str:
    """Return what a failed step said for people, or else the error that was the cause of the others."""
    failure = event.step_failure_data
    if failure.user_failure_data and failure.user_failure_data.description:
        return failure.user_failure_data.description
    error = failure.error
    while error and error.cause:
        error = error.cause
    return error.message.strip() if error else ""


def send(address: str, body: dict[str, str]) -> None:
    """Post the message, once more if no connection came about. Raises WebhookFailed.

    Through the bare transport: httpx's client logs the address of each request, and its errors print it.
    """
    try:
        request = httpx.Request(
            "POST", address, json=body, extensions={"timeout": httpx.Timeout(TIMEOUT_SECONDS).as_dict()}
        )
        with httpx.HTTPTransport(retries=1) as transport:
            answer = transport.handle_request(request)
            answer.close()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise WebhookFailed(f"the webhook can't be reached: {type(error).__name__}") from None
    if not answer.is_success:
        raise WebhookFailed(f"the webhook answered HTTP {answer.status_code}")
