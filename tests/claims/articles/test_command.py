"""`entrepot claims find`: its output, error messages and exit codes."""

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from orchestration.claims.claim import COLUMNS
from orchestration.cli import claims

ARTICLE = "Exports rose 35.8% in March, but less than the 40% that was expected. GDP grew 3.8%."
CODES = {"vietnam": frozenset({("partner", "704")})}


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "_codes", lambda release_id: CODES)


def find(*arguments: str, text: str | bytes | None = None) -> Result:
    return CliRunner().invoke(claims.app, ["find", *arguments], input=text)


def test_find_prints_claims_to_stdout_and_skipped_numbers_to_stderr() -> None:
    result = find("-", "--published", "2026-04-28", "--url", "https://a.example/x", text=ARTICLE)
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert result.exit_code == 0
    assert [tuple(row) for row in rows] == [COLUMNS]
    assert (rows[0]["metric"], rows[0]["period"], rows[0]["source_url"]) == (
        "exports_yoy",
        "2026-03",
        "https://a.example/x",
    )
    assert "skipped 40%: " in result.stderr
    assert "skipped 3.8%: it is not about the trade in goods; GDP grew 3.8%." in result.stderr


def test_json_contains_skipped_numbers(tmp_path: Path) -> None:
    path = tmp_path / "article.txt"
    path.write_text(ARTICLE)
    found = json.loads(find(str(path), "--published", "2026-04-28", "--format", "json").stdout)
    assert [claim["claimed_value"] for claim in found["claims"]] == ["35.8"]
    assert found["skipped"][-1] == {
        "number": "3.8%",
        "reason": "it is not about the trade in goods",
        "sentence": "GDP grew 3.8%.",
    }


def test_table_format_counts_claims_and_skipped_numbers() -> None:
    result = find("-", "--published", "2026-04-28", "--format", "table", text=ARTICLE)
    assert "1 claims proposed, 2 numbers skipped" in result.stdout


def test_article_without_claims_exits_1() -> None:
    result = find("-", text="Exports rose 35.8% in March.")
    assert result.exit_code == 1
    assert "no number of the article could be placed" in result.stderr


@pytest.mark.parametrize("content", [b"\0", b"\xff\xfe\x00", b"x" * 3_000_001], ids=["NUL", "UTF-16", "large"])
def test_content_that_is_not_an_article_exits_1_with_one_message(content: bytes) -> None:
    result = find("-", text=content)
    assert (result.exit_code, result.stdout, type(result.exception)) == (1, "", SystemExit)
    assert result.stderr.startswith("error standard input ")


@pytest.mark.parametrize(
    ("name", "reason"), [("absent.txt", "can't be read: No such file"), (".", "is a folder"), ("/dev/zero", "a device")]
)
def test_unreadable_file_exits_1(name: str, reason: str) -> None:
    result = find(name)
    assert result.exit_code == 1
    assert f"error {name} " in result.stderr
    assert reason in result.stderr


def test_invalid_publication_day_exits_2() -> None:
    assert find("-", "--published", "April", text=ARTICLE).exit_code == 2
