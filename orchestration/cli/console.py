"""Output of the command: results go to standard output, messages and progress to standard error."""

import json
import sys
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table

# Output that is piped into a file or a program is not wrapped at the default width of 80.
WIDTH = None if sys.stdout.isatty() else 160
out = Console(highlight=False, soft_wrap=True, width=WIDTH)
err = Console(stderr=True, highlight=False, soft_wrap=True)

# Exit codes; docs/data-engineers.md explains them.
FAILED = 1
WRONG_USE = 2  # of the command, or a wrong setting
WAREHOUSE_LOCKED = 3
PARTIAL = 4
NOT_IN_POSTGRES = 5
NOT_MIRRORED = 6

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def say_error(message: str) -> None:
    """Print an error message to standard error."""
    err.print("[bold red]error[/]", end=" ")
    err.print(message, markup=False)


def fail(message: str, code: int = FAILED) -> NoReturn:
    """Print an error message and exit."""
    say_error(message)
    raise typer.Exit(code)


def print_json(value: Any) -> None:
    """Print a value as JSON; dates and decimals become text."""
    sys.stdout.write(json.dumps(value, indent=2, default=str, ensure_ascii=False) + "\n")


def table(*columns: str) -> Table:
    """Return an empty table with these columns; the columns `rows` and `tables` are right-aligned."""
    shown = Table(box=None, header_style="bold", padding=(0, 3, 0, 0))
    for column in columns:
        shown.add_column(column, justify="right" if column in ("rows", "tables") else "left")
    return shown
