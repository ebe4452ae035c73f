"""The process that runs dbt. It is started early and warms up beside everything else: dbt is ready when asked.

A run spends 1.4 s importing dbt and, on one interpreter, would take turns with Dagster's own bookkeeping; in a
process of its own dbt uses the second core. One worker runs one `dbt build`, tells what happened as JSON lines, and
ends. When whoever started it is killed, it ends too: nobody then waits for the build file.

Its target is one of profiles.yml: `build` is DuckDB's build file, `spark` a session of Apache Spark.
"""

import gc
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, TextIO

from filelock import FileLock

from orchestration.dbt.spark import session
from orchestration.settings import DBT_PROJECT_DIR, PROJECT_DIR, Settings, get_settings

RESULT_EVENTS = frozenset({"LogSeedResult", "LogModelResult", "LogSnapshotResult", "LogTestResult"})
STORED = frozenset({"table", "by_piece", "seed"})
Target = Literal["build", "spark"]


class DbtFailure(Exception):
    """dbt ended with an error; the message says in which node and why."""


class DbtWorker:
    """A dbt process that is warm, or getting there. Use it for one run."""

    def __init__(self, settings: Settings, target: Target) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "orchestration.dbt.worker", target],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROJECT_DIR,
            env={**os.environ, **_environment(settings)},
        )
        self._told = self._messages()
        self._is_ready = False

    def wait_until_ready(self) -> None:
        """Wait until the manifest is up to date. Raises DbtFailure when the project does not parse."""
        if not self._is_ready and "failed" in (message := next(self._told)):
            raise DbtFailure(message["failed"])
        self._is_ready = True

    def run(
        self, args: list[str], environment: dict[str, str], tables: Mapping[str, Mapping[str, str]] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Run one dbt command; yield its result events as they come, then raise DbtFailure if it failed.

        `tables` are for Spark: `folders` of Parquet files that it reads, by table, and of `schemas` that it writes.
        """
        self.wait_until_ready()
        assert self._process.stdin is not None
        question = {"args": args, "environment": environment, "tables": tables}
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        for message in self._told:
            if "failed" in message:
                raise DbtFailure(message["failed"])
            if "done" in message:
                return
            yield message

    def _messages(self) -> Iterator[dict[str, Any]]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            yield json.loads(line)
        yield {"failed": f"the process that runs dbt ended early, with exit code {self._process.wait()}"}

    def close(self) -> None:
        """End the process: at once if it waits, or else in the middle of its work."""
        assert self._process.stdin is not None
        self._process.stdin.close()


_waiting: dict[tuple[Settings, Target], DbtWorker] = {}


def _environment(settings: Settings) -> dict[str, str]:
    """Return what a worker must know of settings that may not be those of this process's environment."""
    return {
        "ENTREPOT_HOME": str(settings.home),
        "ENTREPOT_SPARK_MASTER": settings.spark_master,
        "ENTREPOT_SPARK_CONF": settings.spark_conf.get_secret_value(),
        "ENTREPOT_SPARK_WAIT_SECONDS": str(settings.spark_wait_seconds),
    }


def start(settings: Settings, target: Target = "build") -> DbtWorker:
    """Start the worker of the next run, unless one waits already."""
    if (settings, target) not in _waiting:
        _waiting[settings, target] = DbtWorker(settings, target)
    return _waiting[settings, target]


def take(settings: Settings, target: Target = "build") -> DbtWorker:
    """Take the waiting worker for a run; start one if none waits."""
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


def is_parsed(settings: Settings, target: Target = "build") -> bool:
    """Say whether the manifest is that of the project's files as they are."""
    mark = _mark(_folder(settings, target))
    return mark.exists() and mark.read_text() == fingerprint()


def _folder(settings: Settings, target: Target) -> Path:
    """Return where dbt keeps a target's manifest: what it holds depends on the engine."""
    return settings.dbt_target_dir if target == "build" else settings.spark_dir / "dbt"


def _mark(folder: Path) -> Path:
    return folder / "manifest.fingerprint"


def _parsed_manifest(settings: Settings, target: Target) -> Any:
    """Return the manifest as dbt keeps it: 0.1 s, where finding out for itself that nothing changed takes dbt 0.9 s."""
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    # The UI's first start is several processes at once: one parses, the others wait and read whole files.
    folder = _folder(settings, target)
    with FileLock(folder / "parse.lock"):
        if not is_parsed(settings, target):
            now = fingerprint()
            _invoke(folder, target, ["parse"])
            _mark(folder).write_text(now)
    packed = folder / "partial_parse.msgpack"
    return Manifest.from_msgpack(packed.read_bytes(), decoder=extended_mashumuro_decoder)


def _invoke(
    folder: Path, target: Target, args: list[str], manifest: Any = None, callback: Callable[[Any], None] | None = None
) -> None:
    from dbt.cli.main import dbtRunner

    places = {
        "--project-dir": DBT_PROJECT_DIR,
        "--profiles-dir": DBT_PROJECT_DIR,
        "--target-path": folder,
        "--target": target,
        "--log-level": "none",
        "--log-level-file": "none",
    }
    flags = [str(word) for pair in places.items() for word in pair]
    outcome = dbtRunner(manifest=manifest, callbacks=[callback] if callback else []).invoke([*args, *flags])
    if not outcome.success:
        raise DbtFailure(_explain(outcome))


def _explain(outcome: Any) -> str:
    if outcome.exception:
        return f"dbt could not run: {outcome.exception}"
    failed = [result for result in outcome.result if result.status in ("error", "fail", "runtime error")]
    lines = [
        " ".join(f"- {r.node.resource_type} {r.node.name}: {_reason(r.message)} {r.node.description}".split())
        for r in failed
    ]
    return "\n".join([f"dbt: {len(failed)} of {len(outcome.result)} nodes failed", *lines])


def _reason(message: str | None) -> str | None:
    """Return what went wrong: of a Python model, which comes with its whole traceback, the last line of that."""
    if message is None or "Traceback (most recent call last)" not in message:
        return message
    return [line for line in message.splitlines() if line.strip()][-1]


def _row_count(node: dict[str, Any]) -> int | None:
    """Return the rows of a table that was just built, 1 ms; None for a view, which would have to be worked out."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    if node["materialized"] not in STORED or node["node_status"] != "success":
        return None
    with closing(DuckDBConnectionManager.env().handle()) as connection:  # type: ignore[no-untyped-call]
        count = connection.cursor().execute(f"select count(*) from {node['node_relation']['relation_name']}")
        return int(count.fetchone()[0])


def _import_what_models_do() -> None:
    """Import what the one Python model imports while nobody waits for it."""
    from orchestration.claims import table

    assert table


def _end_with_whoever_started_this(has_ended: threading.Event) -> None:
    """End this process when its standard input closes: the one that started it is gone, or wants it gone."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    if not has_ended.is_set():
        os._exit(1)


def work(settings: Settings, target: Target, tell_to: TextIO) -> None:
    """Warm up, run the one command that standard input asks for, and tell what happened."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from google.protobuf.json_format import MessageToDict

    def tell(**message: Any) -> None:
        tell_to.write(json.dumps(message) + "\n")
        tell_to.flush()

    def tell_result(message: Any) -> None:
        if message.info.name in RESULT_EVENTS:
            result = MessageToDict(message, preserving_proto_field_name=True)
            rows = _row_count(result["data"]["node_info"]) if target == "build" else None
            tell(**result, row_count=rows)

    gc.disable()  # dbt's many small objects live as long as this short process: 8 % of a build is looking for garbage
    has_ended = threading.Event()
    folder = _folder(settings, target)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        manifest = _parsed_manifest(settings, target)
        if target == "spark":
            session.start(settings)
        tell(ready=True)
        # Loads the adapter and the macros, 1 s of a first command, without opening the build file.
        _invoke(folder, target, ["list", "--resource-type", "source"], manifest)
        _import_what_models_do()
        if not (line := sys.stdin.readline()):
            return
        question = json.loads(line)
        os.environ.update(question["environment"])
        threading.Thread(target=_end_with_whoever_started_this, args=[has_ended], daemon=True).start()
        if question["tables"]:
            session.register(**question["tables"])
        _invoke(folder, target, question["args"], manifest, tell_result)
        end_with: dict[str, Any] = {"done": True}
    except (DbtFailure, session.SparkUnavailable) as failure:
        end_with = {"failed": str(failure)}
    has_ended.set()
    # The build file is free for others before they hear that dbt is done.
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    tell(**end_with)


if __name__ == "__main__":
    # What dbt or a library prints must not get between the messages.
    messages = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started this process, which then ends it
    work(get_settings(), "spark" if sys.argv[1] == "spark" else "build", messages)
    messages.close()
