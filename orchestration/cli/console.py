"""Where the command writes: results to the one stream, messages and progress to the other."""

import json
import sys
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table

# What is piped into a file or a program is not folded at the width of a terminal that is not there.
WIDTH = None if sys.stdout.isatty() else 160
out = Console(highlight=False, soft_wrap=True, width=WIDTH)
err = Console(stderr=True, highlight=False, soft_wrap=True)

# Exit codes that mean neither success nor failure; docs/data-engineers.md lists all.
PARTIAL = 4
NOT_IN_POSTGRES = 5
NOT_MIRRORED = 6

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def say_error(message: str) -> None:
    err.print("[bold red]error[/]", end=" ")
    err.print(message, markup=False)


def fail(message: str, code: int = 1) -> NoReturn:
    say_error(message)
    raise typer.Exit(code)


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, default=str, ensure_ascii=False) + "\n")


def table(*columns: str) -> Table:
    """Return an empty table with these columns; counts are aligned to the right."""
    shown = Table(box=None, header_style="bold", padding=(0, 3, 0, 0))
    for column in columns:
        shown.add_column(column, justify="right" if column in ("rows", "tables") else "left")
    return shown
