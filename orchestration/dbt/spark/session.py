"""The Spark session of the process that runs dbt: started before dbt needs it, or a clear error.

dbt-spark uses the session that its process has. No Python runs on Spark's workers: the models are SQL.
"""

import os
import shutil
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from orchestration.dbt.spark.conf import ConfigurationError, configuration, standalone_address
from orchestration.settings import Settings

CONNECT_SECONDS = 5
LOG = "spark.log"


class SparkUnavailable(Exception):
    """Spark can't be used; the message says what is missing and what to do."""


def require(settings: Settings) -> None:
    """Raise SparkUnavailable unless Spark is installed and configured, and its master can be reached."""
    for package in ("pyspark", "dbt.adapters.spark"):
        if not _is_installed(package):
            raise SparkUnavailable(f"ENTREPOT_ENGINE is spark, but {package} is not installed: run `make spark`")
    if _java() is None:
        raise SparkUnavailable(
            "Spark needs a Java runtime, version 17 or later: apt-get install openjdk-17-jre-headless, or set JAVA_HOME"
        )
    try:
        configuration(settings)
    except ConfigurationError as error:
        raise SparkUnavailable(str(error)) from None
    if address := standalone_address(settings.spark_master):
        _require_listener(settings.spark_master, address)


def start(settings: Settings) -> None:
    """Start this process's session; what Spark prints goes to `spark.log`.

    Raises SparkUnavailable when the cluster refuses, or gives no executor in time.
    """
    require(settings)
    settings.spark_dir.mkdir(parents=True, exist_ok=True)
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    for name, value in configuration(settings).items():
        builder = builder.config(name, value)
    with _errors_in(settings.spark_dir / LOG):
        try:
            session = builder.getOrCreate()
        except Exception as error:  # Spark's own, of its JVM, or of the process that starts that
            raise SparkUnavailable(f"Spark at {settings.spark_master} did not start: {_first_line(error)}") from error
        if not settings.spark_master.startswith("local"):
            _wait_for_executor(session, settings)


def register(folders: Mapping[str, str], schemas: Mapping[str, str]) -> None:
    """Make Parquet folders readable as `schema.table`, and set the folder in which each schema's tables are written."""
    from pyspark.sql import SparkSession

    session = SparkSession.builder.getOrCreate()
    for schema, folder in schemas.items():
        session.sql(f"create database {schema} location :folder", {"folder": folder})
    for table, folder in folders.items():
        session.catalog.createTable(table, folder, "parquet")


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def _java() -> str | None:
    """Return the path of the Java that Spark's launcher would use; None if there is none."""
    if home := os.environ.get("JAVA_HOME"):
        return shutil.which("java", path=str(Path(home) / "bin"))
    return shutil.which("java")


def _require_listener(master: str, address: tuple[str, int]) -> None:
    """Raise SparkUnavailable if no master is listening; Spark itself takes a minute to fail, with no useful message."""
    try:
        socket.create_connection(address, CONNECT_SECONDS).close()
    except OSError as error:
        raise SparkUnavailable(f"no Spark master answers at {master}: {error}; see ENTREPOT_SPARK_MASTER") from None


def _wait_for_executor(session: Any, settings: Settings) -> None:
    """Raise SparkUnavailable if no executor comes in time; Spark itself would wait indefinitely for a full cluster."""
    tracker = session.sparkContext._jsc.sc().statusTracker()
    deadline = time.monotonic() + settings.spark_wait_seconds
    while len(tracker.getExecutorInfos()) < 2:  # the driver counts as one
        if time.monotonic() > deadline:
            session.stop()
            raise SparkUnavailable(
                f"{settings.spark_master} gave no executor within {settings.spark_wait_seconds} s: are its workers up,"
                " with cores and memory to spare? See ENTREPOT_SPARK_CONF, ENTREPOT_SPARK_WAIT_SECONDS"
            )
        time.sleep(0.1)


@contextmanager
def _errors_in(path: Path) -> Iterator[None]:
    """Send this process's standard error, and that of the JVM that it starts, to a file; only the JVM's stays there."""
    before = os.dup(sys.stderr.fileno())
    with path.open("w") as log:
        os.dup2(log.fileno(), sys.stderr.fileno())
    try:
        yield
    finally:
        os.dup2(before, sys.stderr.fileno())
        os.close(before)


def _first_line(error: BaseException) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
