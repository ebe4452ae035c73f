"""`entrepot sources` and `entrepot import`: the publishers, and their files from disk."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table

from orchestration.cli.console import AsJson, out, print_json
from orchestration.settings import get_settings
from orchestration.terminal import line

MOMENTS = ("last_seen", "last_new_vintage")


app = typer.Typer(help="List the sources and the result of their last fetch, or check that each publisher answers.")


@app.callback(invoke_without_command=True)
def list_sources(context: typer.Context, as_json: AsJson = False) -> None:
    """List the sources: publisher, content, cadence, licence, and when each was last fetched with what result."""
    if context.invoked_subcommand is None:
        from orchestration.ingestion import source_status

        listed = source_status.listed(get_settings())
        if as_json:
            print_json(listed)
        else:
            out.print(render(listed))


@app.command("check")
def check_sources(as_json: AsJson = False) -> None:
    """Send each publisher one small request, turned on or not. Nothing is archived."""
    from orchestration.ingestion import source_status

    answers = source_status.checked(get_settings())
    if as_json:
        print_json(answers)
    else:
        for answer in answers:
            out.print(f"{answer['source']:<12}", end="")
            out.print(answer["said"], style="green" if answer["answers"] else "red")
    if not all(answer["answers"] for answer in answers):
        raise typer.Exit(1)


def import_file(
    source: Annotated[str, typer.Argument(help="The source of the file: unsd, world_bank, csd or lists.")],
    dataset: Annotated[
        str, typer.Argument(help="The dataset, such as HS2017toHS2012, pink_sheet, 410-50001 or ai_goods.")
    ],
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The publisher's own file, unchanged.")
    ],
    as_json: AsJson = False,
) -> None:
    """Import a publisher's file into the archive, if it is valid.

    It counts as the publisher's answer of today, and the next build loads it.
    """
    from orchestration.ingestion import manual_import

    imported = manual_import.import_file(get_settings(), source, dataset, file)
    if as_json:
        print_json(imported.to_dict())
    else:
        suffix = "" if imported.is_new else ", which were archived already"
        out.print(f"{file.name}: {imported.rows:,} rows of {source} {dataset}{suffix}")


def render(sources: list[dict[str, Any]]) -> RenderableType:
    """Return the listing as a table, with descriptions, licences and problems below it."""
    table = Table(box=None, header_style="bold", padding=(0, 3, 0, 0))
    for column in ("source", "state", "last asked", "last new vintage", "publisher", "cadence"):
        table.add_column(column)
    for each in sources:
        colour = {"ok": "green", "down": "red", "refused": "red"}.get(each["state"], "dim")
        moments = [each[name].strftime("%Y-%m-%d %H:%M UTC") if each[name] else "·" for name in MOMENTS]
        state = line((each["state"], colour))
        table.add_row(each["source"], state, *moments, each["publisher"], each["cadence"])
    details = [line((each["source"], "bold"), f": {each['what']}. {each['licence']}.") for each in sources]
    problems = [line((each["source"], "red"), f" {problem}") for each in sources for problem in each["problems"]]
    return Group(table, "", *details, *([line(), *problems] if problems else []))
