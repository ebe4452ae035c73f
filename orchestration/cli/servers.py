"""`entrepot ui` and `entrepot superset`: the servers, on loopback."""

import signal
import socket
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Annotated

import typer

from orchestration import releases
from orchestration.cli.console import err, fail, out
from orchestration.serving.http import ports
from orchestration.settings import get_settings
from orchestration.warehouse import build_file

DEFINITIONS = "orchestration.definitions"
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")]


def ui(port: Port = 3000) -> None:
    """Serve the Dagster UI on loopback, with a warm worker that starts runs at once.

    Only its own pages and programs on this machine may use it: requests by other web pages are refused.
    """
    try:
        with ports.claimed(port) as sockets:
            _serve_ui(sockets)
    except KeyboardInterrupt:
        err.print("the Dagster UI has ended")
    except ports.PortUnavailable as error:
        fail(str(error))


def _serve_ui(sockets: Sequence[socket.socket]) -> None:
    from orchestration.dbt import compatibility
    from orchestration.runtime import instance, ui_server, warm_worker, webserver

    settings = get_settings()
    if warning := compatibility.warning():
        err.print(warning)
    # A shell starts background jobs with SIGINT ignored, and all children would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    is_warm = compatibility.is_active(compatibility.Acceleration.WARM_WORKER, settings)
    try:
        webserver.require_known_version()
        with ui_server.hold(settings, sockets):
            if not build_file.is_held(settings):  # a run that a crash of the machine left would block the queue
                with instance.get(settings) as records:
                    instance.end_abandoned_runs(records, this_run="")
            with warm_worker.serve(settings, DEFINITIONS) if is_warm else nullcontext():
                ui_server.run(settings, sockets)
    except (ui_server.UiUnavailable, webserver.UnknownWebserver) as error:
        fail(str(error))


def serve_superset(
    port: Port = 8088,
    datasets: Annotated[
        bool, typer.Option("--datasets", help="Write the bundle's datasets from the current release, and stop.")
    ] = False,
) -> None:
    """Serve Superset with the project's dashboard on the current release; `make superset` sets it up first.

    A new release shows on the next query. The password of `admin` is made and shown at the first start.
    """
    from orchestration.serving import superset

    settings = get_settings()
    if datasets:
        with releases.connect(releases.current_release(settings.current)) as connection:
            out.print(f"{len(superset.write_datasets(connection))} datasets written; review the change and commit it")
        return
    try:
        superset.start(settings, port, out.print)
    except (superset.SupersetUnavailable, ports.PortUnavailable) as error:
        fail(str(error))
