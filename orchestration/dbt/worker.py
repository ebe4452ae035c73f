"""The process that runs dbt, as seen by the process that starts it.

A run would spend 1.4 s importing dbt and then share one interpreter with Dagster's bookkeeping. In a process of its
own, started early, dbt is ready when the run needs it and uses the second core. One worker runs one `dbt build`,
reports what happened as JSON lines, and ends. The code that runs in it is in `worker_process`.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from orchestration.settings import DBT_PROJECT_DIR, PROJECT_DIR, Settings
from orchestration.storage.files import file_sha256

# A target of profiles.yml: `build` is DuckDB's build file, `spark` a session of Apache Spark.
Target = Literal["build", "spark"]


class DbtFailure(Exception):
    """dbt ended with an error; the message says in which node and why."""


class DbtWorker:
    """A dbt process that is warm or warming up. Use it for one run."""

    def __init__(self, settings: Settings, target: Target) -> None:
        self._target = target
        self._process = subprocess.Popen(
            [sys.executable, "-m", "orchestration.dbt.worker_process", target],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROJECT_DIR,
            env={**os.environ, **_environment(settings)},
        )
        self._messages = self._read_messages()
        self._is_ready = False

    def wait_until_ready(self) -> None:
        """Wait until the manifest is up to date. Raises DbtFailure when the project does not parse."""
        if not self._is_ready and "failed" in (message := next(self._messages)):
            raise DbtFailure(message["failed"])
        self._is_ready = True

    def run(
        self, args: list[str], environment: dict[str, str], tables: Mapping[str, Mapping[str, str]] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Run one dbt command and yield its result events as they come.

        Args:
            args: The command and its options, without those that say where the project is.
            environment: Variables to set for dbt.
            tables: For Spark: the `folders` of Parquet files that it reads, by table, and of the `schemas` it writes.

        Raises:
            DbtFailure: The command failed.
        """
        self.wait_until_ready()
        assert self._process.stdin is not None
        command = {"args": args, "environment": environment, "tables": tables}
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        for message in self._messages:
            if "failed" in message or "done" in message:
                if self._target == "build":
                    self._process.wait()  # only then is the build file free for others
                if "failed" in message:
                    raise DbtFailure(message["failed"])
                return
            yield message

    def _read_messages(self) -> Iterator[dict[str, Any]]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            yield json.loads(line)
        yield {"failed": f"the process that runs dbt ended early, with exit code {self._process.wait()}"}

    def close(self) -> None:
        """End the process: at once if it is waiting, otherwise in the middle of its work."""
        assert self._process.stdin is not None
        self._process.stdin.close()


# Shared by the whole process: Dagster, not our code, builds everything between the early start of a worker (by the
# command, the warm worker or the parsing of the project) and the dbt step that uses it.
_waiting: dict[tuple[Settings, Target], DbtWorker] = {}


def _environment(settings: Settings) -> dict[str, str]:
    """Return the settings that a worker needs and that may differ from this process's environment."""
    return {
        "ENTREPOT_HOME": str(settings.home),
        "ENTREPOT_MEMORY_LIMIT": settings.memory_limit,
        "ENTREPOT_STANDARD": settings.standard,
        "ENTREPOT_SPARK_MASTER": settings.spark_master,
        "ENTREPOT_SPARK_CONF": settings.spark_conf.get_secret_value(),
        "ENTREPOT_SPARK_WAIT_SECONDS": str(settings.spark_wait_seconds),
    }


def start(settings: Settings, target: Target = "build") -> DbtWorker:
    """Start the worker of the next run unless one is waiting already, and return it."""
    if (settings, target) not in _waiting:
        _waiting[settings, target] = DbtWorker(settings, target)
    return _waiting[settings, target]


def take(settings: Settings, target: Target = "build") -> DbtWorker:
    """Return the waiting worker, for one run; start one if none is waiting."""
    worker = start(settings, target)
    del _waiting[settings, target]
    return worker


def fingerprint() -> str:
    """Return a hash of dbt's version and of the names, sizes and times of the dbt project's own files."""
    digest = hashlib.sha256(version("dbt-core").encode())
    for path in sorted(DBT_PROJECT_DIR.rglob("*")):
        if path.is_file() and path.relative_to(DBT_PROJECT_DIR).parts[0] not in {"target", "logs"}:
            state = path.stat()
            digest.update(f"{path.relative_to(DBT_PROJECT_DIR)} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def target_folder(settings: Settings, target: Target = "build") -> Path:
    """Return where dbt keeps a target's manifest: its content depends on the engine."""
    return settings.dbt_target_dir if target == "build" else settings.spark_dir / "dbt"


def is_parsed(settings: Settings, target: Target = "build") -> bool:
    """Return True if the manifest was parsed from the project's files as they are now, and is undamaged."""
    try:
        return parse_mark(settings, target).read_text() == parse_state(settings, target, fingerprint())
    except (OSError, ValueError):  # missing or damaged
        return False


def parse_state(settings: Settings, target: Target, project_fingerprint: str) -> str:
    """Return the fingerprint of a parsed project and the hash of its manifest. Raises OSError if there is none."""
    return f"{project_fingerprint} {file_sha256(target_folder(settings, target) / 'manifest.json')}"


def parse_mark(settings: Settings, target: Target = "build") -> Path:
    """Return the file that holds the state of the project as it was parsed last."""
    return target_folder(settings, target) / "manifest.fingerprint"
