"""A run worker that is ready before it is asked: the imports of a run cost more than the run.

`serve` keeps one warm worker process waiting and hands it the next run through a socket that only this user can open.
Each run still has a process of its own. A worker whose code changed since it warmed up replaces itself by a cold one.
"""

import hashlib
import json
import os
import signal
import socket
import socketserver
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from orchestration.runtime import gc_freeze
from orchestration.settings import PROJECT_DIR, Settings, get_settings

SECONDS_TO_END = 10


def socket_path(settings: Settings) -> Path:
    """Return where the standby listens: a folder of this user alone, and short, since Unix limits such a path.

    Raises PermissionError when somebody else made that folder, or can enter it.
    """
    folder = Path(tempfile.gettempdir()) / f"entrepot-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    state = folder.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid() or stat.S_IMODE(state.st_mode) & 0o077:
        raise PermissionError(f"{folder} is not this user's own; delete it, or set TMPDIR to a private folder")
    home = hashlib.sha256(str(settings.home).encode()).hexdigest()[:16]
    return folder / f"standby-{home}.sock"


def ask(settings: Settings, question: dict[str, str]) -> dict[str, Any] | None:
    """Ask the standby; None when none is listening."""
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(socket_path(settings)))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        connection.sendall(json.dumps(question).encode() + b"\n")
        answer: dict[str, Any] = json.loads(connection.makefile().readline())
        return answer


class _Workers:
    """The warm worker that waits, if there is one, and those at work by run id."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.closed = False
        self.working: dict[str, subprocess.Popen[bytes]] = {}
        self.waiting: subprocess.Popen[bytes] | None = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "orchestration.runtime.warm_worker"], stdin=subprocess.PIPE, cwd=PROJECT_DIR
        )

    def launch(self, run_id: str, arguments: str) -> int | None:
        """Hand a run to the waiting worker and return its process id; None when none is waiting."""
        with self.lock:
            worker, self.waiting = self.waiting, None
            if worker is None or worker.poll() is not None or worker.stdin is None:
                return None
            self.working[run_id] = worker
        worker.stdin.write(arguments.encode() + b"\n")
        worker.stdin.close()
        Thread(target=self._replace, args=(run_id, worker), daemon=True).start()
        return worker.pid

    def _replace(self, run_id: str, worker: subprocess.Popen[bytes]) -> None:
        """Warm up the next worker when this one has ended: warming up beside a run would slow the run down."""
        worker.wait()
        with self.lock:
            del self.working[run_id]
            if self.waiting is None and not self.closed:
                self.waiting = self._start()

    def terminate(self, run_id: str) -> bool:
        worker = self.working.get(run_id)
        if worker is None or worker.poll() is not None:
            return False
        worker.send_signal(signal.SIGTERM)
        return True

    def stop(self) -> None:
        """End all workers: runs are told to, and have a few seconds; one that waits has nothing to lose.

        Dagster makes SIGTERM what SIGINT is, which a waiting worker ignores.
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
def serve(settings: Settings) -> Iterator[None]:
    """Keep a standby for the runs of this warehouse while the block runs."""
    path = socket_path(settings)
    path.unlink(missing_ok=True)
    workers = _Workers()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            question = json.loads(self.rfile.readline())
            if "launch" in question:
                answer: dict[str, Any] = {"pid": workers.launch(question["run_id"], question["launch"])}
            else:
                answer = {"terminated": workers.terminate(question["terminate"])}
            self.wfile.write(json.dumps(answer).encode() + b"\n")

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


def _warm_up() -> None:
    """Import and prepare what a run needs: its libraries, the process that runs dbt, the chart engine."""
    import frictionless
    import pandera.pandas
    import vl_convert

    from orchestration import definitions
    from orchestration.dbt import worker
    from orchestration.runtime import instance

    assert all((frictionless, pandera.pandas, definitions))
    vl_convert.vegalite_to_svg({"data": {"values": []}, "mark": "point"})
    with instance.get(get_settings()):
        pass
    worker.start(get_settings()).wait_until_ready()


def work() -> None:
    """Warm up, wait for the arguments of one run on standard input, and execute that run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server that this process waits for
    before = _code_fingerprint()  # taken before the long imports: what changes during them counts as changed
    from dagster._cli.api import execute_run_command

    _warm_up()
    arguments = sys.stdin.readline().strip()
    if not arguments:
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if _code_fingerprint() != before:
        os.execv(  # noqa: S606
            sys.executable, [sys.executable, "-m", "dagster", "api", "execute_run", arguments]
        )
    with gc_freeze.none_among_imports():
        execute_run_command.callback(input_json=arguments, compressed_input_json=None)  # type: ignore[misc]


if __name__ == "__main__":
    get_settings()
    work()
