"""`entrepot build`: run the main job and report the release that it made."""

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group, RenderableType

from orchestration import releases
from orchestration.archive import Archive
from orchestration.cli.console import (
    NOT_IN_POSTGRES,
    NOT_MIRRORED,
    PARTIAL,
    AsJson,
    err,
    fail,
    out,
    print_json,
    say_error,
    table,
)
from orchestration.dbt import worker
from orchestration.pages import REPORT_FILE
from orchestration.periods import HONG_KONG
from orchestration.releases import headline
from orchestration.settings import Settings, get_settings
from orchestration.terminal import line
from orchestration.warehouse import build_file, recovery

if TYPE_CHECKING:
    from orchestration.cli.main_job import Outcome

NEXT_STEPS = 'entrepot sql "select * from marts.fct_trade_balance_monthly order by month desc limit 5"'


def build(
    as_of: Annotated[
        str | None,
        typer.Option(help="A day, 2026-09-25: build what was known then, from the archive alone, in a separate home."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run the main job: read the sources, build and test the models, check them, and publish a release.

    When a check that gates the release fails, nothing is published and the last good release stays. When a publisher is
    down or sends an invalid response, the others are released, and the exit code says so.
    """
    settings = _settings_on(as_of) if as_of else get_settings()
    with build_file.hold(settings, "entrepot build"):
        worker.start(settings)  # it warms up while this process imports Dagster
        from orchestration.cli import main_job

        outcome = main_job.run(settings, err)
        if outcome.problems:
            recovery.suspect(settings)
    if outcome.problems:
        for problem in outcome.problems:
            err.print(problem)
        kept = [release.id for release in releases.list_releases(settings.releases_dir)]
        fail(f"nothing was published; {'the last release stays current' if kept else 'there is no release yet'}")
    summary = {
        **built(settings, is_new=outcome.is_new),
        "silent_sources": outcome.silent,
        "postgres_problem": outcome.postgres,
        "mirror_problem": outcome.mirror,
    }
    if as_json:
        print_json(summary)
    else:
        out.print(render_built(summary))
    _report_partial(outcome)


def _report_partial(outcome: "Outcome") -> None:
    """Report what failed although the release was made, and exit with the code of the most serious failure."""
    if outcome.silent:
        for source, problem in outcome.silent.items():
            err.print(f"{source}: {problem}")
        say_error(f"partial: released without new data from {', '.join(outcome.silent)}")
    if outcome.mirror:
        say_error(f"released, but not copied to ENTREPOT_RELEASES, which keeps its earlier release: {outcome.mirror}")
    if outcome.postgres:
        fail(f"released, but PostgreSQL keeps its earlier release: {outcome.postgres}", code=NOT_IN_POSTGRES)
    if outcome.mirror:
        raise typer.Exit(NOT_MIRRORED)
    if outcome.silent:
        raise typer.Exit(PARTIAL)


def _settings_on(day: str) -> Settings:
    """Return settings that build what was known at the end of a day in Hong Kong: from the archive, in its own home."""
    try:
        moment = datetime.combine(date.fromisoformat(day), time.max, HONG_KONG)
    except ValueError:
        raise typer.BadParameter(f"{day!r} is not a day such as 2026-09-25", param_hint="--as-of") from None
    settings = get_settings()
    if not any(True for _ in Archive.of(settings, until=moment).sightings()):
        fail(f"the archive at {settings.archive_dir} holds nothing from {day} or before")
    past = {"archive": settings.archive_dir, "home": settings.home / "as-of" / day, "as_of": moment}
    return settings.model_copy(update=past)


def built(settings: Settings, *, is_new: bool) -> dict[str, Any]:
    """Return what the current release holds, for the end of `entrepot build`."""
    release = releases.current_release(settings.current)
    with releases.connect(release) as connection:
        figures = headline.read(connection)
    checks = release.datapackage["checks"]
    return {
        "release": release.id,
        "new": is_new,
        "created": release.created.isoformat(),
        "file": str(settings.current / "warehouse.duckdb"),
        "report": str(settings.current / REPORT_FILE) if release.size_of(REPORT_FILE) is not None else None,
        "tables": release.rows,
        "checks_passed": sum(check["passed"] for check in checks),
        "checks_warning": [check["name"] for check in checks if not check["passed"]],
        "latest_month": figures.month,
        "headline": dict(figures.rows()),
    }


def render_built(summary: dict[str, Any]) -> RenderableType:
    tables = table("table", "rows")
    for name, rows in summary["tables"].items():
        tables.add_row(name, f"{rows:,}")
    verb = "Published release" if summary["new"] else "Nothing changed: still release"
    total = f"{len(summary['tables'])} tables, {sum(summary['tables'].values()):,} rows"
    warnings = [f"  warns: {name}" for name in summary["checks_warning"]]
    return Group(
        line((f"{verb} {summary['release']}", "bold"), f": {total}"),
        "",
        tables,
        "",
        line((f"{summary['checks_passed']} checks passed", "green"), f", {len(warnings)} warn" if warnings else ""),
        *warnings,
        "",
        line((summary["latest_month"], "bold")),
        *(f"  {label:<14}{figure}" for label, figure in summary["headline"].items()),
        "",
        f"The file   {summary['file']}",
        *([f"Look at it {summary['report']}"] if summary["report"] else []),
        f"Query it   .venv/bin/{NEXT_STEPS}",
    )
