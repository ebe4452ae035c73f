"""Drive Superset's UI: `entrepot superset`, a real browser, the dashboard."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from orchestration.settings import PROJECT_DIR
from testing.dagster_ui import free_port, wait_until_it_answers

DASHBOARD = "superset/dashboard/entrepot/"
# Tall enough to show every tile at once: Superset draws only visible ones.
WIDTH, HEIGHT = 1500, 3700
TILES = ".dashboard-component-chart-holder"
ERRORS = "[role='alert'], .ant-alert, [data-test='error-message']"


@contextmanager
def serve(home: Path, **environment: str) -> Iterator[str]:
    """Serve Superset on a home with `entrepot superset`, and yield its address once it answers; then press Ctrl-C.

    Raises RuntimeError when it does not start, or when anything of it is left afterwards.
    """
    port = free_port()
    command = [str(Path(sys.executable).with_name("entrepot")), "superset", "--port", str(port)]
    with (home / "superset-terminal.log").open("a") as terminal:
        server = subprocess.Popen(
            command,
            env={**os.environ, "ENTREPOT_HOME": str(home), **environment},
            cwd=PROJECT_DIR,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
        )
        try:
            wait_until_it_answers(f"http://127.0.0.1:{port}/health", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(server.pid, signal.SIGINT)
            server.wait(timeout=30)
    if _group_is_alive(server.pid):
        os.killpg(server.pid, signal.SIGKILL)
        raise RuntimeError("Superset left processes behind after Ctrl-C")


def _group_is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def password(home: Path) -> str:
    """Return the password of `admin` that the first start created."""
    return (home / "superset" / "admin_password").read_text().strip()


def sign_in(page: Any, address: str, home: Path) -> None:
    """Sign in as `admin` on the login page."""
    page.goto(f"{address}/login/")
    page.fill("#username", "admin")
    page.fill("#password", password(home))
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def open_dashboard(page: Any, address: str, charts: int) -> dict[int, list[list[dict[str, Any]]]]:
    """Open the dashboard, wait until each chart has its data and is drawn; return the rows of each chart's queries.

    The rows are those of the chart data API, by the chart's id, as the page got them.
    """
    answers: dict[int, list[list[dict[str, Any]]]] = {}

    def note(response: Any) -> None:
        parts = urlsplit(response.url)
        if parts.path == "/api/v1/chart/data":
            chart = json.loads(parse_qs(parts.query)["form_data"][0])["slice_id"]
            answers[chart] = [query["data"] for query in response.json().get("result", [])]

    page.on("response", note)
    page.goto(f"{address}/{DASHBOARD}")
    page.locator(TILES).nth(charts - 1).wait_for(state="attached")
    for _ in range(900):
        if len(answers) >= charts and page.locator("[data-test='loading-indicator'], .loading").count() == 0:
            break
        page.wait_for_timeout(100)
    page.remove_listener("response", note)
    return answers
