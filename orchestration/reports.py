"""What the `entrepot` command says about releases: plain data for programs, rendered as tables for people."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from orchestration import releases
from orchestration.archive import Archive
from orchestration.pages.report import FILE as REPORT
from orchestration.pages.report import write as write_report
from orchestration.releases import headline
from orchestration.serving import mirror_replica, postgres_replica
from orchestration.settings import Settings

LATEST_PERIODS = """
select dataset, max_by(period_label, period_end), max(period_end), max(published_on)
from marts.fct_observations
group by dataset order by dataset
"""
NEXT_STEPS = 'entrepot sql "select * from marts.fct_trade_balance_monthly order by month desc limit 5"'


def find(settings: Settings, release_id: str | None) -> releases.Release:
    """Return the release of that id, or the current one. Raises UnknownRelease or NoRelease."""
    if release_id is None:
        return releases.current_release(settings.current)
    kept = releases.list_releases(settings.releases_dir)
    for release in kept:
        if release.id == release_id:
            return release
    names = ", ".join(release.id for release in kept) or "none"
    raise releases.UnknownRelease(f"no release {release_id!r} is kept", settings.releases_dir, f"Name one of: {names}.")


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
        "report": str(settings.current / REPORT) if release.size_of(REPORT) is not None else None,
        "tables": release.rows,
        "checks_passed": sum(check["passed"] for check in checks),
        "checks_warning": [check["name"] for check in checks if not check["passed"]],
        "latest_month": figures.month,
        "headline": dict(figures.rows()),
    }


def render_built(summary: dict[str, Any]) -> RenderableType:
    tables = _table("table", "rows")
    for name, rows in summary["tables"].items():
        tables.add_row(name, f"{rows:,}")
    verb = "Published release" if summary["new"] else "Nothing changed: still release"
    total = f"{len(summary['tables'])} tables, {sum(summary['tables'].values()):,} rows"
    warnings = [f"  warns: {name}" for name in summary["checks_warning"]]
    return Group(
        f"[bold]{verb} {summary['release']}[/]: {total}",
        "",
        tables,
        "",
        f"[green]{summary['checks_passed']} checks passed[/]" + (f", {len(warnings)} warn" if warnings else ""),
        *warnings,
        "",
        f"[bold]{summary['latest_month']}[/]",
        *(f"  {label:<14}{figure}" for label, figure in summary["headline"].items()),
        "",
        f"The file   {summary['file']}",
        *([f"Look at it {summary['report']}"] if summary["report"] else []),
        Text(f"Query it   .venv/bin/{NEXT_STEPS}"),
    )


def status(settings: Settings) -> dict[str, Any]:
    """Return the current release, its age, the freshness of each dataset, and the checks that warn."""
    from orchestration.ingestion import source_status  # whose parsers import pandas, which takes half a second

    release = releases.current_release(settings.current)
    with releases.connect(release) as connection:
        figures = headline.read(connection)
        latest = connection.execute(LATEST_PERIODS).fetchall()
    sightings = list(Archive.of(settings).sightings())
    return {
        "release": release.id,
        "created": release.created.isoformat(),
        "age_hours": round((datetime.now(UTC) - release.created).total_seconds() / 3600, 1),
        "code_version": release.datapackage["codeVersion"],
        "latest_month": figures.month,
        "headline": dict(figures.rows()),
        "sources": [
            {
                "dataset": dataset,
                "latest_period": label,
                "published_on": published_on,
                "last_read": max((s.retrieved_at for s in sightings if s.dataset == dataset), default=None),
                "last_new_payload": _last_new_payload(s for s in sightings if s.dataset == dataset),
            }
            for dataset, label, _, published_on in latest
        ],
        "publishers": source_status.listed(settings),
        "postgres": postgres_replica.state(settings) if settings.postgres_url else None,
        "mirror": mirror_replica.state(settings) if settings.releases else None,
        "checks_passed": sum(check["passed"] for check in release.datapackage["checks"]),
        "checks_warning": [check for check in release.datapackage["checks"] if not check["passed"]],
    }


def _last_new_payload(sightings: Iterable[Any]) -> datetime | None:
    first_seen: dict[str, datetime] = {}
    for sighting in sightings:
        first_seen.setdefault(sighting.sha256, sighting.retrieved_at)
    return max(first_seen.values(), default=None)


def render_status(summary: dict[str, Any]) -> RenderableType:
    sources = _table("dataset", "latest period", "published", "last read", "last new payload")
    for source in summary["sources"]:
        sources.add_row(
            source["dataset"],
            source["latest_period"],
            str(source["published_on"] or "·"),
            _minute(source["last_read"]),
            _minute(source["last_new_payload"]),
        )
    warnings = [
        f"  [yellow]warns[/] {escape(check['name'])}: {escape(check['description'])}"
        for check in summary["checks_warning"]
    ]
    return Group(
        f"[bold]Release {summary['release']}[/], {_age(summary['age_hours'])} old, by {summary['code_version']}",
        "",
        f"[bold]{summary['latest_month']}[/]",
        *(f"  {label:<14}{figure}" for label, figure in summary["headline"].items()),
        "",
        sources,
        "",
        *_troubled(summary["publishers"]),
        *([escape(postgres_replica.sentence(summary["postgres"]))] if summary["postgres"] else []),
        *([escape(mirror_replica.sentence(summary["mirror"]))] if summary["mirror"] else []),
        f"[green]{summary['checks_passed']} checks passed[/]"
        + (f", {len(warnings)} warn" if warnings else ", none warns"),
        *warnings,
    )


def _troubled(listed: list[dict[str, Any]]) -> list[str]:
    """Return a line for each publisher that did not answer well when it was asked last."""
    return [
        f"[red]{each['source']} is {each['state']}[/]: {escape(problem)}"
        for each in listed
        for problem in each["problems"]
    ]


def report(release: releases.Release, to: Path | None) -> dict[str, Any]:
    """Return where a release's report lies, or write it to a file: as released, or made now if it was not released.

    Raises UnknownRelease when it has none and nothing says where to write one, ReleaseDamaged when it is not as
    published, OSError when the file cannot be written.
    """
    held = release.size_of(REPORT) is not None
    if held:
        releases.verify(release, REPORT)
        text = (release.path / REPORT).read_bytes()
    elif to is None:
        remedy = "Say with --out where to write one, made from its tables as they are."
        raise releases.UnknownRelease("the release was made before releases had a report", release.path, remedy)
    else:
        with releases.connect(release) as connection:
            text = write_report(connection, releases.describe(release))
    if to is not None:
        to.write_bytes(text)
    file = to or release.path / REPORT
    return {"release": release.id, "file": str(file.absolute()), "bytes": len(text), "made_with_the_release": held}


def releases_kept(settings: Settings) -> list[dict[str, Any]]:
    """Return the releases that are kept, newest first, and which of them is current."""
    kept = releases.list_releases(settings.releases_dir)
    current = releases.current_release(settings.current).id if kept else None
    return [
        {
            "release": release.id,
            "current": release.id == current,
            "created": release.created.isoformat(),
            "tables": len(release.rows),
            "rows": sum(release.rows.values()),
            "content_id": release.content_id,
            "code_version": release.datapackage["codeVersion"],
        }
        for release in kept
    ]


def render_releases(kept: list[dict[str, Any]]) -> RenderableType:
    if not kept:
        return "There is no release yet; run `make warehouse`."
    shown = _table("", "release", "tables", "rows", "code")
    for release in kept:
        mark = "[green]current[/]" if release["current"] else ""
        shown.add_row(mark, release["release"], str(release["tables"]), f"{release['rows']:,}", release["code_version"])
    return shown


def diff(settings: Settings, old: str | None, new: str | None) -> releases.ReleaseDiff:
    """Compare two releases; by default the current one with the one before it."""
    after = find(settings, new)
    if old is not None:
        return releases.diff(find(settings, old), after)
    earlier = [release for release in releases.list_releases(settings.releases_dir) if release.id < after.id]
    if not earlier:
        what = f"no release older than {after.id} is kept"
        raise releases.UnknownRelease(what, settings.releases_dir, "Build again after something changed.")
    return releases.diff(earlier[0], after)


def render_diff(difference: releases.ReleaseDiff) -> RenderableType:
    lines = [f"[bold]{difference.before}[/] -> [bold]{difference.after}[/]"]
    lines += [f"[green]+ table {name}[/]" for name in difference.tables_added]
    lines += [f"[red]- table {name}[/]" for name in difference.tables_removed]
    for table in difference.tables:
        lines += ["", *_table_lines(table)]
    if len(lines) == 1:
        lines.append("nothing differs")
    return Group(*lines)


def _table_lines(table: releases.TableDiff) -> list[str]:
    counts = f"{table.rows_added:,} added, {table.rows_removed:,} removed, {table.rows_changed:,} changed"
    lines = [f"[bold]{table.table}[/]: {table.rows_before:,} -> {table.rows_after:,} rows; {counts}"]
    lines += [f"  column {escape(f'{c.column}: {c.before} -> {c.after}')}" for c in table.columns]
    for row in table.changed:
        key = ", ".join(f"{name}={value}" for name, value in row.key.items())
        values = "; ".join(f"{name} {was} -> {now}" for name, (was, now) in row.values.items())
        lines.append(escape(f"  ~ {key}: {values}"))
    for sign, rows in (("+", table.added), ("-", table.removed)):
        lines += [
            escape(f"  {sign} " + ", ".join(f"{name}={value}" for name, value in row.items() if value)) for row in rows
        ]
    return lines


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 3, 0, 0))
    for column in columns:
        table.add_column(column, justify="right" if column in ("rows", "tables") else "left")
    return table


def _minute(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else "·"


def _age(hours: float) -> str:
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
