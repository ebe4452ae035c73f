"""Drive the Dagster UI: a real server, a real browser, a click on "Materialize all"."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from orchestration.settings import PROJECT_DIR

CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def serve(home: Path, **environment: str) -> Iterator[str]:
    """Serve the UI of a home with `entrepot ui`, and yield its address once it answers."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("entrepot")), "ui", "--port", str(port)]
    env = {**os.environ, "ENTREPOT_HOME": str(home), **environment}
    with (home / "ui.log").open("w") as log:
        server = subprocess.Popen(command, env=env, cwd=PROJECT_DIR, stdout=log, stderr=log, start_new_session=True)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until_it_answers(f"{address}/server_info", server)
            yield address
        finally:
            os.killpg(server.pid, signal.SIGINT)
            try:
                server.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                raise


def wait_until_it_answers(address: str, server: subprocess.Popen[bytes]) -> None:
    """Wait for a server's first response. Raises RuntimeError if it ends before, TimeoutError after two minutes."""
    for _ in range(1200):
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with exit code {server.returncode}")
        try:
            with urllib.request.urlopen(address, timeout=1):  # noqa: S310
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"{address} does not answer")


@contextmanager
def browser(width: int = 1280, height: int = 800) -> Iterator[Any]:
    """Open a page in headless Chromium; without animations, which are slow without a GPU."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        try:
            yield chromium.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
        finally:
            chromium.close()


def open_check(page: Any, address: str, asset: str, check: str) -> None:
    """Open a check of an asset and wait for its latest outcome; `check` may be the beginning of its name."""
    page.goto(f"{address}/assets/{asset}?view=checks")
    page.get_by_text(check).first.click(timeout=60_000)
    page.get_by_text("Evaluation result").wait_for(timeout=60_000)


def open_lineage(page: Any, address: str) -> None:
    """Open the global asset lineage and wait until everything can be materialised."""
    page.goto(f"{address}/asset-groups")
    page.get_by_text("Materialize all").wait_for(timeout=60_000)


def materialize_all(page: Any, timeout: float = 120) -> str:
    """Click "Materialize all", follow the link to the run, and return the status that its page shows at the end."""
    page.get_by_text("Materialize all").click()
    page.locator("a[href^='/runs/']", has_text="View").first.click(timeout=timeout * 1000)
    ended = page.locator("text=/^(Success|Failure|Canceled)$/").first
    ended.wait_for(timeout=timeout * 1000)
    return str(ended.inner_text())


def click_to_success(page: Any, address: str, timeout: float = 120) -> tuple[str, float]:
    """Click "Materialize all" and stay on the lineage; return how the run ended and the seconds from the click.

    The end is what the server answers, not what the run's page paints: painting without a GPU takes a processor of its
    own, and on two it would slow the run that it shows.
    """
    earlier, _ = _newest_run(address)
    began = time.perf_counter()
    page.get_by_text("Materialize all").click()
    while time.perf_counter() - began < timeout:
        run_id, status = _newest_run(address)
        if run_id != earlier and status in ENDED:
            return status.title(), time.perf_counter() - began
        time.sleep(0.1)
    raise TimeoutError(f"no run ended within {timeout} s of the click")


def _newest_run(address: str) -> tuple[str | None, str | None]:
    """Return id and status of the newest run, from the server's GraphQL API."""
    query = {"query": "{ runsOrError(limit: 1) { ... on Runs { results { runId status } } } }"}
    request = urllib.request.Request(  # noqa: S310
        f"{address}/graphql", json.dumps(query).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        results = json.load(answer)["data"]["runsOrError"]["results"]
    return (results[0]["runId"], results[0]["status"]) if results else (None, None)
