"""Whatever data contains, commands print it as it is."""

import io
import json
from pathlib import Path

import duckdb
import pytest
from rich.panel import Panel
from rich.progress import Progress, TextColumn
from rich.table import Table
from rich.text import Text

from orchestration.cli.console import LiteralConsole
from orchestration.cli.releases import render_diff
from orchestration.cli.sources import render
from orchestration.releases.comparison import ColumnChange, ReleaseDiff, RowChange, TableDiff
from testing.commands import call_entrepot

HOSTILE = "[red]x[/red] [/] [link=https://evil.example]y[/link] :100: \x1b[31mz \x9b1m \u202eabc \r"
SHOWN = r"[red]x[/red] [/] [link=https://evil.example]y[/link] :100: \x1b[31mz \x9b1m \u202eabc \r"
# A Text drops carriage returns by itself.
SHOWN_OF_TEXT = SHOWN.removesuffix(r" \r")


def printed(*renderables: object) -> str:
    """Return what a terminal with colours gets, without our own styles."""
    console = LiteralConsole(file=io.StringIO(), width=900, force_terminal=True, color_system=None)
    for renderable in renderables:
        console.print(renderable)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_strings_and_texts_are_printed_as_they_are() -> None:
    assert printed(HOSTILE) == f"{SHOWN}\n"
    assert printed(Text(HOSTILE)).strip() == SHOWN_OF_TEXT
    assert printed(Panel(HOSTILE, title=Text(HOSTILE))).count(SHOWN_OF_TEXT) == 2


def test_every_part_of_a_table_is_printed_as_it_is() -> None:
    table = Table(title=HOSTILE, caption=HOSTILE)
    table.add_column(HOSTILE)
    table.add_row(HOSTILE)
    table.add_row(Text(HOSTILE))
    shown = printed(table)
    assert shown.count(SHOWN_OF_TEXT) == 5
    lines = [line for line in shown.splitlines() if "│" in line]
    assert len({len(line) for line in lines}) == 1


def test_progress_is_printed_as_it_is() -> None:
    console = LiteralConsole(file=io.StringIO(), width=300, force_terminal=True, color_system=None)
    with Progress(TextColumn("{task.description}", markup=False), console=console) as progress:
        progress.add_task(HOSTILE)
    assert isinstance(console.file, io.StringIO)
    assert "[red]x[/red] [/] [link=https://evil.example]y[/link] :100: \\x1b[31mz" in console.file.getvalue()


def test_releases_diff_is_printed_as_it_is() -> None:
    row: dict[str, str | None] = {HOSTILE: HOSTILE}
    table = TableDiff(
        table=HOSTILE,
        columns=[ColumnChange(HOSTILE, HOSTILE, HOSTILE)],
        rows_before=1,
        rows_after=1,
        rows_added=1,
        rows_removed=1,
        rows_changed=1,
        added=[row],
        removed=[row],
        changed=[RowChange(row, {HOSTILE: (HOSTILE, HOSTILE)})],
    )
    shown = printed(render_diff(ReleaseDiff("a", "b", [HOSTILE], [HOSTILE], [table])))
    assert shown.count(SHOWN) == 15
    assert "\x1b" not in shown


def test_sources_are_printed_as_they_are() -> None:
    names = ("source", "state", "publisher", "cadence", "what", "licence")
    listed = {**dict.fromkeys(names, HOSTILE), "last_seen": None, "last_new_vintage": None, "problems": [HOSTILE]}
    assert printed(render([listed])).count(SHOWN) == 9


@pytest.mark.parametrize("text", [HOSTILE, "[/]", ":100:"])
def test_sql_prints_values_names_and_errors_as_they_are(built_home: Path, text: str) -> None:
    quoted = text.replace("'", "''")
    shown = call_entrepot(built_home, "sql", f"select '{quoted}' as \"{text}\"").stdout
    expected = text.replace(HOSTILE, SHOWN)
    assert [line.strip() for line in shown.splitlines()[:2]] == [expected, expected]
    refused = call_entrepot(built_home, "sql", f"select error('{quoted}')")
    assert expected in refused.stderr
    for output in (shown, refused.stderr):
        assert "\x1b" not in output.replace("\x1b[1m", "").replace("\x1b[0m", "")


def test_messages_about_arguments_are_printed_as_they_are(built_home: Path, tmp_path: Path) -> None:
    for args in (
        ("trace", "2026-03", HOSTILE),
        ("trace", HOSTILE, "balance"),
        ("releases", "verify", HOSTILE),
        ("claims", "check", f"exports 2026-03 {HOSTILE} HKD"),
        ("claims", "check", f"{HOSTILE} 2026-03 1 HKD"),
        ("claims", "find", str(tmp_path / "absent\x1b[31m:100:")),
    ):
        refused = call_entrepot(built_home, *args)
        assert refused.returncode == 1, args
        assert "\x1b" not in refused.stderr
        assert "[/]" in refused.stderr or ":100:" in refused.stderr or "[red]x[/red]" in refused.stderr


def test_verdicts_of_hostile_claims_are_printed_as_they_are(built_home: Path, tmp_path: Path) -> None:
    file = tmp_path / "claims.json"
    claim = {
        "claim_id": HOSTILE,
        "claim": HOSTILE,
        "metric": "exports",
        "period": "2026-03",
        "claimed_value": "1",
        "claimed_unit": "HKD bn",
        "source_url": "https://a.example",
    }
    file.write_text(json.dumps([claim]))
    checked = call_entrepot(built_home, "claims", "check", str(file))
    assert "\x1b" not in checked.stdout
    for part in ("[red]x[/red]", "[link=https://evil.example]y[/link]", ":100:", r"\x1b[31mz", r"\u202eabc"):
        assert part in checked.stdout
    as_json = call_entrepot(built_home, "claims", "check", str(file), "--format", "json").stdout
    assert json.loads(as_json)["verdicts"][0]["claim_id"] == HOSTILE
    assert "\u202e" not in as_json


def test_status_prints_what_a_release_says_as_it_is(home: Path) -> None:
    description = next((home / "releases").glob("*/datapackage.json"))
    content = json.loads(description.read_text())
    content["checks"].append({"name": HOSTILE, "description": HOSTILE, "passed": False, "blocking": False})
    del content["descriptionHash"]
    description.parent.chmod(0o755)
    description.chmod(0o644)
    description.write_text(json.dumps(content))
    shown = call_entrepot(home, "status")
    assert shown.stdout.count(SHOWN) == 2, shown.stderr


def test_database_columns_named_like_markup_are_printed(tmp_path: Path) -> None:
    from orchestration.releases.sql import results

    with duckdb.connect() as connection:
        shown = printed(results.table(connection.execute('select 1 as "[bold]", null as ":100:"')))
    assert "[bold]" in shown
    assert ":100:" in shown
    assert "·" in shown
