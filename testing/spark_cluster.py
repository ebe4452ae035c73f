"""A real standalone Spark cluster on loopback: a master and workers, each a process of its own, ended afterwards."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil

HOST = "127.0.0.1"
START_SECONDS = 60
# A worker has one core, for one executor.
WORKER = ("--cores", "1", "--memory", "1g")
EXECUTOR = {"spark.executor.cores": "1", "spark.executor.memory": "800m"}


@dataclass
class Cluster:
    """A master, with its workers in the order in which they were started."""

    folder: Path
    port: int
    page: int
    workers: list[psutil.Popen] = field(default_factory=list)

    @property
    def master(self) -> str:
        return f"spark://{HOST}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings that make `entrepot` use this cluster."""
        return {
            "ENTREPOT_ENGINE": "spark",
            "ENTREPOT_SPARK_MASTER": self.master,
            "ENTREPOT_SPARK_CONF": json.dumps(EXECUTOR),
        }

    def state(self) -> dict[str, Any]:
        """Return the master's state: its workers and running applications."""
        with urllib.request.urlopen(f"http://{HOST}:{self.page}/json/", timeout=5) as answer:
            state: dict[str, Any] = json.load(answer)
            return state

    def alive(self) -> int:
        """Return how many workers the master counts as alive (0 before it answers).

        A master that is starting answers with its HTML page until its JSON page is attached.
        """
        try:
            return sum(worker["state"] == "ALIVE" for worker in self.state()["workers"])
        except (OSError, json.JSONDecodeError):
            return 0

    def kill_worker(self) -> None:
        """Kill a worker with the executors that it started, as when its machine loses power."""
        worker = self.workers.pop(0)
        for process in [*worker.children(recursive=True), worker]:
            process.kill()
        worker.wait()


def is_installed() -> bool:
    return (
        find_spec("pyspark") is not None and find_spec("dbt.adapters.spark") is not None and bool(shutil.which("java"))
    )


@contextmanager
def running(workers: int = 2) -> Iterator[Cluster]:
    """Run a master and workers of one core each until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="entrepot-spark-"))
    cluster = Cluster(folder, _free_port(), _free_port())
    ports = ("--host", HOST, "--port", str(cluster.port), "--webui-port", str(cluster.page))
    started = [_start(folder, "master.Master", *ports)]
    try:
        _wait(cluster, 0, started[0])
        for number in range(workers):
            place = ("--work-dir", str(folder / f"worker{number}"), "--webui-port", "0")
            cluster.workers.append(_start(folder, "worker.Worker", "--host", HOST, *WORKER, *place, cluster.master))
            started.append(cluster.workers[-1])
        _wait(cluster, workers, started[0])
        yield cluster
    finally:
        for process in reversed(started):
            _end(process)
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, name: str, *args: str) -> psutil.Popen:
    import pyspark

    spark_home = Path(str(pyspark.__file__)).parent
    command = [str(spark_home / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}", *args]
    environment = {
        **os.environ,
        "SPARK_HOME": str(spark_home),
        "SPARK_LOCAL_IP": HOST,
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_LOCAL_DIRS": str(folder),
    }
    with (folder / f"{name}.log").open("ab") as log:
        return psutil.Popen(command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)


def _wait(cluster: Cluster, workers: int, master: psutil.Popen) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not (_answers(cluster) and cluster.alive() == workers):
        if master.poll() is not None or time.monotonic() > deadline:
            logs = "\n".join(path.read_text()[-2000:] for path in cluster.folder.glob("*.log"))
            raise RuntimeError(f"no Spark cluster of {workers} workers after {START_SECONDS} s:\n{logs}")
        time.sleep(0.1)


def _answers(cluster: Cluster) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex((HOST, cluster.port)) == 0


def _end(process: psutil.Popen) -> None:
    if process.poll() is None:
        executors = process.children(recursive=True)
        process.terminate()
        for executor in executors:
            if executor.is_running():
                executor.terminate()
        try:
            process.wait(20)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
