"""`entrepot row-counts`: compare the rows of each table and year with the recorded counts."""

from typing import Annotated

import typer

from orchestration.checks import row_counts as counting
from orchestration.cli.console import fail, out
from orchestration.settings import get_settings
from orchestration.warehouse import build_file


def row_counts(
    update: Annotated[bool, typer.Option("--update", help="Rewrite the recorded counts from the build file.")] = False,
) -> None:
    """Compare the rows of each table and year with the recorded counts, or record the current ones."""
    settings = get_settings()
    with build_file.hold(settings, "entrepot row-counts"), build_file.connect(settings, read_only=True) as connection:
        counts = counting.count(connection)
    if update:
        counting.write(counts)
        out.print(f"{len(counts)} counts written to {counting.RECORD}; review the change and commit it")
    elif differences := counting.compare(counts):
        fail("\n".join(differences))
    else:
        out.print(f"{len(counts)} counts are as recorded")
