"""Plain dbt works in dbt_project/ as its users expect, and every domain rule has a unit test that passes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.settings import DBT_PROJECT_DIR, Settings
from orchestration.warehouse import build_file, build_log

DBT = str(Path(sys.executable).with_name("dbt"))


def dbt(home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    target = str(home / "build" / "dbt-plain")
    return subprocess.run(
        [DBT, *args, "--target-path", target, "--log-path", target],
        cwd=DBT_PROJECT_DIR,
        env={**os.environ, "ENTREPOT_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def results(home: Path) -> dict[str, str]:
    written = json.loads((home / "build" / "dbt-plain" / "run_results.json").read_text())
    return {result["unique_id"]: result["status"] for result in written["results"]}


def test_every_domain_rule_has_a_unit_test_and_all_pass(home: Path) -> None:
    tested = dbt(home, "test", "--select", "test_type:unit")
    assert tested.returncode == 0, tested.stdout
    unit_tests = set(results(home))
    with build_file.connect(Settings(home=home)) as connection:
        log = build_log.read(connection)
    # The release counts what plain dbt has built: its macro and Python must agree on the version of the code.
    assert {entry.code for entry in log.values() if entry.code} == {build_log.code_version()}
    # Rule 11, that HTTP 200 does not mean success, is tested where responses are read, in the sources.
    for rule in {*range(1, 13)} - {11}:
        assert any(f"rule_{rule:02d}_" in name for name in unit_tests), f"no unit test for rule {rule}"


@pytest.mark.slow
def test_plain_dbt_build_passes(home: Path) -> None:
    built = dbt(home, "build")
    assert built.returncode == 0, built.stdout


@pytest.mark.slow
def test_dbt_source_freshness_passes(home: Path) -> None:
    assert dbt(home, "source", "freshness").returncode == 0


def test_every_table_and_column_of_the_build_file_has_a_comment(built: Settings) -> None:
    query = """
        with described as (
            select schema_name, table_name as name, '' as part, comment from duckdb_tables()
            union all
            select schema_name, view_name, '', comment from duckdb_views()
            union all
            select schema_name, table_name, column_name, comment from duckdb_columns()
        )
        select * from described
        where schema_name in ('staging', 'intermediate', 'marts', 'reference') and coalesce(comment, '') = ''
    """
    with build_file.connect(built, read_only=True) as connection:
        assert connection.execute(query).fetchall() == []


@pytest.mark.slow
def test_invalid_period_label_stops_the_build(home: Path) -> None:
    with build_file.connect(Settings(home=home)) as connection:
        connection.execute("update raw.record__trade_shares set period_label = '2026-Q5' where line_number = 2")
    built = dbt(home, "build", "--select", "stg_record__trade_shares+", "--exclude-resource-type", "unit_test")
    assert built.returncode != 0
    failed = {name.split(".")[2] for name, status in results(home).items() if status in ("fail", "error")}
    assert failed == {"every_period_label_is_read"}, built.stdout
