"""The code of the process that runs dbt: `python -m orchestration.dbt.worker_process build|spark`.

It parses the project, reports that it is ready, reads one command from standard input, runs it, and reports each result
as a line of JSON. When the process that started it is killed, it ends too, so that the build file does not stay open.
"""

import gc
import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, TextIO

import duckdb
from filelock import FileLock

from orchestration.dbt.spark import session
from orchestration.dbt.worker import DbtFailure, Target, fingerprint, is_parsed, parse_mark, parse_state, target_folder
from orchestration.settings import DBT_PROJECT_DIR, Settings, get_settings
from orchestration.storage.files import set_aside_unless_file, set_aside_unless_folder
from orchestration.warehouse import build_log

RESULT_EVENTS = frozenset({"LogSeedResult", "LogModelResult", "LogSnapshotResult", "LogTestResult"})
LOCK = "parse.lock"
STORED = frozenset({"table", "by_piece", "seed"})


class Dbt:
    """dbt's commands for one target, on the project and the settings of this process."""

    def __init__(self, settings: Settings, target: Target) -> None:
        self._settings = settings
        self._target = target
        self._folder = target_folder(settings, target)
        set_aside_unless_folder(self._folder)
        self._manifest: Any = None

    def parse(self) -> None:
        """Parse the project, which also loads the adapter and the macros: 1 s when no file changed, or else 5 s.

        Writes manifest.json if a file changed. Raises DbtFailure when the project does not parse.
        """
        # Before the files are read: what changes after that is not in what this process will build.
        os.environ["DBT_CODE_VERSION"] = build_log.code_version()
        # The UI's first start is several processes at once: one parses, the others wait and read whole files.
        set_aside_unless_file(self._folder / LOCK)
        with FileLock(self._folder / LOCK):
            if is_parsed(self._settings, self._target):
                self._manifest = self._with_cache(["parse", "--no-write-json"])
            else:
                now = fingerprint()
                self._manifest = self._with_cache(["parse"])
                state = parse_state(self._settings, self._target, now)
                set_aside_unless_file(mark := parse_mark(self._settings, self._target))
                mark.write_text(state)

    def _with_cache(self, args: list[str]) -> Any:
        """Run a command that uses what dbt keeps of the last parse; without it if it fails, as it may be damaged."""
        kept = [path for path in self._folder.iterdir() if path.name != LOCK]
        try:
            return self.invoke(args)
        except DbtFailure:
            if not kept:
                raise
            for path in kept:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
            return self.invoke(["parse"])

    def invoke(self, args: list[str], callback: Callable[[Any], None] | None = None) -> Any:
        """Run one dbt command and return its result. Raises DbtFailure."""
        from dbt.cli.main import dbtRunner

        options = {
            "--project-dir": DBT_PROJECT_DIR,
            "--profiles-dir": DBT_PROJECT_DIR,
            "--target-path": self._folder,
            "--target": self._target,
            "--log-level": "none",
            "--log-level-file": "none",
        }
        flags = [str(word) for pair in options.items() for word in pair]
        outcome = dbtRunner(self._manifest, [callback] if callback else []).invoke([*args, *flags])
        if not outcome.success:
            raise DbtFailure(_explain(outcome))
        return outcome.result


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
    """Return why a node failed: of a Python model's traceback, the last line."""
    if message is None or "Traceback (most recent call last)" not in message:
        return message
    return [line for line in message.splitlines() if line.strip()][-1]


def _row_count(node: dict[str, Any], settings: Settings) -> int | None:
    """Return the rows of a table that was just built, 1 ms; None for a view, which would have to be computed.

    dagster-dbt's `fetch_row_counts` needs as long again as the build.
    """
    if node["materialized"] not in STORED or node["node_status"] != "success":
        return None
    # dbt has the file open in this process: DuckDB gives a further connection to it if the configuration is the same.
    with duckdb.connect(str(settings.build_file), config=_profile_config(settings)) as connection:
        [(rows,)] = connection.execute(f"select count(*) from {node['node_relation']['relation_name']}").fetchall()
        return int(rows)


def _profile_config(settings: Settings) -> dict[str, str | bool | int | float | list[str]]:
    """Return what dbt_project/profiles.yml gives DuckDB when dbt opens the build file."""
    return {
        "memory_limit": settings.memory_limit,
        "preserve_insertion_order": False,
        "temp_directory": str(settings.spill_dir),
    }


def _import_for_python_model() -> None:
    """Import what the one Python model imports, while no run is waiting."""
    from orchestration.claims import table

    assert table


def _end_with_parent(has_ended: threading.Event) -> None:
    """End this process when its standard input closes: its parent is gone, or wants it gone."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    if not has_ended.is_set():
        os._exit(1)


def work(settings: Settings, target: Target, output: TextIO) -> None:
    """Warm up, run the one command that standard input gives, and write what happened to `output`."""
    from google.protobuf.json_format import MessageToDict

    def send(**message: Any) -> None:
        output.write(json.dumps(message) + "\n")
        output.flush()

    def send_result(message: Any) -> None:
        if message.info.name in RESULT_EVENTS:
            result = MessageToDict(message, preserving_proto_field_name=True)
            rows = _row_count(result["data"]["node_info"], settings) if target == "build" else None
            send(**result, row_count=rows)

    gc.disable()  # dbt's many small objects live as long as this short process: collecting takes 8 % of a build
    has_ended = threading.Event()
    dbt = Dbt(settings, target)
    try:
        dbt.parse()
        if target == "spark":
            session.start(settings)
        send(ready=True)
        _import_for_python_model()
        if not (line := sys.stdin.readline()):
            return
        command = json.loads(line)
        os.environ.update(command["environment"])
        threading.Thread(target=_end_with_parent, args=[has_ended], daemon=True).start()
        if command["tables"]:
            session.register(**command["tables"])
        dbt.invoke(command["args"], send_result)
        last: dict[str, Any] = {"done": True}
    except (DbtFailure, session.SparkUnavailable) as failure:
        last = {"failed": str(failure)}
    has_ended.set()
    send(**last)


def main(target: Target) -> None:
    # What dbt or a library prints must not get between the messages.
    output = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends this process
    try:
        work(get_settings(), target, output)
        output.close()
    except BrokenPipeError:  # the parent ended, or needs no result of this process any more
        os._exit(1)


if __name__ == "__main__":
    main("spark" if sys.argv[1] == "spark" else "build")
