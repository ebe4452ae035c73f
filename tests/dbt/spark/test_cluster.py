"""Builds on a real standalone cluster: every mart equal to DuckDB's to the last unit, a worker dying or not."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration import releases
from testing import spark_cluster, spark_detail
from testing.commands import run_entrepot
from testing.replay.server import replay
from testing.spark_cluster import Cluster
from tests.dbt.spark.conftest import run_build, start_build

pytestmark = [
    pytest.mark.spark,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("spark_installed"),
]

KEPT = "marts.fct_trade_by_chapter_and_partner_monthly"
# What the made-up detail must have for the engines to differ in, as tables with conditions.
TOLD_APART = (
    "intermediate.int_hs_bridge where basis = 'equal_split' and share_from > 0 and share_to < 1",
    "intermediate.int_hs_bridge where basis = 'nearest'",
    "intermediate.int_detail_months where hkd_per_unit <> 1",
    "intermediate.int_detail_member_months where squares > 18446744073709551615",
    "marts.fct_trade_aggregates where shared_out_pct > 0 and yoy_pct is not null",
    "marts.fct_trade_mirror_monthly where gap_hkd_mn is not null",
    "marts.fct_ai_enabling_goods_monthly where yoy_pct is not null",
)


def without_releases(home: Path, copy: Path) -> Path:
    """Copy a home with its archive and its build file, but none of its releases."""
    shutil.copytree(home, copy, symlinks=True)
    shutil.rmtree(copy / "releases")
    (copy / "current").unlink()
    return copy


def assert_same_release(home: Path, expected: Path) -> None:
    """Compare rows, hashes and definitions of every table with those of another home."""
    ours, theirs = releases.current_release(home / "current"), releases.current_release(expected / "current")
    releases.verify(ours)
    assert ours.rows == theirs.rows
    assert ours.content_hashes == theirs.content_hashes
    assert ours.content_id == theirs.content_id


def wait_until_marts_are_being_written(home: Path, seconds: float = 400) -> None:
    """Wait until Spark has written the table that all marts read, and is building marts."""
    deadline = time.monotonic() + seconds
    while not list((home / "build" / "spark").glob("*/written/intermediate/int_observations/_SUCCESS")):
        assert time.monotonic() < deadline, "Spark never got as far as the marts"
        time.sleep(0.05)


def command(home: Path, *args: str, **environment: str) -> None:
    done = run_entrepot(home, *args, **environment)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def cluster(spark_installed: None) -> Iterator[Cluster]:
    """A cluster of two workers; the last test that uses it kills one."""
    with spark_cluster.running() as running:
        yield running


@pytest.fixture
def live_and_detail(tmp_path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """A home with all live sources, correlation tables and a lake, built by DuckDB; and what leads to its sources."""
    home, files, tables = tmp_path / "duckdb", tmp_path / "files", spark_detail.correlation_tables()
    with replay() as server:
        # Apart from the home: views name its files, and a copy of the home must name the same ones.
        sources = {**server.environment, "ENTREPOT_LAKE": str(tmp_path / "lake")}
        server.world.unsd.tables = tables
        for path, source_id, table in spark_detail.write_files(files):
            command(home, "lake", "import", str(path), "--source-id", source_id, "--table", table, **sources)
        for name in ("HS2022toBEC4", "HS2017toBEC4"):
            (files / name).write_bytes(tables[name])
            command(home, "import", "unsd", name, str(files / name))
        assert run_build(home, sources) == (0, "")
        yield home, sources


def counted(home: Path, query: str) -> int:
    with duckdb.connect(str(home / "build" / "warehouse.duckdb"), read_only=True) as connection:
        [(count,)] = connection.execute(f"select count(*) from {query}").fetchall()
        return int(count)


def test_every_mart_of_live_data_and_detail_equals_duckdbs(
    live_and_detail: tuple[Path, dict[str, str]], cluster: Cluster, tmp_path: Path
) -> None:
    expected, sources = live_and_detail
    for rule in TOLD_APART:
        assert counted(expected, rule) > 0, rule
    home = without_releases(expected, tmp_path / "spark")
    with duckdb.connect(str(home / "build" / "warehouse.duckdb")) as connection:
        connection.execute(f"insert into {KEPT} select * replace (date '1999-01-01' as month) from {KEPT} limit 1")
        connection.execute("update intermediate.int_detail_goods set value_hkd_k = value_hkd_k + 1")
    assert run_build(home, {**sources, **cluster.environment}) == (0, "")
    assert_same_release(home, expected)
    [application] = cluster.state()["completedapps"]
    assert application["cores"] == 2
    assert {path.name for path in (home / "build" / "spark").iterdir()} == {"dbt", "scratch", "spark.log"}
    assert counted(home, "duckdb_constraints() where schema_name = 'marts' and constraint_type = 'PRIMARY KEY'") > 0
    # What came back is what DuckDB keeps: it finds no month stale, and no figure another.
    assert run_build(home, sources) == (0, "")
    assert_same_release(home, expected)


@pytest.mark.soak
def test_build_survives_a_killed_worker_with_the_same_figures(
    built_home: Path, cluster: Cluster, tmp_path: Path
) -> None:
    home = without_releases(built_home, tmp_path / "home")
    with start_build(home, cluster.environment) as build:
        wait_until_marts_are_being_written(home)
        cluster.kill_worker()
        assert build.poll() is None
        _, said = build.communicate(timeout=800)
        assert (build.returncode, said.strip()) == (0, "")
        assert cluster.alive() == 1
    assert_same_release(home, built_home)


def refused(home: Path, **environment: str) -> str:
    """Run a build that must fail on Spark; return its error. The earlier release must still be current."""
    before = os.readlink(home / "current")
    code, said = run_build(home, {"ENTREPOT_ENGINE": "spark", **environment})
    assert code == 1
    assert os.readlink(home / "current") == before
    return " ".join(said.split())


def test_absent_master_is_named_and_the_last_release_stays(home: Path) -> None:
    said = refused(home, ENTREPOT_SPARK_MASTER="spark://127.0.0.1:9")
    assert "no Spark master answers at spark://127.0.0.1:9" in said
    assert "nothing was published; the last release stays current" in said
    assert "Traceback" not in said


def test_missing_java_is_named_with_what_to_install_and_the_last_release_stays(home: Path) -> None:
    said = refused(home, JAVA_HOME="/nowhere")
    assert "Spark needs a Java runtime" in said
    assert "openjdk-17-jre-headless" in said
    assert "Traceback" not in said


def test_cluster_without_workers_is_an_error_after_a_time(home: Path) -> None:
    with spark_cluster.running(workers=0) as cluster:
        said = refused(home, **cluster.environment, ENTREPOT_SPARK_WAIT_SECONDS="2")
        assert f"{cluster.master} gave no executor within 2 s" in said
        assert "Traceback" not in said
