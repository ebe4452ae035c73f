"""Shared by the tests on Spark: what must be installed, and how to run the command."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from orchestration.settings import PROJECT_DIR
from testing import spark_cluster


@pytest.fixture(scope="session")
def spark_installed(require: Callable[[bool, str], None]) -> None:
    require(spark_cluster.is_installed(), "no Spark: make spark, and apt-get install openjdk-17-jre-headless")


def start_build(home: Path, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start `entrepot build` as a user would."""
    command = [str(Path(sys.executable).with_name("entrepot")), "build", "--json"]
    env = {**os.environ, "COLUMNS": "200", **environment, "ENTREPOT_HOME": str(home)}
    return subprocess.Popen(
        command, env=env, cwd=PROJECT_DIR, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def run_build(home: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run `entrepot build` to its end; return its exit code and its standard error."""
    with start_build(home, environment) as build:
        _, errors = build.communicate(timeout=800)
        return build.returncode, errors.strip()
