"""`entrepot ui`: the processes that `dagster dev` starts, with the guarded web server in place of Dagster's own.

They are the code server, which restarts when it fails, the web server and the daemon.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import yaml
from dagster._cli.proxy_server_manager import ProxyServerManager
from dagster._core.workspace.load_target import WorkspaceFileTarget

from orchestration.runtime import instance, webserver
from orchestration.settings import PROJECT_DIR, Settings
from orchestration.storage import locks

LOG_LEVEL = "warning"
SECONDS_TO_END = 60
LOOK_SECONDS = 0.5


class UiUnavailable(Exception):
    """The UI can't be served, or a part of it ended; the message says why."""


@contextmanager
def hold(settings: Settings, sockets: Sequence[socket.socket]) -> Iterator[None]:
    """Keep a second `entrepot ui` off this home: two daemons would start every schedule twice.

    Raises UiUnavailable, with the process and port of the other one.
    """
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    note = {"pid": os.getpid(), "port": sockets[0].getsockname()[1]}
    with ExitStack() as held:
        try:
            held.enter_context(locks.locked(settings.dagster_home / "ui.lock", note))
        except locks.Locked as other:
            place = other.described(" (process {pid}, http://127.0.0.1:{port})", "")
            raise UiUnavailable(
                f"another `entrepot ui` serves {settings.home}{place}; use that one, or end it first"
            ) from None
        yield


def run(settings: Settings, sockets: Sequence[socket.socket]) -> None:
    """Serve the UI of a home on sockets that listen already, until KeyboardInterrupt.

    Raises UiUnavailable if the web server or the daemon ends by itself, webserver.UnknownWebserver.
    """
    webserver.require_known_version()
    os.chdir(PROJECT_DIR)  # the code server imports from the working directory
    # With the first, Dagster prints an error of the code once, not in each process.
    os.environ.update({**instance.prepare(settings), "DAGSTER_IS_DEV_CLI": "1", "DAGSTER_verbose": ""})
    target = WorkspaceFileTarget(["workspace.yaml"])
    with (
        instance.get(settings) as records,
        ProxyServerManager(records, target, code_server_log_level=LOG_LEVEL) as code_servers,
        tempfile.TemporaryDirectory(prefix="entrepot-ui-") as folder,
    ):
        workspace = Path(folder) / "workspace.yaml"
        workspace.write_text(yaml.dump({"load_from": list(code_servers.get_code_server_specs())}))
        numbers = [listener.fileno() for listener in sockets]
        web = [sys.executable, "-m", "orchestration.runtime.webserver", str(workspace), *map(str, numbers)]
        daemon = [sys.executable, "-m", "dagster._daemon", "run", "-w", str(workspace), "--log-level", LOG_LEVEL]
        daemon += ["--code-server-log-level", LOG_LEVEL]
        with _processes({"web server": (web, numbers), "daemon": (daemon, [])}) as started:
            while True:
                time.sleep(LOOK_SECONDS)
                for name, process in started.items():
                    if process.poll() is not None:
                        raise UiUnavailable(f"Dagster's {name} ended with exit code {process.returncode}; see above")


@contextmanager
def _processes(commands: dict[str, tuple[list[str], list[int]]]) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Start commands, each with the descriptors to pass on; end them when the block does.

    Ctrl-C reaches them too. SIGTERM afterwards changes nothing, where a second SIGINT would cut them short.
    """
    started = {name: subprocess.Popen(command, pass_fds=passed) for name, (command, passed) in commands.items()}
    try:
        yield started
    finally:
        for process in started.values():
            process.terminate()
        for process in started.values():
            try:
                process.wait(SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
