"""`entrepot archive`: list the payloads that were ever read, and set one aside."""

from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.text import Text

from orchestration.cli.console import AsJson, out, print_json, table
from orchestration.settings import get_settings

app = typer.Typer(no_args_is_help=True, help="The archive: every payload that was ever read, and what became of it.")


class State(StrEnum):
    CURRENT = "current"
    SUPERSEDED = "superseded"
    REFUSED = "refused"
    QUARANTINED = "quarantined"
    NOT_LOADED = "not loaded"


STYLES = {"current": "green", "refused": "red", "quarantined": "yellow"}


@app.command("list")
def list_payloads(
    state: Annotated[State | None, typer.Option(help="Only payloads in this state.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the payloads: source, dataset, part, hash, when each was seen, and its state with the reason."""
    from orchestration.ingestion import archive_listing

    listed = [each for each in archive_listing.listed(get_settings()) if state in (None, each["state"])]
    if as_json:
        print_json(listed)
        return
    shown = table("sha256", "state", "source", "dataset", "part", "first seen", "last seen", "reason")
    for each in listed:
        shown.add_row(*_cells(each))
    out.print(shown if listed else "no payloads")


def _cells(payload: dict[str, Any]) -> list[Text]:
    """Return the cells of a payload's row; texts of publishers are printed literally."""
    first, last = (f"{payload[name]:%Y-%m-%d %H:%M}" for name in ("first_seen", "last_seen"))
    words = (payload["source"], payload["dataset"], payload["part"], first, last, payload["reason"] or "")
    state = payload["state"]
    return [Text(payload["sha256"][:12]), Text(state, style=STYLES.get(state, "")), *map(Text, words)]


@app.command()
def quarantine(
    sha256: Annotated[str, typer.Argument(help="The payload's hash, or as much of its beginning as is unique.")],
    reason: Annotated[str | None, typer.Option(help="Why, for `archive list` and for reports.")] = None,
    undo: Annotated[
        bool, typer.Option("--undo", help="Use the payload again. A refused one is parsed again by the next build.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Set a payload aside: the next build leaves it out, and the payload before it is current again.

    Its bytes stay in the archive. Payloads with the same rows are set aside with it.
    """
    from orchestration.ingestion import quarantine as payloads

    settings = get_settings()
    changed = payloads.undo(settings, sha256) if undo else payloads.quarantine(settings, sha256, reason)
    if as_json:
        print_json({"sha256": changed, "is_quarantined": not undo})
    elif undo:
        out.print(
            "\n".join(
                [*(f"{each} is used again" for each in changed), "run `entrepot build` to load what was left out"]
            )
        )
    else:
        out.print("\n".join([*(f"{each} is quarantined" for each in changed), "run `entrepot build` to leave it out"]))
