"""The `entrepot` command. Output is for people; `--json` is for programs; errors say what, where, and what to do.

Exit codes: 0 done, 1 it failed or found something wrong, 2 the command or a setting is wrong, 3 another run holds the
warehouse, 4 partial: released, but without news of a source that was asked, 5 released, but not into PostgreSQL,
6 released, but not copied to ENTREPOT_RELEASES.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import duckdb
import typer
from pydantic import ValidationError

from orchestration import claims_command, lake_command, releases, reports, storage
from orchestration import trace as tracing
from orchestration.archive import Archive, ArchiveError
from orchestration.checks import row_counts as counting
from orchestration.claims.claim import ClaimError
from orchestration.console import AsJson, err, fail, out, print_json, say_error
from orchestration.dbt import worker
from orchestration.lake.errors import LakeError
from orchestration.releases.sql import examples, prompt, results
from orchestration.serving import mirror_replica, postgres_replica
from orchestration.settings import PROJECT_DIR, get_settings
from orchestration.warehouse import build_file

if TYPE_CHECKING:
    from orchestration.main_job import Outcome

HONG_KONG = ZoneInfo("Asia/Hong_Kong")
PARTIAL = 4
NOT_IN_POSTGRES = 5
NOT_MIRRORED = 6

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Hong Kong's external merchandise trade and gold: build the warehouse, query it, and prove its numbers.",
    epilog="Everything that is written lives under ENTREPOT_HOME (default: var/ in the project).",
)
releases_app = typer.Typer(
    no_args_is_help=True, help="List releases, compare two of them, or go back to an earlier one."
)
app.add_typer(releases_app, name="releases")
sources_app = typer.Typer(help="List the sources, what they are and how they do; or ask each publisher one question.")
app.add_typer(sources_app, name="sources")
postgres_app = typer.Typer(no_args_is_help=True, help="Load the current release into PostgreSQL; say which is there.")
app.add_typer(postgres_app, name="postgres")
app.add_typer(claims_command.app, name="claims")
app.add_typer(lake_command.app, name="lake")


@app.command()
def build(
    as_of: Annotated[
        str | None,
        typer.Option(help="A day, 2026-09-25: build what was known then, from the archive alone, in a folder apart."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run the main job: read the sources, build and test the models, check them, and publish a release.

    When a check that gates the release fails, nothing is published and the last good release stays. When a publisher is
    down or sends rubbish, the others are released, and the exit code says so.
    """
    if as_of:
        _go_back_to(as_of)
    settings = get_settings()
    with build_file.hold(settings, "entrepot build"):
        worker.start(settings)  # it warms up while this process imports Dagster
        from orchestration import main_job

        outcome = main_job.run(settings, err)
    if outcome.problems:
        for problem in outcome.problems:
            err.print(problem, markup=False)
        kept = [release.id for release in releases.list_releases(settings.releases_dir)]
        fail(f"nothing was published; {'the last release stays current' if kept else 'there is no release yet'}")
    summary = {
        **reports.built(settings, is_new=outcome.is_new),
        "silent_sources": outcome.silent,
        "postgres_problem": outcome.postgres,
        "mirror_problem": outcome.mirror,
    }
    if as_json:
        print_json(summary)
    else:
        out.print(reports.render_built(summary))
    _say_what_lacks(outcome)


def _say_what_lacks(outcome: "Outcome") -> None:
    """Say what did not come about though the release did, and exit with the code of the gravest."""
    if outcome.silent:
        for source, problem in outcome.silent.items():
            err.print(f"{source}: {problem}", markup=False)
        say_error(f"partial: released without news of {', '.join(outcome.silent)}")
    if outcome.mirror:
        say_error(f"released, but not copied to ENTREPOT_RELEASES, which has what it had: {outcome.mirror}")
    if outcome.postgres:
        fail(f"released, but PostgreSQL still has what it had: {outcome.postgres}", code=NOT_IN_POSTGRES)
    if outcome.mirror:
        raise typer.Exit(NOT_MIRRORED)
    if outcome.silent:
        raise typer.Exit(PARTIAL)


