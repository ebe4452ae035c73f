"""Run work in a child process and measure its cost: seconds, CPU seconds, peak memory, bytes spilled.

A child process inherits the peak memory of its parent, so the measuring process must stay small: everything large,
including the generation of synthetic rows, runs in child processes.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.settings import PROJECT_DIR

MEMORY_LIMIT = "1GB"
BIN = Path(sys.executable).parent
SQL = """
import duckdb, json, sys
job = json.loads(sys.argv[1])
with duckdb.connect(job["database"], config=job["config"]) as connection:
    for statement in job["statements"]:
        connection.execute(statement)
"""


@dataclass(frozen=True)
class Cost:
    """The cost of a process and its own children; `spilled_mb` is the largest size of its spill folder."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    spilled_mb: float
    printed: str

    def json(self) -> Any:
        """Return what the process printed."""
        return json.loads(self.printed)


def run(*command: str, home: Path, memory_limit: str = MEMORY_LIMIT) -> Cost:
    """Run a command on a home to its end, process start included. Raises CalledProcessError."""
    env = {**os.environ, "ENTREPOT_HOME": str(home), "ENTREPOT_MEMORY_LIMIT": memory_limit}
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=PROJECT_DIR, env=env, stdout=subprocess.PIPE, text=True)
    with _Watch(home / "build" / "spill") as spill:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - began
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, printed)
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, spill.largest / 1e6, printed)


def module(name: str, *args: str, home: Path, memory_limit: str = MEMORY_LIMIT) -> Cost:
    """Run a module of the benchmarks."""
    return run(sys.executable, "-m", f"benchmarks.{name}", *args, home=home, memory_limit=memory_limit)


def entrepot(*args: str, home: Path, memory_limit: str = MEMORY_LIMIT) -> Cost:
    """Run the `entrepot` command."""
    return run(str(BIN / "entrepot"), *args, home=home, memory_limit=memory_limit)


def sql(*statements: str, home: Path, database: str = ":memory:", settings: Mapping[str, Any] | None = None) -> Cost:
    """Run statements in DuckDB alone, within the memory that Entrepot has."""
    spill = home / "build" / "spill"
    spill.mkdir(parents=True, exist_ok=True)
    config = {"memory_limit": MEMORY_LIMIT, "temp_directory": str(spill), **(settings or {})}
    job = {"database": database, "config": config, "statements": statements}
    return run(sys.executable, "-c", SQL, json.dumps(job), home=home)


class _Watch:
    """Measures a folder every 20 ms, because spill files are deleted when the work is done."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.largest = folder, 0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self._is_over.wait(0.02):
            self.largest = max(self.largest, _bytes_under(self._folder))

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()


def _bytes_under(folder: Path) -> int:
    """Return the bytes that DuckDB spilled; the Parquet files that an import stages in the folder do not count."""
    found = 0
    for path in folder.rglob("duckdb_temp*"):
        try:
            found += path.stat().st_blocks * 512
        except FileNotFoundError:  # deleted since it was listed
            continue
    return found
