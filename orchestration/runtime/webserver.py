"""Dagster's web server with the request guard in front of it.

`entrepot ui` starts `serve` on sockets that it has claimed. Dagster's own commands (`dagster dev`, `dagster-webserver`)
get it from `guard_dagsters_own`, which `scheduler` calls in every process that opens the instance. Without the guard
nothing is served, so a version that is not known is refused.
"""

import socket
import sys
from importlib.metadata import version
from pathlib import Path

from orchestration.dbt.compatibility import KNOWN_WEBSERVER
from orchestration.runtime import request_guard
from orchestration.settings import get_settings

# As `dagster dev` and `dagster-webserver` set them: milliseconds, seconds, connections.
STATEMENT_TIMEOUT, POOL_RECYCLE, POOL_OVERFLOW = 15_000, 3_600, 20
POLL_MILLISECONDS = 2_000
OWN_COMMAND = "dagster_webserver.cli"


class UnknownWebserver(Exception):
    """The installed version of Dagster's web server is not known to be guarded."""


def require_known_version() -> None:
    """Raise UnknownWebserver unless the installed web server is the one that the guard is tested with."""
    found = version("dagster-webserver")
    if found != KNOWN_WEBSERVER:
        raise UnknownWebserver(
            f"dagster-webserver {found} is not served: only with {KNOWN_WEBSERVER} is it known that no other web page"
            " can start or delete runs through it. Install requirements.lock, or see docs/runtime.md."
        )


def guard_dagsters_own() -> None:
    """Put the guard in front of Dagster's own web server if this process is one, once. Raises UnknownWebserver."""
    if OWN_COMMAND not in sys.modules or getattr(guard_dagsters_own, "done", False):
        return
    require_known_version()
    from dagster_webserver.webserver import DagsterWebserver

    request_guard.install(DagsterWebserver, get_settings().allowed_host_names)
    guard_dagsters_own.done = True  # type: ignore[attr-defined]


def serve(workspace: Path, sockets: list[socket.socket]) -> None:
    """Serve the UI of the instance in DAGSTER_HOME until SIGINT or SIGTERM.

    Args:
        workspace: The file that says where the code servers listen.
        sockets: They listen already.
    """
    import uvicorn
    from dagster import DagsterInstance, __version__
    from dagster._core.workspace.context import WorkspaceProcessContext
    from dagster._core.workspace.load_target import WorkspaceFileTarget
    from dagster_webserver.app import create_app_from_workspace_process_context

    require_known_version()
    with DagsterInstance.get() as instance:
        instance.optimize_for_webserver(STATEMENT_TIMEOUT, POOL_RECYCLE, POOL_OVERFLOW)
        target = WorkspaceFileTarget([str(workspace)])
        with WorkspaceProcessContext(instance, target, version=__version__) as context:
            app = create_app_from_workspace_process_context(context, live_data_poll_rate=POLL_MILLISECONDS)
            guarded = request_guard.RequestGuard(app, get_settings().allowed_host_names)
            config = uvicorn.Config(guarded, log_level="warning", proxy_headers=False, timeout_graceful_shutdown=2)
            server = uvicorn.Server(config)
            port = sockets[0].getsockname()[1]
            print(f"http://127.0.0.1:{port} shows the Dagster UI; Ctrl-C ends it", flush=True)  # noqa: T201
            server.run(sockets)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), [socket.socket(fileno=int(number)) for number in sys.argv[2:]])
