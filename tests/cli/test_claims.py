"""`entrepot claims`: files and single claims, in each form, with exit codes."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from orchestration.claims import register
from orchestration.claims.claim import COLUMNS
from orchestration.cli.claims import app
from orchestration.settings import get_settings
from testing.commands import call_entrepot, run_entrepot

HEADER = ",".join(COLUMNS) + "\n"


@pytest.fixture(autouse=True)
def warehouse(built_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ENTREPOT_HOME", str(built_home))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def claims(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.fixture
def claims_file(tmp_path: Path) -> Path:
    path = tmp_path / "claims.csv"
    path.write_text(
        HEADER
        + "A1,Deficit in April 2026,trade_deficit,2026-04,29.5,HKD bn,\n"
        + "A2,=HYPERLINK(0),imports,2026-01,535,USD bn,\n"
        + "A3,Imports in a month 13,imports,2026-13,535,HKD bn,\n"
    )
    return path


def test_single_claim_is_judged_and_its_source_addresses_are_shown(built_home: Path) -> None:
    shown = run_entrepot(built_home, "claims", "check", "trade_deficit 2026-03 89.1 HKD bn")
    assert shown.returncode == 0
    assert "✓ confirmed" in shown.stdout
    assert "HK$89.083 bn" in shown.stdout
    assert "rests on https://" in shown.stdout


def test_valid_rows_are_judged_and_an_invalid_one_is_named(built_home: Path, claims_file: Path) -> None:
    checked = call_entrepot(built_home, "claims", "check", str(claims_file))
    assert checked.returncode == 4
    assert "✓ confirmed" in checked.stdout
    assert "↔ mislabelled" in checked.stdout
    assert checked.stderr.startswith("error claims.csv, line 4: '2026-13' is no period")
    assert "Traceback" not in checked.stderr


def test_csv_json_and_markdown_hold_the_same_verdicts(claims_file: Path) -> None:
    def printed(form: str) -> str:
        return claims("check", str(claims_file), "--format", form).stdout

    rows = list(csv.DictReader(io.StringIO(printed("csv"))))
    assert [(row["verdict"], row["diagnosis"]) for row in rows] == [
        ("confirmed", ""),
        ("mislabelled", "currency: HKD, not USD"),
    ]
    assert rows[1]["claim"] == "'=HYPERLINK(0)"
    found = json.loads(printed("json"))
    assert [row["sentence"] for row in found["verdicts"]] == [row["sentence"] for row in rows]
    assert found["errors"][0]["place"] == "claims.csv, line 4"
    assert printed("markdown").count("\n") == 4


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ("nothing.csv", "nothing.csv can't be read: No such file or directory"),
        ("imports 2026-13 1 HKD bn", "'2026-13' is no period"),
        ("two words", "write metric, period, value and unit"),
        ("partner_exports:Atlantis 2025 1 HKD bn", "no partner 'Atlantis'"),
    ],
)
def test_invalid_claim_is_an_error_with_exit_code_1(claim: str, message: str) -> None:
    refused = claims("check", claim)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert message in refused.stderr


def test_claim_is_unverifiable_as_of_a_day_before_its_figure_was_published() -> None:
    def verdict(*options: str) -> tuple[str, str]:
        command = ("check", "exports 2018-01 350.0 HKD bn", "--format", "json", *options)
        [row] = json.loads(claims(*command).stdout)["verdicts"]
        return row["verdict"], row["sentence"]

    assert verdict()[0] == "confirmed"
    assert verdict("--as-of", "2026-09-24")[0] == "confirmed"
    outcome, sentence = verdict("--as-of", "2018-02-26")
    assert outcome == "unverifiable"
    assert sentence.startswith("By what had been published on 2018-02-26: ")
    assert claims("check", "imports 2018-01 1 HKD bn", "--as-of", "today").exit_code == 2


def test_mart_holds_every_registered_claim_with_verdict_and_sentence(built_home: Path) -> None:
    query = "select claim_id, verdict, sentence, is_gate from marts.fct_claim_verdicts order by claim_id"
    rows = json.loads(call_entrepot(built_home, "sql", query, "--json").stdout)
    assert [row["claim_id"] for row in rows] == [each.claim.claim_id for each in register.read()]
    assert [row["claim_id"] for row in rows if row["is_gate"]] == [f"C00{number}" for number in range(1, 9)]
    assert all(row["sentence"].endswith(".") for row in rows)


def test_metrics_are_listed() -> None:
    listed = claims("metrics").stdout
    assert "deficit_pct_of_imports" in listed
    assert "partner_exports_yoy:Vietnam" in listed
