"""Tiny build files to publish, with a number in two tables that would differ in a torn read."""

from pathlib import Path

import duckdb

from orchestration.releases import CheckOutcome, Release, ReleaseDirectory, ReleaseMetadata, SourceVintage, publish

BUILD = """
create schema marts; create schema reference; create schema staging;

create table reference.partners (code varchar primary key, name varchar not null);
insert into reference.partners values ('842', 'USA'), ('490', 'Other Asia, nes');
comment on table reference.partners is 'Trade partners';

create table marts.balance (
    month date, flow varchar, value_hkd_mn decimal(18, 3) not null, yoy_pct double, generation integer,
    primary key (month, flow), check (flow in ('imports', 'total_exports'))
);
insert into marts.balance values
    ('2026-03-01', 'total_exports', 618401, 35.8, 1),
    ('2026-03-01', 'imports', 707484, 41.2, 1),
    ('2026-01-01', 'imports', 534659.5, null, 1);
comment on table marts.balance is 'Grain: a month and flow. It''s in HK$ million; "quoted"; é';
comment on column marts.balance.value_hkd_mn is 'Value, HK$ million';

create table marts.headlines (text varchar, generation integer);
insert into marts.headlines values ('Widest deficit on record', 1);

create view marts.exports_only as select * from "warehouse"."marts"."balance" where flow = 'total_exports';
comment on view marts.exports_only is 'Exports alone';
create table staging.private (secret varchar);
"""
# Enough for `marts.as_of`; a hundred figures, each on a line of its number.
OBSERVATIONS = """
create table marts.fct_observations as
select
    'imports' as series, 'imports' as flow, null::varchar as classification, null::varchar as member_code,
    '2026-' || range as period_label, 'month' as frequency, date '2026-01-01' as period_start,
    date '2026-01-31' as period_end, 1.5::decimal(18, 6) as value, 'hkd_mn' as unit, 1::decimal(18, 6) as rounding_unit,
    null::date as published_on, 'first' as vintage, 'synthetic' as source_id, 'official' as evidence,
    '' as source_url, null::varchar as flag, '' as payload_sha256, range::integer as line_number,
    date '2026-01-01' as known_from, null::date as known_until, 1 as selection_order
from range(100)
"""
CHECKS = [CheckOutcome("balance_is_exports_less_imports", passed=True, blocking=True, description="Published balance")]
SOURCES = [
    SourceVintage("record/gold_prices_monthly", "https://www.worldbank.org/", "CC BY 4.0", "ab" * 32),
    SourceVintage("record/trade_totals_monthly", "https://www.censtatd.gov.hk/", "Terms of use of C&SD", "cd" * 32),
]


def write_build(home: Path, *changes: str) -> Path:
    """Replace the tiny build file, with changes in SQL."""
    build_file = home / "build" / "warehouse.duckdb"
    build_file.parent.mkdir(parents=True, exist_ok=True)
    build_file.unlink(missing_ok=True)
    build_file.with_suffix(".duckdb.wal").unlink(missing_ok=True)
    with duckdb.connect(str(build_file)) as connection:
        connection.execute(";".join([BUILD, *changes]))
    return build_file


METADATA = ReleaseMetadata(checks=CHECKS, sources=SOURCES, code_version="abc123")
MEMORY_LIMIT = "1GB"


def release_directory(home: Path, keep: int = 10, grace_seconds: float = 0) -> ReleaseDirectory:
    """Return where a home's releases are published. By default, none is kept because it was current until just now."""
    return ReleaseDirectory(home / "releases", home / "current", keep, grace_seconds)


def publish_home(home: Path, keep: int = 10, metadata: ReleaseMetadata = METADATA, grace_seconds: float = 0) -> Release:
    """Publish the build file of a home."""
    build_file = home / "build" / "warehouse.duckdb"
    return publish(build_file, release_directory(home, keep, grace_seconds), metadata, memory_limit=MEMORY_LIMIT)


def publish_build(build_file: Path, home: Path, keep: int) -> Release:
    """Publish any build file in a home, without checks and sources."""
    metadata = ReleaseMetadata(checks=[], sources=[], code_version="synthetic")
    return publish(build_file, release_directory(home, keep), metadata, memory_limit=MEMORY_LIMIT)


def publish_changed(home: Path, *changes: str, keep: int = 10, grace_seconds: float = 0) -> Release:
    """Write the tiny build file with changes, and publish it."""
    write_build(home, *changes)
    return publish_home(home, keep, grace_seconds=grace_seconds)


def generation(number: int) -> str:
    """Return SQL that sets the number that two tables must agree on."""
    return f"update marts.balance set generation = {number}; update marts.headlines set generation = {number}"
