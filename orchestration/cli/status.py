"""`entrepot status`: the current release, the freshness of each source, and the checks that warn."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape

from orchestration import releases
from orchestration.archive import Archive
from orchestration.cli.console import AsJson, out, print_json, table
from orchestration.releases import headline
from orchestration.serving.mirror_replica import MirrorReplica
from orchestration.serving.postgres_replica import PostgresReplica
from orchestration.settings import Settings, get_settings

LATEST_PERIODS = """
select dataset, max_by(period_label, period_end), max(period_end), max(published_on)
from marts.fct_observations
group by dataset order by dataset
"""


def status(as_json: AsJson = False) -> None:
    """Show the current release and its age, the freshness of each source, and the checks that warn."""
    settings = get_settings()
    summary = summarise(settings)
    if as_json:
        print_json(summary)
    else:
        out.print(render_status(summary))


def summarise(settings: Settings) -> dict[str, Any]:
    """Return what `entrepot status --json` prints."""
    from orchestration.ingestion import source_status  # it imports pandas, which takes half a second

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
        "postgres": PostgresReplica(settings).state() if settings.postgres_url else None,
        "mirror": MirrorReplica(settings).state() if settings.releases else None,
        "checks_passed": sum(check["passed"] for check in release.datapackage["checks"]),
        "checks_warning": [check for check in release.datapackage["checks"] if not check["passed"]],
    }


def _last_new_payload(sightings: Iterable[Any]) -> datetime | None:
    first_seen: dict[str, datetime] = {}
    for sighting in sightings:
        first_seen.setdefault(sighting.sha256, sighting.retrieved_at)
    return max(first_seen.values(), default=None)


def render_status(summary: dict[str, Any]) -> RenderableType:
    """Return the status as text and a table for people."""
    sources = table("dataset", "latest period", "published", "last read", "last new payload")
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
        *_publisher_problems(summary["publishers"]),
        *([escape(PostgresReplica.sentence(summary["postgres"]))] if summary["postgres"] else []),
        *([escape(MirrorReplica.sentence(summary["mirror"]))] if summary["mirror"] else []),
        f"[green]{summary['checks_passed']} checks passed[/]"
        + (f", {len(warnings)} warn" if warnings else ", none warns"),
        *warnings,
    )


def _publisher_problems(listed: list[dict[str, Any]]) -> list[str]:
    """Return a line for each problem of a publisher at its latest fetch."""
    return [
        f"[red]{each['source']} is {each['state']}[/]: {escape(problem)}"
        for each in listed
        for problem in each["problems"]
    ]


def _minute(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else "·"


def _age(hours: float) -> str:
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
