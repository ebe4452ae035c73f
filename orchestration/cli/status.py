"""`entrepot status`: the current release, the freshness of each source, and the checks that warn."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from orchestration import releases
from orchestration.archive import Archive
from orchestration.cli.console import AsJson, err, out, print_json, table
from orchestration.releases import headline
from orchestration.runtime import last_run
from orchestration.serving.mirror_replica import MirrorReplica
from orchestration.serving.postgres_replica import PostgresReplica
from orchestration.settings import Settings, get_settings
from orchestration.terminal import line

LINES_OF_A_PROBLEM = 3
LATEST_PERIODS = """
select dataset, max_by(period_label, period_end), max(period_end), max(published_on)
from marts.fct_observations
group by dataset order by dataset
"""


def status(as_json: AsJson = False) -> None:
    """Show the current release and its age, the freshness of each source, and the checks that warn."""
    settings = get_settings()
    try:
        summary = summarise(settings)
    except releases.NoRelease:
        if failed := last_run.last_failure(settings):
            err.print(_failed_run(failed))
        raise
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
        "last_failure": last_run.last_failure(settings),
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
        line("  ", ("warns", "yellow"), f" {check['name']}: {check['description']}")
        for check in summary["checks_warning"]
    ]
    return Group(
        line(
            (f"Release {summary['release']}", "bold"),
            f", {_age(summary['age_hours'])} old, by {summary['code_version']}",
        ),
        "",
        line((summary["latest_month"], "bold")),
        *(f"  {label:<14}{figure}" for label, figure in summary["headline"].items()),
        "",
        sources,
        "",
        *([_failed_run(summary["last_failure"])] if summary["last_failure"] else []),
        *_publisher_problems(summary["publishers"]),
        *([PostgresReplica.sentence(summary["postgres"])] if summary["postgres"] else []),
        *([MirrorReplica.sentence(summary["mirror"])] if summary["mirror"] else []),
        line(
            (f"{summary['checks_passed']} checks passed", "green"),
            f", {len(warnings)} warn" if warnings else ", none warns",
        ),
        *warnings,
    )


def _failed_run(failed: Mapping[str, Any]) -> Text:
    """Return when and why a run failed: the first lines of each reason, and where all of it is."""
    lines = []
    for problem in failed["problems"]:
        first, *others = problem.strip().splitlines()[:LINES_OF_A_PROBLEM] or [""]
        lines += [f"  - {first}", *(f"    {each}" for each in others)]
    lines.append(f"  More: `entrepot ui`, then http://127.0.0.1:3000/runs/{failed['run']}")
    return line(("The last run failed", "bold red"), f", {_minute(failed['at'])}:\n", "\n".join(lines))


def _publisher_problems(listed: list[dict[str, Any]]) -> list[Text]:
    """Return a line for each problem of a publisher at its latest fetch."""
    return [
        line((f"{each['source']} is {each['state']}", "red"), f": {problem}")
        for each in listed
        for problem in each["problems"]
    ]


def _minute(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else "·"


def _age(hours: float) -> str:
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
