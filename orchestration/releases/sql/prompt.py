"""The prompt of `entrepot sql`."""

import cmd

import duckdb
from rich.console import Console

from orchestration.releases.sql import examples, results
from orchestration.storage.input_files import is_utf8


class Prompt(cmd.Cmd):
    """A prompt that accepts SQL up to a semicolon, and `.examples`, `.example NAME` and `.quit`."""

    intro = (
        "The current release, read-only. End a query with a semicolon.\n"
        "`show all tables;` lists the tables, .examples lists example queries, .example NAME runs one, .quit exits."
    )
    prompt = "entrepot> "

    def __init__(self, connection: duckdb.DuckDBPyConnection, console: Console) -> None:
        super().__init__()
        self.connection = connection
        self.console = console
        self.unfinished = ""

    def onecmd(self, line: str) -> bool:
        if line.strip() in (".quit", ".exit", "EOF"):
            return True
        if not self.unfinished and line.startswith(".example"):
            self._show(line.partition(" ")[2].strip())
            return False
        self.unfinished = f"{self.unfinished}\n{line}".strip()
        if self.unfinished.endswith(";"):
            query, self.unfinished = self.unfinished, ""
            self._run(query)
        self.prompt = "      ...> " if self.unfinished else "entrepot> "
        return False

    def _run(self, query: str) -> None:
        if not is_utf8(query):
            self.console.print("the query is not UTF-8 text", style="red")
            return
        try:
            self.console.print(results.table(self.connection.execute(query)))
        except duckdb.Error as error:
            self.console.print(str(error), style="red")

    def _show(self, name: str) -> None:
        """List the examples, or show and run one."""
        if not name:
            self.console.print(examples.gallery_table())
            return
        try:
            example = examples.find(name)
        except examples.UnknownExample as error:
            self.console.print(str(error), style="red")
        else:
            self.console.print(examples.render(example))
            self._run(example.query)
