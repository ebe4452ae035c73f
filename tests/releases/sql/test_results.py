"""Query results in each output format, and the error messages of `entrepot sql`."""

import csv
import io
import json
from pathlib import Path

import duckdb
import pytest

from orchestration import releases
from orchestration.releases.sql import examples
from testing.commands import call_entrepot, run_entrepot

QUERY = (
    "select month, balance_hkd_mn, imports_yoy_pct, source_id, deficit_rank, record_start"
    " from marts.fct_trade_balance_monthly where month = '2026-03-01'"
)


def test_csv_and_json_keep_every_digit(built_home: Path) -> None:
    as_csv = run_entrepot(built_home, "sql", "--csv", QUERY)
    [row] = csv.DictReader(io.StringIO(as_csv.stdout))
    assert (row["month"], row["balance_hkd_mn"], row["deficit_rank"]) == ("2026-03-01", "-89083.000", "1")
    as_json = call_entrepot(built_home, "sql", "--json", QUERY)
    assert json.loads(as_json.stdout)[0]["balance_hkd_mn"] == -89083
    assert '"balance_hkd_mn":-89083.000' in as_json.stdout


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_file_has_the_rows_of_the_release(form: str, built_home: Path, tmp_path: Path) -> None:
    path = tmp_path / f"it's.{form}"
    query = "select * from marts.fct_trade_balance_monthly order by month"
    written = call_entrepot(built_home, "sql", "--out", str(path), query)
    assert written.returncode == 0, written.stderr
    assert list(tmp_path.iterdir()) == [path]
    with releases.connect(releases.current_release(built_home / "current")) as connection:
        expected = connection.execute(query).fetchall()
        names = [(name, str(kind)) for name, kind, *_ in connection.description or []]
    assert written.stdout.startswith(f"{len(expected)} rows written")
    with duckdb.connect() as connection:
        read = connection.execute(f"from '{str(path).replace(chr(39), chr(39) * 2)}'")
        columns = [(name, str(kind)) for name, kind, *_ in connection.description or []]
        assert [name for name, _ in columns] == [name for name, _ in names]
        rows = read.fetchall()
    if form == "parquet":
        assert (columns, rows) == (names, expected)
    else:
        assert len(rows) == len(expected)


def test_unknown_suffix_and_missing_folder_are_errors(built_home: Path, tmp_path: Path) -> None:
    for path, message in (
        (tmp_path / "x.xlsx", "must end in .csv, .json, .parquet"),
        (tmp_path / "no" / "x.csv", "No such"),
    ):
        failed = call_entrepot(built_home, "sql", "--out", str(path), "select 1")
        assert (failed.returncode, failed.stdout) == (1, "")
        assert message in failed.stderr
        assert not path.exists()


def test_failing_query_keeps_the_existing_file(built_home: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("before")
    failed = call_entrepot(built_home, "sql", "--out", str(path), "select error('stop') from marts.dim_month")
    assert failed.returncode == 1
    assert "stop" in failed.stderr
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_wrong_query_prints_one_error(built_home: Path) -> None:
    for query, message in (
        ("selec 1", 'syntax error at or near "selec"'),
        ("select * from marts.nothing", "Table with name nothing does not exist"),
        ("select balance from marts.fct_trade_balance_monthly", 'Referenced column "balance" not found'),
    ):
        failed = call_entrepot(built_home, "sql", query)
        assert (failed.returncode, failed.stdout) == (1, "")
        assert message in failed.stderr
        assert "Traceback" not in failed.stderr


def test_output_options_are_exclusive_and_need_a_query(built_home: Path) -> None:
    for arguments in (("--csv", "--json", "select 1"), ("--csv",), ("--out", "x.csv")):
        assert call_entrepot(built_home, "sql", *arguments).returncode == 2


@pytest.mark.parametrize("example", examples.examples(), ids=lambda example: example.name)
def test_every_example_has_a_question_and_runs(example: examples.Example, built_home: Path) -> None:
    assert example.question.endswith("?")
    with releases.connect(releases.current_release(built_home / "current")) as connection:
        assert connection.execute(example.query).fetchall()


def test_command_lists_examples_and_runs_one(built_home: Path) -> None:
    listed = call_entrepot(built_home, "sql", "--examples").stdout
    assert all(example.question in listed for example in examples.examples())
    answered = call_entrepot(built_home, "sql", "--example", "record_deficits").stdout
    assert "-89083.000" in answered
    assert call_entrepot(built_home, "sql", "--example", "nothing").returncode == 1
