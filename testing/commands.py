"""Run the `entrepot` command as a user would, in a process of its own, or faster in this one."""

import os
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess
from unittest.mock import patch

from typer.testing import CliRunner

from orchestration.cli import main
from orchestration.settings import PROJECT_DIR, get_settings

WIDTH = "200"


def run_entrepot(home: Path, *args: str, **environment: str) -> CompletedProcess[str]:
    """Run the command in a process of its own: for commands that write, and once for each group of commands."""
    command = [str(Path(sys.executable).with_name("entrepot")), *args]
    env = {**os.environ, **_environment(home, environment)}
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=PROJECT_DIR, timeout=240, check=False)


def call_entrepot(home: Path, *args: str, **environment: str) -> CompletedProcess[str]:
    """Run the command in this process, a second faster: for commands that read.

    Errors become exit codes as in a process of its own; an error that the command does not expect is raised.
    """
    get_settings.cache_clear()
    try:
        with (
            CliRunner().isolation(env=_environment(home, environment)) as (stdout, stderr, _),
            patch.object(sys, "argv", ["entrepot", *args]),
        ):
            code = _exit_code()
            sys.stdout.flush()
            sys.stderr.flush()
            return CompletedProcess(["entrepot", *args], code, stdout.getvalue().decode(), stderr.getvalue().decode())
    finally:
        get_settings.cache_clear()


def _exit_code() -> int:
    try:
        main.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def _environment(home: Path, environment: dict[str, str]) -> dict[str, str]:
    return {"ENTREPOT_HOME": str(home), "COLUMNS": WIDTH, **environment}
