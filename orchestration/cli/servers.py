"""`entrepot ui` and `entrepot superset`: the servers, on loopback."""

import signal
import subprocess
import sys
from contextlib import nullcontext
from typing import Annotated

import typer

from orchestration import releases
from orchestration.cli.console import err, fail, out
from orchestration.settings import PROJECT_DIR, get_settings
from orchestration.warehouse import build_file

DEFINITIONS = "orchestration.definitions"


def ui(port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 3000) -> None:
    """Serve the Dagster UI on loopback, with a warm worker that starts runs at once."""
    from orchestration.dbt import compatibility
    from orchestration.runtime import instance, warm_worker

    settings = get_settings()
    if warning := compatibility.warning():
        err.print(warning, markup=False)
    command = [sys.executable, "-m", "dagster", "dev", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", str(port)]
    environment = instance.prepare(settings)
    if not build_file.is_held(settings):  # a run that a crash of the machine left would block the queue
        with instance.get(settings) as records:
            instance.end_abandoned_runs(records, this_run="")
    # A shell starts background jobs with SIGINT ignored, and all children would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    is_warm = compatibility.is_active(compatibility.Acceleration.WARM_WORKER, settings)
    with warm_worker.serve(settings, DEFINITIONS) if is_warm else nullcontext():
        raise typer.Exit(subprocess.run(command, cwd=PROJECT_DIR, env=environment, check=False).returncode)


def serve_superset(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 8088,
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
    except superset.SupersetUnavailable as error:
        fail(str(error))
