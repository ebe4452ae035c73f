"""`entrepot sql`: query the current release."""

import io
import sys
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from orchestration import releases
from orchestration.cli import output_file
from orchestration.cli.console import AsJson, out
from orchestration.releases.sql import examples, prompt, results
from orchestration.settings import get_settings
from orchestration.storage.input_files import is_utf8
from orchestration.terminal import visible, visible_json


def sql(
    query: Annotated[str | None, typer.Argument(help="The query; without one, a prompt opens.")] = None,
    example: Annotated[str | None, typer.Option(help="Run an example query, by its name.")] = None,
    list_examples: Annotated[bool, typer.Option("--examples", help="List the examples.")] = False,
    file: Annotated[
        Path | None, typer.Option("--out", help="Write all rows to a file: .csv, .json or .parquet.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: AsJson = False,
) -> None:
    """Query the current release, read-only: one query, an example, or a prompt.

    A query can't read or write files, reach the network, load extensions or change settings.

    Example: entrepot sql "select month, balance_hkd_mn from marts.fct_trade_balance_monthly order by 1 desc limit 3"
    """
    if list_examples:
        out.print(examples.gallery_table())
        return
    if example is not None:
        query = examples.find(example).query
    if query is not None and not is_utf8(query):
        raise typer.BadParameter("the query is not UTF-8 text", param_hint="QUERY")
    forms = [form for form, wanted in (("csv", as_csv), ("json", as_json)) if wanted]
    if len(forms) + (file is not None) > 1 or (query is None and (forms or file)):
        raise typer.BadParameter("give only one of --out, --csv and --json, with a query or an example")
    target = output_file.checked(file, get_settings()) if file else None
    with releases.connect_with_lake(releases.current_release(get_settings().current)) as connection:
        if query is None:
            prompt.Prompt(connection, out).cmdloop()
        elif target is not None:
            rows = results.write(connection, query, target, results.format_of(target))
            out.print(f"{rows:,} rows written to {file}")
        elif forms:
            _stream(connection, query, forms[0])
        else:
            if example is not None:
                out.print(examples.render(examples.find(example)))
            out.print(results.table(connection.execute(query)))


def _stream(connection: duckdb.DuckDBPyConnection, query: str, form: str) -> None:
    """Write a result to standard output as it is; on a terminal, control characters are escapes."""
    if not sys.stdout.isatty():
        results.stream(connection, query, sys.stdout.buffer, form)
        return
    shown = io.BytesIO()
    results.stream(connection, query, shown, form)
    sys.stdout.write((visible_json if form == "json" else visible)(shown.getvalue().decode()))