def _go_back_to(day: str) -> None:
    """Make this process, and those that it starts, build the past: from the archive, in a folder of its own."""
    try:
        moment = datetime.combine(date.fromisoformat(day), time.max, HONG_KONG)
    except ValueError:
        raise typer.BadParameter(f"{day!r} is no day, such as 2026-09-25", param_hint="--as-of") from None
    settings = get_settings()
    if not any(True for _ in Archive.of(settings, until=moment).sightings()):
        fail(f"the archive at {settings.archive_dir} holds nothing from {day} or before")
    os.environ["ENTREPOT_ARCHIVE"] = str(settings.archive_dir)
    os.environ["ENTREPOT_HOME"] = str(settings.home / "as-of" / day)
    os.environ["ENTREPOT_AS_OF"] = moment.isoformat()
    get_settings.cache_clear()


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show the current release, its age, how fresh each source is, and which checks warn."""
    settings = get_settings()
    summary = reports.status(settings)
    if as_json:
        print_json(summary)
    else:
        out.print(reports.render_status(summary))


@app.command()
def sql(
    query: Annotated[str | None, typer.Argument(help="The query; without one, a prompt opens.")] = None,
    example: Annotated[str | None, typer.Option(help="Ask an example instead of a query of your own.")] = None,
    list_examples: Annotated[bool, typer.Option("--examples", help="List the examples.")] = False,
    file: Annotated[
        Path | None, typer.Option("--out", help="Write all rows to a file: .csv, .json or .parquet.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: AsJson = False,
) -> None:
    """Query the current release, read-only: one query, an example, or a prompt.

    Nothing that a query says can read or write files, reach the network, load extensions or change settings.

    Example: entrepot sql "select month, balance_hkd_mn from marts.fct_trade_balance_monthly order by 1 desc limit 3"
    """
    if list_examples:
        out.print(examples.listed())
        return
    if example is not None:
        query = examples.find(example).query
    forms = [form for form, wanted in (("csv", as_csv), ("json", as_json)) if wanted]
    if len(forms) + (file is not None) > 1 or (query is None and (forms or file)):
        raise typer.BadParameter("one of --out, --csv and --json, and a query or an example")
    with releases.connect_with_lake(releases.current_release(get_settings().current)) as connection:
        if query is None:
            prompt.Prompt(connection, out).cmdloop()
        elif file is not None:
            rows = results.write(connection, query, file, results.form_of(file))
            out.print(f"{rows:,} rows written to {file}", markup=False)
        elif forms:
            results.stream(connection, query, sys.stdout.buffer, forms[0])
        else:
            if example is not None:
                out.print(examples.render(examples.find(example)))
            out.print(results.table(connection.execute(query)))


@app.command()
def trace(
    period: Annotated[str, typer.Argument(help="Such as 2026-03, 2026-Q1, 2025-H1, 2025, 2026-01..2026-05.")],
    measure: Annotated[str, typer.Argument(help="Such as balance, imports, exports_yoy, deficit_pct_of_imports.")],
    flow: Annotated[
        str, typer.Option(help="Of the detail: imports, total_exports, domestic_exports or re_exports.")
    ] = "imports",
    hs: Annotated[str, typer.Option(help="Of the detail: the digits that the HS code begins with.")] = "",
    partner: Annotated[
        str | None, typer.Option(help="Of the detail: a partner's code, or ISO 3166 such as CN.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Lead a number back to the bytes it was read from: the rules, the figures, their payloads, their addresses.

    Rows by HS code and partner are the measure `detail`: entrepot trace 2026-03 detail --hs 8542 --partner CN
    """
    settings = get_settings()
    if measure == "detail":
        with releases.connect_with_lake(releases.current_release(settings.current)) as connection:
            rows = tracing.trace_detail(connection, Archive.of(settings), period, flow, hs, partner)
        if as_json:
            print_json([row.to_dict() for row in rows])
        else:
            out.print(tracing.render_detail(rows))
        return
    with releases.connect(releases.current_release(settings.current)) as connection:
        traced = tracing.trace(connection, Archive.of(settings), period, measure)
    if as_json:
        print_json(traced.to_dict())
    else:
        out.print(tracing.render(traced))


@app.command("row-counts")
def row_counts(
    update: Annotated[bool, typer.Option("--update", help="Rewrite the recorded counts from the build file.")] = False,
) -> None:
    """Compare the rows of each table and year with those on record, or put the present counts on record."""
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


@app.command()
def ui(port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 3000) -> None:
    """Serve the Dagster UI on loopback, with a warm worker that starts runs at once."""
    from orchestration.runtime import instance, warm_worker

    settings = get_settings()
    command = [sys.executable, "-m", "dagster", "dev", "-w", "workspace.yaml", "-h", "127.0.0.1", "-p", str(port)]
    instance.prepare(settings)
    # A shell starts what runs in the background with SIGINT ignored, and all its children would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with warm_worker.serve(settings):
        raise typer.Exit(subprocess.run(command, cwd=PROJECT_DIR, check=False).returncode)


