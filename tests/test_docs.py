"""README and docs are up to date: commands exist, queries give the answers shown. `make lint` checks the links."""

import io
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import typer
from rich.console import Console

from orchestration import releases
from orchestration.cli import main
from orchestration.releases.sql import results
from orchestration.settings import PROJECT_DIR, Settings
from orchestration.sources.vocabulary import vocabulary

PAGES = [PROJECT_DIR / "README.md", *sorted((PROJECT_DIR / "docs").glob("*.md"))]
DOCS = PROJECT_DIR / "docs"
BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
TABLE = re.compile(r"`((?:marts|reference)\.\w+)(?:\.(\w+))?`")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def blocks(page: Path, language: str) -> list[str]:
    return [text for kind, text in BLOCK.findall(page.read_text()) if kind == language]


def prose(page: Path) -> str:
    return BLOCK.sub("", page.read_text())


def commands(page: Path) -> Iterator[list[str]]:
    """Yield the words of every `entrepot` command that a page shows, in code or in a sentence."""
    in_shell = "\n".join(blocks(page, "sh")).replace("\\\n", "")
    for text in (*in_shell.splitlines(), *re.findall(r"`(entrepot [^`]+)`", prose(page))):
        for part in re.split(r"&&|\"", text.partition("#")[0]):
            words = shlex.split(part)
            if "entrepot" in words:
                yield words[words.index("entrepot") + 1 :]


@each_page
def test_every_command_shown_exists(page: Path) -> None:
    for words in commands(page):
        command: Any = typer.main.get_command(main.app)
        for word in words:
            subcommands = getattr(command, "commands", {})
            if word.startswith("--"):
                options = {"--help", *(option for parameter in command.params for option in parameter.opts)}
                assert word in options, f"{page.name}: {' '.join(words)} has no option {word}"
            elif subcommands:
                assert word in subcommands, f"{page.name}: there is no `entrepot {' '.join(words)}`"
                command = subcommands[word]


@each_page
def test_every_make_target_shown_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT_DIR / "Makefile").read_text(), re.MULTILINE))
    in_shell = "\n".join(blocks(page, "sh"))
    shown = re.findall(r"`make ([a-z-]+)`", prose(page)) + re.findall(r"^make ([a-z-]+)", in_shell, re.MULTILINE)
    assert set(shown) <= targets


@each_page
def test_every_table_and_column_named_exists(page: Path, warehouse: duckdb.DuckDBPyConnection) -> None:
    catalog = "select schema_name || '.' || table_name, column_name from duckdb_columns() where not internal"
    columns = warehouse.execute(catalog).fetchall()
    tables = {table for table, _ in columns}
    named = {(table, column) for table, column in TABLE.findall(prose(page))}
    assert {table for table, _ in named} <= tables
    assert {pair for pair in named if pair[1]} <= set(columns)


@each_page
def test_every_query_gives_the_answer_shown(page: Path, warehouse: duckdb.DuckDBPyConnection) -> None:
    shown = re.findall(r"```sql\n(.*?)```\n\n```text\n(.*?)```", page.read_text(), re.DOTALL)
    assert len(shown) == len(blocks(page, "sql")), f"{page.name}: a query without its answer"
    for query, answer in shown:
        out = io.StringIO()
        Console(file=out, width=200).print(results.table(warehouse.execute(query)))
        now = "\n".join(line.rstrip() for line in out.getvalue().splitlines())
        assert now.split() == answer.split(), f"{page.name} shows a different answer than\n{now}\nto\n{query}"


@each_page
def test_every_python_example_runs(page: Path, built: Settings) -> None:
    for code in (code for code in blocks(page, "python") if "s3://" not in code):  # tests/storage runs the others
        local = code.replace("var/current", str(built.current))
        ran = subprocess.run([sys.executable, "-c", local], capture_output=True, text=True, timeout=60, check=False)
        assert ran.returncode == 0, f"{page.name}: {ran.stderr}"


def test_readme_shows_the_tables_and_row_counts_of_the_release(release: releases.Release) -> None:
    rows = re.findall(r"^((?:marts|reference)\.\w+) +([\d,]+)$", (PROJECT_DIR / "README.md").read_text(), re.MULTILINE)
    assert {table: int(count.replace(",", "")) for table, count in rows} == release.rows


def test_every_setting_is_documented() -> None:
    documented = re.findall(r"^\| `ENTREPOT_(\w+)` \|", (DOCS / "data-engineers.md").read_text(), re.MULTILINE)
    assert [name.lower() for name in documented] == list(Settings.model_fields)


def test_every_registered_claim_is_documented_with_its_verdict(release: releases.Release) -> None:
    documented = re.findall(r"^\| (C\d+) .*\| `(\w+)` \|", (DOCS / "claims.md").read_text(), re.MULTILINE)
    gates = re.findall(r"^\| (C\d+) .*\| `(\w+)` \|$", (DOCS / "economists.md").read_text(), re.MULTILINE)
    judged = "\n".join(f"{each['name']} {each['description']}" for each in release.datapackage["checks"])
    verdicts = re.findall(r"^\w+: claim_(c\d+)_\w+ (\w+):", judged, re.MULTILINE)
    assert documented == [(claim.upper(), verdict) for claim, verdict in verdicts]
    assert gates == documented[:8]


def test_terms_of_every_source_are_documented() -> None:
    documented = re.findall(r"^\| `(\w+)` \|", (DOCS / "data-terms.md").read_text(), re.MULTILINE)
    assert tuple(documented) == vocabulary("sources", "source_id")


def test_every_trap_names_tests_that_exist(release: releases.Release) -> None:
    rows = re.findall(r"^\| \d+\. .*\|(.*)\|$", (DOCS / "modelling.md").read_text(), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert len(rows) == 12
    ours = "\n".join(path.read_text() for path in (PROJECT_DIR / "tests").rglob("test_*.py"))
    models = "\n".join(path.read_text() for path in (PROJECT_DIR / "dbt_project" / "models").rglob("*.yml"))
    known = {check["name"].partition(": ")[2] for check in release.datapackage["checks"]}
    known |= set(re.findall(r"^def (test_\w+)", ours, re.MULTILINE)) | set(re.findall(r"- name: (rule_\w+)", models))
    assert named <= known
