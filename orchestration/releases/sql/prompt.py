"""The prompt of `entrepot sql`."""

import cmd

import duckdb
from rich.console import Console

from orchestration.releases.sql import examples, results


class Prompt(cmd.Cmd):
    """A prompt that reads SQL up to a semicolon, `.examples`, `.example NAME` and `.quit`."""

    intro = (
        "The current release, read-only. End a query with a semicolon.\n"
        "`show all tables;` lists the tables, .examples shows what to ask, .example NAME asks it, .quit leaves."
    )
    prompt = "entrepot> "

    def __init__(self, connection: duckdb.DuckDBPyConnection, console: Console) -> None:
        super().__init__()
        self.connection = connection
        self.console = console
        self.waiting = ""

    def onecmd(self, line: str) -> bool:
        if line.strip() in (".quit", ".exit", "EOF"):
            return True
        if not self.waiting and line.startswith(".example"):
            self._show(line.partition(" ")[2].strip())
            return False
        self.waiting = f"{self.waiting}\n{line}".strip()
        if self.waiting.endswith(";"):
            query, self.waiting = self.waiting, ""
            self._answer(query)
        self.prompt = "      ...> " if self.waiting else "entrepot> "
        return False

    def _answer(self, query: str) -> None:
        try:
            self.console.print(results.table(self.connection.execute(query)))
        except duckdb.Error as error:
            self.console.print(str(error), style="red", markup=False)

    def _show(self, name: str) -> None:
        """List the examples, or show one and its answer."""
        if not name:
            self.console.print(examples.listed())
            return
        try:
            example = examples.find(name)
        except examples.UnknownExample as error:
            self.console.print(str(error), style="red", markup=False)
        else:
            self.console.print(examples.render(example))
            self._answer(example.query)
