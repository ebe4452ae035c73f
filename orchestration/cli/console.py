"""Output of the command: results go to standard output, messages and progress to standard error.

Everything is printed as it is: texts come from publishers, files and queries, so `[red]` and `:100:` in them mean
nothing. Our own styles are `rich.text.Text`, made with `terminal.line`.
"""

import sys
from collections.abc import Iterable
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from orchestration.terminal import line, to_json, visible


class LiteralConsole(Console):
    """A console that prints texts as they are, with control characters as escapes, also in tables and progress."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, soft_wrap=True, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(visible(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render, with the control characters of a text as escapes, unless the text already has them as escapes."""
        if isinstance(renderable, Text) and (shown := visible(renderable.plain)) != renderable.plain:
            renderable = renderable.blank_copy(shown)
        return super().render(renderable, options)


# Output that is piped into a file or a program is not wrapped at the default width of 80.
WIDTH = None if sys.stdout.isatty() else 160
out = LiteralConsole(width=WIDTH)
err = LiteralConsole(stderr=True)

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
    err.print(line(("error", "bold red"), f" {message}"))


def fail(message: str, code: int = FAILED) -> NoReturn:
    """Print an error message and exit."""
    say_error(message)
    raise typer.Exit(code)


def print_json(value: Any) -> None:
    """Print a value as JSON; dates and decimals become text."""
    sys.stdout.write(to_json(value) + "\n")


def write_result(text: str) -> None:
    """Write CSV, JSON or Markdown for programs, unchanged; on a terminal, control characters are escapes."""
    sys.stdout.write(visible(text) if sys.stdout.isatty() else text)


def table(*columns: str) -> Table:
    """Return an empty table with these columns; the columns `rows` and `tables` are right-aligned."""
    shown = Table(box=None, header_style="bold", padding=(0, 3, 0, 0))
    for column in columns:
        shown.add_column(column, justify="right" if column in ("rows", "tables") else "left")
    return shown
