"""The release layer: what users read, made only when every check that gates it has passed.

Release and report are one step: the report is a file of the release, and is there before the release becomes current.
"""

import base64
import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration import releases
from orchestration.dbt import project
from orchestration.defs.assets.dbt_models import dbt_models
from orchestration.defs.assets.embedded_record import OWNER
from orchestration.defs.checks import CHECKS
from orchestration.defs.resources import Warehouse
from orchestration.pages import report
from orchestration.pages.dictionary import page
from orchestration.releases import headline
from orchestration.runtime import check_outcomes as latest_outcomes
from orchestration.settings import PROJECT_DIR

CHART = Path(__file__).with_name("balance_chart.vl.json")
GATE = (dbt_models, *CHECKS)
PUBLISHED = [spec for spec in dbt_models.specs if spec.group_name in ("marts", "reference")]

PAYLOADS = (
    "select dataset, url, licence, payload_sha256, published_on from raw.archive__payloads where is_current order by 1"
)
LAKE = "select distinct file, bytes, file_sha256, month, vintage from raw.lake__partitions"
BALANCES = """
select strftime(month, '%Y-%m-%d'), cast(balance_hkd_mn as double) / 1000
from marts.fct_trade_balance_monthly where month >= date '2018-01-01' and balance_hkd_mn is not null order by 1
"""


@dg.multi_asset(
    name="release",
    specs=[
        dg.AssetSpec(
            "release",
            deps=PUBLISHED,
            group_name="release",
            kinds={"duckdb", "parquet"},
            owners=[OWNER],
            tags={"layer": "release"},
            description="The published warehouse: `current/warehouse.duckdb`, Parquet files, `datapackage.json`, the"
            " report and the data dictionary.\n\nMade only when every blocking check has passed; otherwise the last"
            " release stays what users see.",
        ),
        dg.AssetSpec(
            "report",
            deps=["release"],
            group_name="release",
            kinds={"html"},
            owners=[OWNER],
            tags={"layer": "release"},
            description="The latest month in figures and charts: `current/report.html`, one file that opens from disk."
            "\n\nA file of the release, made with it.",
        ),
    ],
    pool="duckdb",
)
def release(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
    """Publish the marts and the reference data as the current release with its report, if they say something new."""
    settings = warehouse.settings
    with warehouse.connect(read_only=True) as connection:
        payloads = connection.execute(PAYLOADS).fetchall()
        lake = connection.execute(LAKE).fetchall()
        figures = headline.read(connection)
        balances = connection.execute(BALANCES).fetchall()
    # Drawn beside the publication: half a second, all of it outside this interpreter.
    chart = ThreadPoolExecutor(1).submit(balance_chart, balances)
    try:
        published = releases.publish(
            settings.build_file,
            settings.releases_dir,
            settings.current,
            checks=check_outcomes(context.instance),
            sources=[releases.SourceVintage(*payload) for payload in payloads],
            code_version=code_version(),
            keep=settings.keep_releases,
            lake=[releases.LakeFile(*file) for file in lake],
            memory_limit=settings.memory_limit,
            attachments=[
                report.ATTACHMENT,
                page.attachment(project.manifest(settings)),
            ],
        )
    except releases.ReleaseError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    preview = dg.MetadataValue.md(f"![Balance by month]({chart.result()})")
    yield dg.MaterializeResult(
        asset_key="release",
        metadata={
            "latest_month": figures.month,
            **{label.lower().replace(" ", "_"): figure for label, figure in figures.rows()},
            "balance_chart": preview,
            "release": published.id,
            "is_new": published.is_new,
            "tables": len(published.rows),
            "dagster/row_count": sum(published.rows.values()),
            "file": dg.MetadataValue.path(settings.current / "warehouse.duckdb"),
            **_place("data_dictionary", published, page.FILE, settings.current),
        },
    )
    yield dg.MaterializeResult(
        asset_key="report",
        metadata={
            "preview": dg.MetadataValue.md(_preview(figures, chart.result())),
            "release": published.id,
            **_place("report", published, report.FILE, settings.current),
            **_place("data_dictionary", published, page.FILE, settings.current),
        },
    )


def _place(name: str, published: releases.Release, file: str, current: Path) -> dict[str, dg.MetadataValue[Any]]:
    """Return where a file of the release lies, and its size; a release made before there were such files has none."""
    size = published.size_of(file)
    if size is None:
        return {name: dg.MetadataValue.text("this release was made before releases had one")}
    return {name: dg.MetadataValue.path(current / file), f"{name}_bytes": dg.MetadataValue.int(size)}


def _preview(figures: headline.Headline, chart: str) -> str:
    """Return the report in short, as Markdown: the headline figures and the balance."""
    rows = "\n".join(f"| {label} | {figure} |" for label, figure in figures.rows())
    return f"**{figures.month}**\n\n| | |\n|---|---|\n{rows}\n\n![Balance by month]({chart})"


def check_outcomes(instance: dg.DagsterInstance) -> list[releases.CheckOutcome]:
    """Return how each check that gates the release ended last. One that never ran has not passed."""
    blocking = {spec.key: spec for definition in GATE for spec in definition.check_specs}
    evaluations = latest_outcomes.latest(instance, sorted(blocking, key=str))
    return [_outcome(key, evaluation) for key, evaluation in evaluations.items()]


def _outcome(key: dg.AssetCheckKey, evaluation: dg.AssetCheckEvaluation | None) -> releases.CheckOutcome:
    name = f"{key.asset_key.path[-1]}: {key.name}"
    if evaluation is None:
        return releases.CheckOutcome(name, passed=False, blocking=True, description="it has not run to its end")
    gates = evaluation.severity == dg.AssetCheckSeverity.ERROR
    return releases.CheckOutcome(name, evaluation.passed, blocking=gates, description=evaluation.description or "")


def code_version() -> str:
    """Return the package's version and, in a checkout, the commit; `+changes` when the tree differs from it."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty=+changes"],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    return " ".join(filter(None, [version("entrepot"), described.stdout.strip()]))


def balance_chart(balances: list[tuple[str, float]]) -> str:
    """Return a small chart of the monthly balance as a data address, for the UI's Markdown."""
    import vl_convert

    chart = json.loads(CHART.read_text())
    chart["data"]["values"] = [{"month": month, "balance_hkd_bn": balance} for month, balance in balances]
    svg = vl_convert.vegalite_to_svg(chart)
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
