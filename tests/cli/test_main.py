"""The `entrepot` command: its output as text and JSON, its errors and its exit codes."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from orchestration import releases
from testing.commands import call_entrepot, run_entrepot


def test_status_shows_release_freshness_and_checks(built_home: Path) -> None:
    status = json.loads(call_entrepot(built_home, "status", "--json").stdout)
    assert status["release"] == releases.current_release(built_home / "current").id
    assert status["checks_warning"] == []
    assert status["checks_passed"] > 20
    monthly = next(source for source in status["sources"] if source["dataset"] == "trade_totals_monthly")
    assert (monthly["latest_period"], monthly["published_on"]) == ("2026-08", "2026-09-24")
    shown = run_entrepot(built_home, "status").stdout
    assert "August 2026" in shown
    assert "none warns" in shown


@pytest.mark.parametrize(
    ("command", "listed"),
    [
        (("archive", "list", "--state", "refussed"), "'current', 'superseded', 'refused', 'quarantined', 'not loaded'"),
        (("trace", "2026-03", "detail", "--flow", "import"), "no flow 'import'; there are imports, total_exports"),
    ],
)
def test_misspelt_choice_is_an_error_that_lists_them(built_home: Path, command: Sequence[str], listed: str) -> None:
    refused = call_entrepot(built_home, *command)
    assert refused.returncode == 2
    assert listed in " ".join(refused.stderr.replace("│", " ").split())


def test_help_of_an_import_names_every_column(built_home: Path) -> None:
    shown = " ".join(call_entrepot(built_home, "lake", "import", "--help").stdout.split())
    assert "Columns of trade_detail: month, flow, hs_code, hs_edition, partner_code, value, currency" in shown
    assert "These may be missing: weight_kg, quantity, quantity_unit." in shown


def test_sql_prints_a_table_or_json(built_home: Path) -> None:
    query = "select month, hkd_per_usd from marts.fct_trade_balance_monthly where month in ('2026-06-01', '2026-07-01')"
    assert json.loads(call_entrepot(built_home, "sql", query, "--json").stdout) == [
        {"month": "2026-06-01", "hkd_per_usd": 7.8377},
        {"month": "2026-07-01", "hkd_per_usd": None},
    ]
    shown = call_entrepot(built_home, "sql", query).stdout
    assert "·" in shown
    assert "2 rows" in shown


@pytest.mark.parametrize(
    "statement",
    [
        "create table marts.mine as select 1",
        "delete from marts.dim_month",
        "copy (select 1) to '/dev/null'",
        "select * from read_csv('/etc/passwd')",
        "attach '/dev/null' as other",
        "install httpfs",
        "set enable_external_access = true",
    ],
)
def test_sql_cannot_write_reach_files_or_change_settings(built_home: Path, statement: str) -> None:
    refused = call_entrepot(built_home, "sql", statement)
    assert refused.returncode == 1
    assert refused.stderr.startswith("error ")
    assert "Traceback" not in refused.stderr


@pytest.mark.slow
def test_rollback_and_list_show_which_release_is_current(revised_home: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(revised_home, tmp_path / "home", symlinks=True))
    second, first = (release.id for release in releases.list_releases(home / "releases"))
    assert json.loads(run_entrepot(home, "releases", "rollback", "--json").stdout) == {"current": first}
    listed = json.loads(call_entrepot(home, "releases", "list", "--json").stdout)
    assert [(row["release"], row["current"]) for row in listed] == [(second, False), (first, True)]
    assert call_entrepot(home, "releases", "verify", second).returncode == 0


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (("trace", "2026-99", "balance"), 1, "is no period"),
        (("trace", "2026-03", "balanse"), 1, "balance"),
        (("sql", "select * from nothing"), 1, "nothing does not exist"),
        (("releases", "rollback", "20200101T000000Z-00000000"), 1, "is kept"),
        (("releases", "diff"), 1, "no release older than"),
        (("nonsense",), 2, "No such command"),
    ],
)
def test_impossible_command_fails_with_one_sentence(
    built_home: Path, args: tuple[str, ...], code: int, message: str
) -> None:
    refused = call_entrepot(built_home, *args)
    assert refused.returncode == code
    assert message in refused.stderr
    assert "Traceback" not in refused.stderr


def test_status_without_a_release_says_how_to_build_one(tmp_path: Path) -> None:
    refused = call_entrepot(tmp_path, "status")
    assert refused.returncode == 1
    assert "`entrepot build`" in refused.stderr


def test_invalid_setting_is_named_with_exit_code_2(tmp_path: Path) -> None:
    refused = call_entrepot(tmp_path, "status", ENTREPOT_KEEP_RELEASES="1")
    assert refused.returncode == 2
    assert "ENTREPOT_KEEP_RELEASES: Input should be greater than or equal to 2" in refused.stderr


def test_row_counts_are_as_recorded(built_home: Path) -> None:
    assert "counts are as recorded" in run_entrepot(built_home, "row-counts").stdout


def test_slow_libraries_are_imported_only_by_the_commands_that_use_them() -> None:
    slow = {"dagster", "lxml", "pandas", "pandera", "syntok", "text_to_num", "trafilatura"}
    program = f"import sys; import orchestration.cli.main; print(sorted({slow!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
