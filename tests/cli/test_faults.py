"""Faults of this machine are one sentence with a remedy, from every command, and status says what failed."""

import errno
import json
import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
import sqlalchemy

from orchestration import releases
from orchestration.claims.claim import ClaimError
from orchestration.cli import main, status
from orchestration.dbt.worker import DbtFailure
from orchestration.runtime import last_run
from orchestration.settings import PROJECT_DIR, Settings
from testing.commands import call_entrepot, run_entrepot


def wrapped(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


SQLITE = sqlite3.OperationalError("disk I/O error")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/x/y"), "No space left on device: /x/y; free some space"),
        (OSError(errno.EIO, "Input/output error", "/x"), "Input/output error: /x; check the disk"),
        (OSError(errno.EROFS, "Read-only file system", b"/x"), "Read-only file system: /x; make"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "Permission denied: /x; give this user access"),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device; free"),  # such as of fsync
        (OSError("no number"), "no number"),
        (ClaimError("register.csv, line 40: '2026-13' is no period"), "register.csv, line 40: '2026-13' is no period"),
        (DbtFailure("dbt could not run: why"), "dbt could not run: why"),
        (MemoryError(), "there is not enough memory"),
        (duckdb.IOException("IO Error: could not write: No space left"), "IO Error: could not write: No space left"),
        (wrapped(sqlalchemy.exc.OperationalError("insert", {}, SQLITE), SQLITE), "disk I/O error"),
        (wrapped(RuntimeError("in a step"), OSError(errno.EIO, "Input/output error", "/x")), "Input/output error: /x"),
    ],
)
def test_expected_error_or_fault_of_this_machine_is_a_sentence(
    error: Exception, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(main, "app", fail)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 1
    printed = capsys.readouterr().err
    assert printed.startswith("error ")
    assert message in printed
    assert printed.count("\n") == 1


def test_other_errors_keep_their_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise KeyError("a mistake of ours")

    monkeypatch.setattr(main, "app", fail)
    with pytest.raises(KeyError):
        main.main()


@pytest.mark.parametrize("args", ["sources", "sources --json", "--help"])
def test_output_that_cannot_be_written_is_a_sentence(tmp_path: Path, args: str) -> None:
    command = [sys.executable, "-c", "from orchestration.cli.main import main; main()", *args.split()]
    env = {**os.environ, "ENTREPOT_HOME": str(tmp_path)}
    with open("/dev/full", "w") as full:
        ran = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, env=env, cwd=PROJECT_DIR, timeout=120, check=False
        )
    assert ran.returncode == 1
    assert "No space left on device" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "Exception ignored" not in ran.stderr


def test_status_has_no_failure_after_a_successful_build(built_home: Path) -> None:
    assert json.loads(call_entrepot(built_home, "status", "--json").stdout)["last_failure"] is None
    assert not last_run._may_have_failed(Settings(home=built_home))


def test_failed_run_is_shown_with_the_first_lines_of_each_reason() -> None:
    at = datetime(2026, 11, 28, 2, 30, tzinfo=UTC)
    failed = {"run": "abc", "at": at, "problems": ["one\ntwo\nthree\nfour", "[red]literal", ""]}
    shown = status._failed_run(failed).plain
    assert shown.splitlines() == [
        "The last run failed, 2026-11-28 02:30 UTC:",
        *("  - one", "    two", "    three", "  - [red]literal", "  - "),
        "  More: `entrepot ui`, then http://127.0.0.1:3000/runs/abc",
    ]


@pytest.mark.slow
def test_invalid_record_publishes_nothing_and_status_says_why_until_a_build_succeeds(home: Path, figures: Path) -> None:
    path, before = figures / "trade_totals_monthly.csv", releases.current_release(home / "current").id
    good = path.read_text()
    path.write_text(good.replace("2026-03,imports,707484", "2026-13,imports,707484", 1))
    refused = run_entrepot(home, "build", ENTREPOT_FIGURES_DIR=str(figures))
    assert refused.returncode == 1
    message = " ".join(refused.stderr.split())
    assert "trade_totals_monthly.csv" in message
    assert "line 211, column period_label: '2026-13' must be a period label" in message
    assert "the last release stays current" in message
    assert releases.current_release(home / "current").id == before
    shown = run_entrepot(home, "status")
    assert shown.returncode == 0, shown.stderr
    assert "The last run failed, 20" in shown.stdout
    assert "'2026-13' must be a period label" in shown.stdout
    assert "/runs/" in shown.stdout
    path.write_text(good)
    assert run_entrepot(home, "build", ENTREPOT_FIGURES_DIR=str(figures)).returncode == 0
    assert "The last run failed" not in run_entrepot(home, "status").stdout


@pytest.mark.slow
def test_status_without_a_release_says_what_failed_in_the_first_build(tmp_path: Path, figures: Path) -> None:
    path = figures / "trade_totals_monthly.csv"
    path.write_text(path.read_text().replace("2026-03,imports,707484", "2026-13,imports,707484", 1))
    assert run_entrepot(tmp_path, "build", ENTREPOT_FIGURES_DIR=str(figures)).returncode == 1
    shown = run_entrepot(tmp_path, "status")
    assert shown.returncode == 1
    assert "'2026-13' must be a period label" in shown.stderr
    assert "`entrepot build`" in shown.stderr


def test_status_shows_the_release_although_dagsters_records_are_damaged(home: Path) -> None:
    (home / "dagster" / "history" / "runs.db").write_bytes(b"\xff" * 5_000)
    (home / "dagster" / "dagster.yaml").write_bytes(b"\xff")
    shown = run_entrepot(home, "status")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith("Release ")
    assert "runs.db is damaged; it is now runs.db.broken" in shown.stderr
