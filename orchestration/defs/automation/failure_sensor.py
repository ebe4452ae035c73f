"""The sensor on failed runs: posts the job, the run and the error to a webhook."""

import dagster as dg
import httpx

from orchestration.settings import Settings

LONGEST_ERROR = 1_500  # chat services truncate or reject much longer messages
TIMEOUT_SECONDS = 10


class WebhookFailed(Exception):
    """The webhook did not accept the message. The text never contains the webhook's URL, which is a secret."""


def sensor(settings: Settings) -> dg.SensorDefinition:
    """Return the sensor; it runs if ENTREPOT_FAILURE_WEBHOOK is set."""
    status = dg.DefaultSensorStatus

    @dg.run_failure_sensor(
        name="failure_webhook",
        default_status=status.RUNNING if settings.failure_webhook else status.STOPPED,
        description="Posts each failed run to the URL in ENTREPOT_FAILURE_WEBHOOK.",
    )
    def failure_webhook(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
        if settings.failure_webhook is None:
            return dg.SkipReason("ENTREPOT_FAILURE_WEBHOOK is not set: no message is sent")
        send(settings.failure_webhook.get_secret_value(), message(context))
        return None

    return failure_webhook


def message(context: dg.RunFailureSensorContext) -> dict[str, str]:
    """Return the message's JSON: chat services show `text`, the other fields are for programs."""
    run = context.dagster_run
    errors = [_error_text(event) for event in context.get_step_failure_events()]
    error = ("\n".join(filter(None, errors)) or context.failure_event.message or "no error recorded")[:LONGEST_ERROR]
    return {
        "text": f"Entrepot: {run.job_name} failed (run {run.run_id}).\n{error}",
        "job": run.job_name,
        "run_id": run.run_id,
        "error": error,
    }


def _error_text(event: dg.DagsterEvent) -> str:
    """Return the description of a step's Failure, or the message of the first cause in its chain of errors."""
    failure = event.step_failure_data
    if failure.user_failure_data and failure.user_failure_data.description:
        return failure.user_failure_data.description
    error = failure.error
    while error and error.cause:
        error = error.cause
    return error.message.strip() if error else ""


def send(address: str, body: dict[str, str]) -> None:
    """Post the message, with one retry if the connection fails. Raises WebhookFailed.

    It uses the transport directly, because httpx's client logs the URL of each request and prints it in errors.
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
