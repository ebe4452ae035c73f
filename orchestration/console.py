"""Where the command writes: results to the one stream, messages and progress to the other."""

import json
import sys
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

# What is piped into a file or a program is not folded at the width of a terminal that is not there.
WIDTH = None if sys.stdout.isatty() else 160
out = Console(highlight=False, soft_wrap=True, width=WIDTH)
err = Console(stderr=True, highlight=False, soft_wrap=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def say_error(message: str) -> None:
    err.print("[bold red]error[/]", end=" ")
    err.print(message, markup=False)


def fail(message: str, code: int = 1) -> NoReturn:
    say_error(message)
    raise typer.Exit(code)


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, default=str, ensure_ascii=False) + "\n")
