"""The release and its report, published only if every table is whole and every blocking check has passed.

They are one step, because the report is a file of the release and is written before the release becomes current.
"""

import base64
import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dagster as dg
from duckdb import DuckDBPyConnection

from orchestration import releases
from orchestration.archive import LakeVintage, PayloadVintage
from orchestration.dbt import project
from orchestration.defs.assets import OWNER, release_gate
from orchestration.defs.assets.dbt_models import dbt_models
from orchestration.defs.resources import Warehouse
from orchestration.pages import report
from orchestration.pages.dictionary import page
from orchestration.releases import headline
from orchestration.settings import PROJECT_DIR, Settings
from orchestration.warehouse import contents as build_contents

CHART = Path(__file__).with_name("balance_chart.vl.json")
PUBLISHED = [spec for spec in dbt_models.specs if spec.group_name in ("marts", "reference")]

PAYLOADS = (
    "select dataset, url, licence, payload_sha256, published_on from raw.archive__payloads where is_current order by 1"
)
LAKE = "select distinct file, bytes, file_sha256, month, vintage from raw.lake__partitions"
VINTAGES = "select source, dataset, part, since from raw.archive__vintages"
LAKE_VINTAGES = """
select table_name, cast(month as varchar), provider, dataset, vintage, known_from from raw.lake__partitions
"""
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
            " report and the data dictionary.\n\nMade only when every table is what a full build would make and every"
            " blocking check has passed on it; otherwise the last release stays current.",
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
def release(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
    """Publish the marts and reference tables as the current release with its report, unless nothing has changed."""
    settings = warehouse.settings
    checked = require_checked(context.instance, warehouse)
    with warehouse.connect(read_only=True) as connection:
        contents = read_contents(connection)
    # Drawn during publication: it takes half a second, all of it outside the Python interpreter.
    with ThreadPoolExecutor(1) as pool:
        drawing = pool.submit(balance_chart, contents.balances)
        published = publish(warehouse, contents, checked)
        chart = f"![Balance by month]({drawing.result()})"
    yield _release_result(published, contents.headline, chart, settings)
    yield _report_result(published, contents.headline, chart, settings)


@dataclass(frozen=True)
class Contents:
    """What is read from the build file besides the tables to publish.

    `payloads` and `lake_vintages` are what the archive's log of releases is to say of the release.
    """

    sources: list[releases.SourceVintage]
    payloads: list[PayloadVintage]
    lake_vintages: list[LakeVintage]
    lake: list[releases.LakeFile]
    headline: headline.Headline
    balances: list[tuple[str, float]]
    """Month as YYYY-MM-DD, and balance in HK$ billion."""


def read_contents(connection: DuckDBPyConnection) -> Contents:
    """Return what the release and its metadata in the UI need from the build file."""
    return Contents(
        sources=[releases.SourceVintage(*payload) for payload in connection.execute(PAYLOADS).fetchall()],
        payloads=[(*names, since.replace(tzinfo=UTC)) for *names, since in connection.execute(VINTAGES).fetchall()],
        lake_vintages=[
            (*names, since.replace(tzinfo=UTC)) for *names, since in connection.execute(LAKE_VINTAGES).fetchall()
        ],
        lake=[releases.LakeFile(*file) for file in connection.execute(LAKE).fetchall()],
        headline=headline.read(connection),
        balances=connection.execute(BALANCES).fetchall(),
    )


def require_checked(instance: dg.DagsterInstance, warehouse: Warehouse) -> release_gate.Checked:
    """Return what each check found in the tables as they are. Raises dagster.Failure, which is not retried."""
    try:
        return release_gate.checked(instance, warehouse)
    except releases.ReleaseError as error:
        raise dg.Failure(str(error), allow_retries=False) from error


def publish(warehouse: Warehouse, contents: Contents, checked: release_gate.Checked) -> releases.Release:
    """Publish the build file with the report and the data dictionary. Raises dagster.Failure, which is not retried."""
    settings = warehouse.settings

    def record(release_id: str) -> None:
        if settings.as_of is None:  # a build of the past only reads the archive
            warehouse.archive.record_release(release_id, contents.payloads, contents.lake_vintages)

    try:
        return releases.publish(
            settings.build_file,
            releases.ReleaseDirectory(settings.releases_dir, settings.current, settings.keep_releases),
            releases.ReleaseMetadata(
                checks=checked.outcomes,
                sources=contents.sources,
                code_version=code_version(),
                lake=contents.lake,
                contents=checked.contents,
            ),
            [report.ATTACHMENT, page.attachment(project.manifest(settings))],
            memory_limit=settings.memory_limit,
            record=record,
        )
    except releases.StaleBuild as error:
        with warehouse.connect() as connection:  # so that the next build builds again what was changed
            build_contents.forget_changed(connection)
        raise dg.Failure(str(error), allow_retries=False) from error
    except releases.ReleaseError as error:
        raise dg.Failure(str(error), allow_retries=False) from error


def _release_result(
    published: releases.Release, figures: headline.Headline, chart: str, settings: Settings
) -> dg.MaterializeResult:  # type: ignore[type-arg]
    return dg.MaterializeResult(
        asset_key="release",
        metadata={
            "latest_month": figures.month,
            **{label.lower().replace(" ", "_"): figure for label, figure in figures.rows()},
            "balance_chart": dg.MetadataValue.md(chart),
            "release": published.id,
            "is_new": published.is_new,
            "tables": len(published.rows),
            "dagster/row_count": sum(published.rows.values()),
            "file": dg.MetadataValue.path(settings.current / "warehouse.duckdb"),
            **_file_metadata("data_dictionary", published, page.FILE, settings.current),
        },
    )


def _report_result(
    published: releases.Release, figures: headline.Headline, chart: str, settings: Settings
) -> dg.MaterializeResult:  # type: ignore[type-arg]
    return dg.MaterializeResult(
        asset_key="report",
        metadata={
            "preview": dg.MetadataValue.md(_preview(figures, chart)),
            "release": published.id,
            **_file_metadata("report", published, report.FILE, settings.current),
            **_file_metadata("data_dictionary", published, page.FILE, settings.current),
        },
    )


def _file_metadata(
    name: str, published: releases.Release, file: str, current: Path
) -> dict[str, dg.MetadataValue[Any]]:
    """Return the path and size of a file of the release. Releases made by old versions lack some files."""
    size = published.size_of(file)
    if size is None:
        return {name: dg.MetadataValue.text("this release was made before releases had one")}
    return {name: dg.MetadataValue.path(current / file), f"{name}_bytes": dg.MetadataValue.int(size)}


def _preview(figures: headline.Headline, chart: str) -> str:
    """Return a summary of the report in Markdown: the headline figures and the chart of the balance."""
    rows = "\n".join(f"| {label} | {figure} |" for label, figure in figures.rows())
    return f"**{figures.month}**\n\n| | |\n|---|---|\n{rows}\n\n{chart}"


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
    """Return a small chart of the monthly balance as a `data:` URL, for Markdown in the UI."""
    import vl_convert

    chart = json.loads(CHART.read_text())
    chart["data"]["values"] = [{"month": month, "balance_hkd_bn": balance} for month, balance in balances]
    svg = vl_convert.vegalite_to_svg(chart)
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
