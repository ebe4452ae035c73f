"""The sections on where the figures come from, and on which release this is."""

from duckdb import DuckDBPyConnection

from orchestration.pages.report import wording
from orchestration.pages.report.document import Cell, Column, Section, Table, empty_section
from orchestration.pages.report.month import LATEST_MONTH
from orchestration.pages.report.queries import fetch_rows
from orchestration.pages.report.wording import number_cell, text_cell
from orchestration.releases import Description

SOURCES = """
select * from marts.dim_source where figures_held > 0 order by figures_served desc, source_id
"""


def sources(connection: DuckDBPyConnection, release: Description) -> Section:
    """Return the sources with their terms, addresses and dates, and the payloads that the release was built from."""
    publishers = fetch_rows(connection, SOURCES)
    if not publishers:
        return empty_section("sources", "Sources", "source with figures")
    return Section(
        "sources",
        "Sources",
        tables=[
            Table(
                "Publishers, how many of their figures are served, and on which terms",
                [
                    Column("Source"),
                    Column("Publisher", "prose"),
                    Column("Figures served", "number"),
                    Column("Last period ends", "date"),
                    Column("Last published on", "date"),
                    Column("Terms", "prose"),
                    Column("Address", "prose"),
                ],
                [
                    [
                        Cell(row["source_id"]),
                        text_cell(f"{row['publisher']}: {row['title']}"),
                        number_cell(row["figures_served"]),
                        _day(row["last_period_end"]),
                        _day(row["last_published_on"]),
                        text_cell(row["licence"]),
                        text_cell(row["home_url"], url=row["home_url"]),
                    ]
                    for row in publishers
                ],
            ),
            *_payloads(release),
        ],
    )


def _day(day: object) -> Cell:
    return text_cell(day, str(day))


def _payloads(release: Description) -> list[Table]:
    if not release.sources:
        return []
    return [
        Table(
            "The payloads that this release was built from",
            [Column("Dataset"), Column("Address", "prose"), Column("Published on", "date"), Column("sha256", "prose")],
            [
                [
                    Cell(source.name),
                    text_cell(source.url, url=source.url),
                    _day(source.published_on),
                    Cell(source.sha256, is_code=True),
                ]
                for source in release.sources
            ],
        )
    ]


def this_release(connection: DuckDBPyConnection, release: Description) -> Section:
    """Return which release this is, when it was made, how its checks ended, and how to trace a figure."""
    latest = fetch_rows(connection, LATEST_MONTH)
    example = latest[0]["period_label"] if latest else "2026-03"
    passed = sum(check.passed for check in release.checks)
    return Section(
        "release",
        "This release",
        facts=[
            ("Release", Cell(release.id, is_code=True)),
            ("Made", Cell(release.created.strftime("%Y-%m-%d %H:%M:%S UTC"))),
            ("Content id", Cell(release.content_id, is_code=True)),
            ("Code", Cell(release.code_version, is_code=True)),
            ("Checks", Cell(f"{passed} of {len(release.checks)} passed{_warnings(release)}")),
            ("Trace a figure", Cell(f"entrepot trace {example} balance", is_code=True)),
            ("Check the files against their hashes", Cell(f"entrepot releases verify {release.id}", is_code=True)),
        ],
        sentences=["entrepot trace shows the archived bytes that a figure was read from, and names the rules applied."],
    )


def _warnings(release: Description) -> str:
    warned = [check.name for check in release.checks if not check.passed]
    return f"; {wording.listed(warned)} warned" if warned else ""