@app.command("superset")
def serve_superset(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 8088,
    datasets: Annotated[
        bool, typer.Option("--datasets", help="Write the bundle's datasets from the current release, and stop.")
    ] = False,
) -> None:
    """Serve Superset with the project's dashboard on the current release; `make superset` sets it up first.

    A new release shows on the next query. The password of `admin` is made and shown at the first start.
    """
    from orchestration.serving import superset

    settings = get_settings()
    if datasets:
        with releases.connect(releases.current_release(settings.current)) as connection:
            out.print(f"{len(superset.write_datasets(connection))} datasets written; review the change and commit it")
        return
    try:
        superset.start(settings, port, out.print)
    except superset.SupersetUnavailable as error:
        fail(str(error))


@releases_app.command("list")
def list_releases(as_json: AsJson = False) -> None:
    """List the releases that are kept, newest first."""
    settings = get_settings()
    kept = reports.releases_kept(settings)
    if as_json:
        print_json(kept)
    else:
        out.print(reports.render_releases(kept))


@releases_app.command("diff")
def diff_releases(
    old: Annotated[
        str | None, typer.Argument(help="A release id; the one before the current one if none is given.")
    ] = None,
    new: Annotated[str | None, typer.Argument(help="A release id; the current one if none is given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show which tables, rows and values differ between two releases."""
    difference = reports.diff(get_settings(), old, new)
    if as_json:
        print_json(difference.to_dict())
    else:
        out.print(reports.render_diff(difference))


@releases_app.command("rollback")
def rollback_release(
    to: Annotated[
        str | None, typer.Argument(help="A release id; the one before the current one if none is given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make an earlier release the current one, in PostgreSQL and at ENTREPOT_RELEASES too.

    Readers see it when they connect again.
    """
    settings = get_settings()
    release = releases.rollback(settings.releases_dir, settings.current, to)
    if as_json:
        print_json({"current": release.id})
    else:
        out.print(f"release {release.id} is current")
    if settings.postgres_url:
        loaded = _load_into_postgres()
        if not as_json:
            out.print(f"release {loaded['release']} is in {loaded['place']}", markup=False)
    if settings.releases:
        copied = _mirror()
        if not as_json:
            out.print(f"release {copied['release']} is at {copied['place']}", markup=False)


@releases_app.command("mirror")
def mirror_release(as_json: AsJson = False) -> None:
    """Copy the current release to ENTREPOT_RELEASES, and make it the current one there. What is there stays."""
    copied = _mirror()
    if as_json:
        print_json(copied)
    else:
        out.print(f"release {copied['release']} is at {copied['place']}", markup=False)


def _mirror() -> dict[str, Any]:
    with err.status("copying the release"):
        return mirror_replica.copy(get_settings())


@releases_app.command("fetch")
def fetch_release(
    url: Annotated[str, typer.Argument(help="Where releases are copied to, such as s3://bucket/prefix.")],
    to: Annotated[
        Path | None, typer.Option(help="The folder that gets releases/ and current; ENTREPOT_HOME if none is given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Get the release that is current at a URL, held against its hashes, and make it the current one here.

    The file is then <folder>/current/warehouse.duckdb. With ENTREPOT_HOME at the folder, `entrepot sql` reads it.
    """
    settings = get_settings()
    with err.status("fetching the release"):
        fetched = mirror_replica.fetch(url, (to or settings.home).absolute(), settings.keep_releases)
    if as_json:
        print_json(fetched)
    else:
        verb = "fetched" if fetched["new"] else "is here already"
        out.print(f"release {fetched['release']} {verb}: {fetched['file']}", markup=False)


@releases_app.command("verify")
def verify_release(
    release_id: Annotated[str | None, typer.Argument(help="A release id; the current one if none is given.")] = None,
) -> None:
    """Hold every file of a release, and those of the lake that its views read, against its datapackage.json."""
    release = reports.find(get_settings(), release_id)
    releases.verify(release)
    releases.verify_lake(release)
    out.print(f"release {release.id}: every file is as published")


@postgres_app.command("load")
def load_into_postgres(as_json: AsJson = False) -> None:
    """Load the current release into PostgreSQL, in the place of the one that it has."""
    loaded = _load_into_postgres()
    if as_json:
        print_json(loaded)
    else:
        out.print(f"release {loaded['release']} is in {loaded['place']}", markup=False)


def _load_into_postgres() -> dict[str, Any]:
    with err.status("loading into PostgreSQL"):
        return postgres_replica.load(get_settings())


@postgres_app.command("status")
def postgres_status(as_json: AsJson = False) -> None:
    """Say which release PostgreSQL has. The exit code is 0 when it is the current one."""
    state = postgres_replica.state(get_settings())
    if as_json:
        print_json(state)
    else:
        out.print(postgres_replica.sentence(state), markup=False)
    if not state["is_current"]:
        raise typer.Exit(1)


@sources_app.callback(invoke_without_command=True)
def list_sources(context: typer.Context, as_json: AsJson = False) -> None:
    """List the sources: publisher, what, cadence, licence, when each was last asked, and what came of it."""
    if context.invoked_subcommand is None:
        from orchestration.ingestion import source_status

        listed = source_status.listed(get_settings())
        if as_json:
            print_json(listed)
        else:
            out.print(source_status.render(listed))


@sources_app.command("check")
def check_sources(as_json: AsJson = False) -> None:
    """Ask each publisher one cheap question, turned on or not; nothing that they send is kept."""
    from orchestration.ingestion import source_status

    answers = source_status.checked(get_settings())
    if as_json:
        print_json(answers)
    else:
        for answer in answers:
            out.print(f"{answer['source']:<12}", end="")
            out.print(answer["said"], style="green" if answer["answers"] else "red", markup=False)
    if not all(answer["answers"] for answer in answers):
        raise typer.Exit(1)


@app.command("import")
def import_file(
    source: Annotated[str, typer.Argument(help="Whose file it is: unsd, world_bank, csd or lists.")],
    dataset: Annotated[
        str, typer.Argument(help="What it is, such as HS2017toHS2012, pink_sheet, 410-50001 or ai_goods.")
    ],
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The publisher's own file, unchanged.")
    ],
    as_json: AsJson = False,
) -> None:
    """Take a publisher's file that you have into the archive, once it reads as what it should be.

    It counts as the publisher's answer of today, and the next build loads it.
    """
    from orchestration.ingestion import manual_import

    taken = manual_import.take(get_settings(), source, dataset, file)
    if as_json:
        print_json(taken.to_dict())
    else:
        held = "" if taken.is_new else ", which were held already"
        out.print(f"{file.name}: {taken.rows:,} rows of {source} {dataset}{held}", markup=False)


@contextmanager
def _writing(path: Path | None) -> Iterator[None]:
    """Say in a sentence that a file cannot be written, and exit with 1."""
    try:
        yield
    except OSError as error:
        fail(f"{error.filename or path} cannot be written: {error.strerror}; name another file")


@app.command()
def report(
    to: Annotated[
        Path | None, typer.Option("--out", help="Write the report to this file; without it, say where it lies.")
    ] = None,
    release_id: Annotated[
        str | None, typer.Option("--release", help="A release id; the current one if none is given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the report of a release: the latest month in figures and charts, one HTML file that opens from disk.

    Each release holds its report. One that was made before there were reports has none; with --out its report is made.
    """
    with _writing(to):
        written = reports.report(reports.find(get_settings(), release_id), to)
    if as_json:
        print_json(written)
    else:
        out.print(f"report of release {written['release']}: {written['file']} ({written['bytes']:,} bytes)")


@app.command()
def dictionary(
    html: Annotated[
        Path | None, typer.Option("--html", help="Write it as one HTML page with a search box, to this file.")
    ] = None,
) -> None:
    """Write the data dictionary, docs/data-dictionary.md, from the descriptions of the models."""
    from orchestration.dbt import project
    from orchestration.pages.dictionary import markdown as pages
    from orchestration.pages.dictionary import page

    manifest = project.manifest(get_settings())
    if html:
        with _writing(html):
            page.write(manifest, html)
        out.print(f"written: {html}")
    else:
        path = PROJECT_DIR / "docs" / "data-dictionary.md"
        pages.write(manifest, path)
        out.print(f"written: {path.relative_to(PROJECT_DIR)}")


def _setting_problem(place: tuple[int | str, ...], said: str) -> str:
    name = f"ENTREPOT_{place[0]}: ".upper() if place else ""
    return f"{name}{said.removeprefix('Value error, ')}"


def main() -> None:
    """Run the command; turn the errors that a user can act on into one sentence and an honest exit code."""
    try:
        app()
    except ValidationError as error:
        say_error("; ".join(_setting_problem(problem["loc"], problem["msg"]) for problem in error.errors()))
        sys.exit(2)
    except build_file.WarehouseHeld as error:
        say_error(str(error))
        sys.exit(3)
    except (postgres_replica.NotSet, mirror_replica.NotSet) as error:
        say_error(str(error))
        sys.exit(2)
    except (
        releases.ReleaseError,
        tracing.UnknownFigure,
        ArchiveError,
        ClaimError,
        LakeError,
        worker.DbtFailure,
        examples.UnknownExample,
        results.NoResult,
        results.UnknownForm,
        storage.StorageError,
        OSError,
        duckdb.Error,
    ) as error:
        say_error(str(error))
        sys.exit(1)
