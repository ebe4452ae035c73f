"""`entrepot releases`: list, compare, roll back, copy, fetch and verify releases."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from orchestration import releases
from orchestration.cli import output_file
from orchestration.cli.console import AsJson, err, out, print_json, table
from orchestration.cli.postgres import load_current_release
from orchestration.serving import mirror_replica
from orchestration.settings import Settings, get_settings
from orchestration.terminal import line

app = typer.Typer(no_args_is_help=True, help="List releases, compare two of them, or go back to an earlier one.")


@app.command("list")
def list_releases(as_json: AsJson = False) -> None:
    """List the releases, newest first."""
    settings = get_settings()
    kept = releases_kept(settings)
    if as_json:
        print_json(kept)
    else:
        out.print(render_releases(kept))


@app.command("diff")
def diff_releases(
    old: Annotated[str | None, typer.Argument(help="A release id; by default the one before the current one.")] = None,
    new: Annotated[str | None, typer.Argument(help="A release id; by default the current one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show which tables, rows and values differ between two releases."""
    difference = diff(get_settings(), old, new)
    if as_json:
        print_json(difference.to_dict())
    else:
        out.print(render_diff(difference))


@app.command("rollback")
def rollback_release(
    to: Annotated[str | None, typer.Argument(help="A release id; by default the one before the current one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make an earlier release current again, also in PostgreSQL and at ENTREPOT_RELEASES.

    Readers see it when they connect again.
    """
    settings = get_settings()
    release = releases.rollback(settings.releases_dir, settings.current, to)
    if as_json:
        print_json({"current": release.id})
    else:
        out.print(f"release {release.id} is current")
    if settings.postgres_url:
        loaded = load_current_release()
        if not as_json:
            out.print(f"release {loaded['release']} is in {loaded['place']}")
    if settings.releases:
        copied = _mirror()
        if not as_json:
            out.print(f"release {copied['release']} is at {copied['place']}")


@app.command("mirror")
def mirror_release(as_json: AsJson = False) -> None:
    """Copy the current release to ENTREPOT_RELEASES and make it current there. Files that are there are kept."""
    copied = _mirror()
    if as_json:
        print_json(copied)
    else:
        out.print(f"release {copied['release']} is at {copied['place']}")


def _mirror() -> dict[str, Any]:
    with err.status("copying the release"):
        return mirror_replica.MirrorReplica(get_settings()).update()


@app.command("fetch")
def fetch_release(
    url: Annotated[str, typer.Argument(help="The URL that releases are copied to, such as s3://bucket/prefix.")],
    to: Annotated[
        Path | None, typer.Option(help="The folder for releases/ and current; by default ENTREPOT_HOME.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fetch the release that is current at a URL, verify its hashes, and make it current here.

    The database is then <folder>/current/warehouse.duckdb. With ENTREPOT_HOME at the folder, `entrepot sql` reads it.
    """
    settings = get_settings()
    if to is not None and output_file.is_own(to, settings):
        raise typer.BadParameter(f"{to} is a folder that only the program itself writes to", param_hint="--to")
    with err.status("fetching the release"):
        fetched = mirror_replica.fetch(url, (to or settings.home).absolute(), settings.keep_releases)
    if as_json:
        print_json(fetched)
    else:
        verb = "fetched" if fetched["new"] else "is here already"
        out.print(f"release {fetched['release']} {verb}: {fetched['file']}")


@app.command("verify")
def verify_release(
    release_id: Annotated[str | None, typer.Argument(help="A release id; by default the current one.")] = None,
) -> None:
    """Check the hash of every file of a release, and of the lake's files that its views read."""
    release = find_release(get_settings(), release_id)
    releases.verify(release)
    releases.verify_lake(release)
    out.print(f"release {release.id}: every file is as published")


def find_release(settings: Settings, release_id: str | None) -> releases.Release:
    """Return the release of an id, by default the current one. Raises UnknownRelease or NoRelease."""
    if release_id is None:
        return releases.current_release(settings.current)
    return releases.find_release(settings.releases_dir, release_id)


def releases_kept(settings: Settings) -> list[dict[str, Any]]:
    """Return facts about each release, newest first, for `entrepot releases list`."""
    kept = releases.list_releases(settings.releases_dir)
    try:
        current = releases.current_release(settings.current).id
    except releases.NoRelease:
        current = None
    return [{"release": release.id, "current": release.id == current, **_described(release)} for release in kept]


def _described(release: releases.Release) -> dict[str, Any]:
    """Return what a release says of itself; `problem` says why it can't be read, and is None if it can."""
    try:
        return {
            "created": release.created.isoformat(),
            "tables": len(release.rows),
            "rows": sum(release.rows.values()),
            "content_id": release.content_id,
            "code_version": release.datapackage["codeVersion"],
            "problem": None,
        }
    except releases.ReleaseDamaged as damaged:
        unknown = dict.fromkeys(("created", "tables", "rows", "content_id", "code_version"))
        return {**unknown, "problem": damaged.what}


def render_releases(kept: list[dict[str, Any]]) -> RenderableType:
    """Return the releases as a table for people."""
    if not kept:
        return "There is no release yet; run `make warehouse`."
    shown = table("", "release", "tables", "rows", "code")
    for release in kept:
        mark = line(("current" if release["current"] else "", "green"))
        if release["problem"]:
            shown.add_row(mark, release["release"], "·", "·", release["problem"])
            continue
        shown.add_row(mark, release["release"], str(release["tables"]), f"{release['rows']:,}", release["code_version"])
    return shown


def diff(settings: Settings, old: str | None, new: str | None) -> releases.ReleaseDiff:
    """Compare two releases; by default the current one with the one before it."""
    after = find_release(settings, new)
    if old is None:
        return releases.diff(releases.previous_release(settings.releases_dir, after), after)
    return releases.diff(find_release(settings, old), after)


def render_diff(difference: releases.ReleaseDiff) -> RenderableType:
    """Return a comparison of two releases as lines for people."""
    lines = [line((difference.before, "bold"), " -> ", (difference.after, "bold"))]
    lines += [line((f"+ table {name}", "green")) for name in difference.tables_added]
    lines += [line((f"- table {name}", "red")) for name in difference.tables_removed]
    for changed in difference.tables:
        lines += [line(), *_table_lines(changed)]
    if len(lines) == 1:
        lines.append(line("nothing differs"))
    return Group(*lines)


def _table_lines(table: releases.TableDiff) -> list[Text]:
    counts = f"{table.rows_added:,} added, {table.rows_removed:,} removed, {table.rows_changed:,} changed"
    lines = [line((table.table, "bold"), f": {table.rows_before:,} -> {table.rows_after:,} rows; {counts}")]
    lines += [line(f"  column {c.column}: {c.before} -> {c.after}") for c in table.columns]
    for row in table.changed:
        key = ", ".join(f"{name}={value}" for name, value in row.key.items())
        values = "; ".join(f"{name} {was} -> {now}" for name, (was, now) in row.values.items())
        lines.append(line(f"  ~ {key}: {values}"))
    for sign, rows in (("+", table.added), ("-", table.removed)):
        lines += [
            line(f"  {sign} " + ", ".join(f"{name}={value}" for name, value in row.items() if value)) for row in rows
        ]
    return lines
