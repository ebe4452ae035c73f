"""A run worker that is warm before it is needed: the imports of a run take longer than the run.

Saves 35 % of the time from a click in the UI to the run's success (`python -m benchmarks.private_apis`).

`serve` keeps one warm worker process waiting and hands it the next run through a socket that only this user can open.
Each run still has a process of its own. A worker whose code changed since it warmed up replaces itself with a cold one.
"""

import hashlib
import json
import os
import signal
import socket
import socketserver
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from orchestration.runtime import gc_freeze, instance
from orchestration.runtime.private_folder import private_folder
from orchestration.settings import PROJECT_DIR, Settings, get_settings

SECONDS_TO_END = 10


def socket_path(settings: Settings) -> Path:
    """Return where the server of the warm worker listens: in a folder that only this user can enter.

    The folder is in the temporary folder, because Unix limits the length of such a path. Raises PermissionError when
    another user made it, or can enter it.
    """
    home = hashlib.sha256(str(settings.home).encode()).hexdigest()[:16]
    return private_folder() / f"warm-worker-{home}.sock"


def request(settings: Settings, message: dict[str, str]) -> dict[str, Any] | None:
    """Send a request to the server of the warm worker and return its reply; None when no server is listening."""
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(socket_path(settings)))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        connection.sendall(json.dumps(message).encode() + b"\n")
        reply: dict[str, Any] = json.loads(connection.makefile().readline())
        return reply


class _Workers:
    """The warm worker that is waiting, if there is one, and those that execute runs, by run id."""

    def __init__(self, settings: Settings, code_location: str) -> None:
        self.settings = settings
        self.command = [sys.executable, "-m", "orchestration.runtime.warm_worker", code_location]
        self.environment = instance.prepare(settings)
        self.lock = Lock()
        self.closed = False
        self.working: dict[str, subprocess.Popen[bytes]] = {}
        self.waiting: subprocess.Popen[bytes] | None = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self.command, stdin=subprocess.PIPE, cwd=PROJECT_DIR, env=self.environment)

    def launch(self, run_id: str, arguments: str) -> int | None:
        """Hand a run to the waiting worker and return its process id; None when none is waiting."""
        with self.lock:
            worker, self.waiting = self.waiting, None
            if worker is None or worker.poll() is not None or worker.stdin is None:
                return None
            self.working[run_id] = worker
        worker.stdin.write(arguments.encode() + b"\n")
        worker.stdin.close()
        Thread(target=self._follow, args=(run_id, worker), daemon=True).start()
        return worker.pid

    def _follow(self, run_id: str, worker: subprocess.Popen[bytes]) -> None:
        """Wait for the end of a run; only then warm up the next worker, which would slow the run down."""
        exit_code = worker.wait()
        self._report_if_killed(run_id, exit_code)
        with self.lock:
            del self.working[run_id]
            if self.waiting is None and not self.closed:
                self.waiting = self._start()

    def _report_if_killed(self, run_id: str, exit_code: int) -> None:
        """Mark a run whose process ended before it as failed, as Dagster's code server does with its own."""
        with instance.get(self.settings) as records:
            run = records.get_run_by_id(run_id)
            if run and not run.is_finished:
                records.report_run_failed(run, f"the process of this run ended early, with exit code {exit_code}")

    def terminate(self, run_id: str) -> bool:
        """Tell the worker of a run to end it; return False if it ended already."""
        worker = self.working.get(run_id)
        if worker is None or worker.poll() is not None:
            return False
        worker.send_signal(signal.SIGTERM)
        return True

    def stop(self) -> None:
        """End all workers: those with a run have a few seconds to cancel it, the waiting one is killed.

        Dagster handles SIGTERM like SIGINT, which a waiting worker ignores.
        """
        with self.lock:
            self.closed = True
            for worker in self.working.values():
                worker.terminate()
            if self.waiting:
                self.waiting.kill()
            for worker in filter(None, [self.waiting, *self.working.values()]):
                try:
                    worker.wait(SECONDS_TO_END)
                except subprocess.TimeoutExpired:
                    worker.kill()
                    worker.wait()


@contextmanager
def serve(settings: Settings, code_location: str) -> Iterator[None]:
    """Keep a warm worker for the runs of this warehouse while the block runs.

    Args:
        settings: Those of the warehouse.
        code_location: The module with Dagster's definitions, which the worker imports while it warms up.
    """
    path = socket_path(settings)
    path.unlink(missing_ok=True)
    workers = _Workers(settings, code_location)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            message = json.loads(self.rfile.readline())
            if "launch" in message:
                reply: dict[str, Any] = {"pid": workers.launch(message["run_id"], message["launch"])}
            else:
                reply = {"terminated": workers.terminate(message["terminate"])}
            self.wfile.write(json.dumps(reply).encode() + b"\n")

    with socketserver.ThreadingUnixStreamServer(str(path), Handler) as server:
        path.chmod(0o600)
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
            workers.stop()
            path.unlink(missing_ok=True)


def _code_fingerprint() -> str:
    digest = hashlib.sha256()
    for folder in ("orchestration", "dbt_project"):
        for path in sorted((PROJECT_DIR / folder).rglob("*")):
            if path.suffix in {".py", ".sql", ".yml", ".csv", ".json"} and "target" not in path.parts:
                digest.update(f"{path} {path.stat().st_mtime_ns}".encode())
    return digest.hexdigest()


def _warm_up(code_location: str) -> None:
    """Import and prepare what a run needs: its libraries, the process that runs dbt, the chart engine."""
    import frictionless
    import pandera.pandas
    import vl_convert

    from orchestration.dbt import worker

    assert all((frictionless, pandera.pandas, import_module(code_location)))
    vl_convert.vegalite_to_svg({"data": {"values": []}, "mark": "point"})
    with instance.get(get_settings()):
        pass
    worker.start(get_settings()).wait_until_ready()


def work(code_location: str) -> None:
    """Warm up, wait for the arguments of one run on standard input, and execute that run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which then ends this process
    before = _code_fingerprint()  # taken before the long imports, so that changes during them count
    from dagster._cli.api import execute_run_command

    _warm_up(code_location)
    arguments = sys.stdin.readline().strip()
    if not arguments:
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if _code_fingerprint() != before:
        os.execv(  # noqa: S606
            sys.executable, [sys.executable, "-m", "dagster", "api", "execute_run", arguments]
        )
    with gc_freeze.freeze_imports():
        execute_run_command.callback(input_json=arguments, compressed_input_json=None)  # type: ignore[misc]


if __name__ == "__main__":
    work(sys.argv[1])
