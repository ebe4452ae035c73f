"""Builds on a real standalone cluster: every mart equal to DuckDB's to the last unit, a worker dying or not."""

import os
import shutil
import time
from pathlib import Path

import duckdb
import pytest

from orchestration.warehouse import releases
from tests import spark_cluster
from tests.replay.server import replay
from tests.spark.conftest import run_build, start_build

pytestmark = [
    pytest.mark.spark,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("spark_installed"),
]


def without_releases(home: Path, copy: Path) -> Path:
    """Copy a home with its archive and its build file, but none of its releases."""
    shutil.copytree(home, copy, symlinks=True)
    shutil.rmtree(copy / "releases")
    (copy / "current").unlink()
    return copy


def assert_same_release(home: Path, expected: Path) -> None:
    """Hold rows, hashes and definitions of every table against those of another home."""
    ours, theirs = releases.current_release(home / "current"), releases.current_release(expected / "current")
    releases.verify(ours)
    assert ours.rows == theirs.rows
    assert ours.content_hashes == theirs.content_hashes
    assert ours.content_id == theirs.content_id


def wait_until_marts_are_being_written(home: Path, seconds: float = 400) -> None:
    """Wait until Spark has written the table that all marts read, and marts are under way."""
    deadline = time.monotonic() + seconds
    while not list((home / "build" / "spark").glob("*/written/intermediate/int_observations/_SUCCESS")):
        assert time.monotonic() < deadline, "Spark never got as far as the marts"
        time.sleep(0.05)


def test_every_mart_of_live_data_is_that_of_duckdb_to_the_last_unit(tmp_path: Path) -> None:
    with replay() as server, spark_cluster.running() as cluster:
        assert run_build(tmp_path / "duckdb", server.environment) == (0, "")
        home = without_releases(tmp_path / "duckdb", tmp_path / "spark")
        assert run_build(home, {**server.environment, **cluster.environment}) == (0, "")
        assert_same_release(home, tmp_path / "duckdb")
        [application] = cluster.state()["completedapps"]
        assert application["cores"] == 2


def test_a_worker_killed_in_the_middle_is_survived_with_the_same_figures(built_home: Path, tmp_path: Path) -> None:
    home = without_releases(built_home, tmp_path / "home")
    with spark_cluster.running() as cluster, start_build(home, cluster.environment) as build:
        wait_until_marts_are_being_written(home)
        cluster.kill_worker()
        assert build.poll() is None
        _, said = build.communicate(timeout=800)
        assert (build.returncode, said.strip()) == (0, "")
        assert cluster.alive() == 1
    assert_same_release(home, built_home)


def test_what_comes_back_is_held_by_the_contracts_and_nothing_of_the_run_stays(
    tmp_path: Path, built_home: Path
) -> None:
    home = without_releases(built_home, tmp_path / "home")
    assert run_build(home, {"ENTREPOT_ENGINE": "spark"}) == (0, "")
    assert {path.name for path in (home / "build" / "spark").iterdir()} == {"dbt", "scratch", "spark.log"}
    with duckdb.connect(str(home / "build" / "warehouse.duckdb"), read_only=True) as connection:
        keys = (
            "select count(*) from duckdb_constraints() where schema_name = 'marts' and constraint_type = 'PRIMARY KEY'"
        )
        assert connection.execute(keys).fetchone() != (0,)


def refused(home: Path, **environment: str) -> str:
    """Run a build that must fail on Spark; return what it says. The release that was there must still be current."""
    before = os.readlink(home / "current")
    code, said = run_build(home, {"ENTREPOT_ENGINE": "spark", **environment})
    assert code == 1
    assert os.readlink(home / "current") == before
    return " ".join(said.split())


def test_a_master_that_is_not_there_is_named_and_the_last_release_stays(home: Path) -> None:
    said = refused(home, ENTREPOT_SPARK_MASTER="spark://127.0.0.1:9")
    assert "no Spark master answers at spark://127.0.0.1:9" in said
    assert "nothing was published; the last release stays current" in said
    assert "Traceback" not in said


def test_a_missing_java_is_named_with_what_to_install_and_the_last_release_stays(home: Path) -> None:
    said = refused(home, JAVA_HOME="/nowhere")
    assert "Spark needs a Java runtime" in said
    assert "openjdk-17-jre-headless" in said
    assert "Traceback" not in said


def test_a_cluster_without_workers_is_an_error_instead_of_a_wait_for_ever(home: Path) -> None:
    with spark_cluster.running(workers=0) as cluster:
        said = refused(home, **cluster.environment, ENTREPOT_SPARK_WAIT_SECONDS="2")
        assert f"{cluster.master} gave no executor within 2 s" in said
        assert "Traceback" not in said
