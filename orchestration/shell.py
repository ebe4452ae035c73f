"""The SQL prompt of `entrepot sql`, and how query results look on a terminal."""

import cmd
from decimal import Decimal
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

ROWS_SHOWN = 1000


def records(result: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return all rows of a query as JSON-like records; decimals as numbers, days as text."""
    names = [column[0] for column in result.description or []]
    return [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in result.fetchall()]


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def table(result: duckdb.DuckDBPyConnection) -> Table:
    """Return the first thousand rows of a query as a table; a missing value is a dim dot, never 0."""
    shown = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), caption_justify="left")
    rows = result.fetchmany(ROWS_SHOWN)
    more = result.fetchone() is not None
    for position, (name, *_) in enumerate(result.description or []):
        numeric = any(isinstance(row[position], (int, float, Decimal)) for row in rows)
        shown.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(_text(value) for value in row))
    shown.caption = f"the first {ROWS_SHOWN:,} rows" if more else f"{len(rows):,} row{'' if len(rows) == 1 else 's'}"
    return shown


def _text(value: Any) -> str:
    if value is None:
        return "[dim]·[/]"
    return str(value).replace("[", r"\[")


class Shell(cmd.Cmd):
    """A prompt that reads SQL up to a semicolon, and `.quit`."""

    intro = "The current release, read-only. End a query with a semicolon; `show all tables;` lists them; .quit leaves."
    prompt = "entrepot> "

    def __init__(self, connection: duckdb.DuckDBPyConnection, console: Console) -> None:
        super().__init__()
        self.connection = connection
        self.console = console
        self.waiting = ""

    def onecmd(self, line: str) -> bool:
        if line.strip() in (".quit", ".exit", "EOF"):
            return True
        self.waiting = f"{self.waiting}\n{line}".strip()
        if self.waiting.endswith(";"):
            query, self.waiting = self.waiting, ""
            self._answer(query)
        self.prompt = "      ...> " if self.waiting else "entrepot> "
        return False

    def _answer(self, query: str) -> None:
        try:
            self.console.print(table(self.connection.execute(query)))
        except duckdb.Error as error:
            self.console.print(str(error), style="red", markup=False)
