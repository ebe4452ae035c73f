"""Publishing a release: its content, when a new one is published, and what prevents it."""

import json
import stat
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration import releases
from orchestration.releases import CheckOutcome, Release, content, publication
from testing.release_builds import CHECKS, METADATA, publish_changed, publish_home, write_build


def query(release: Release, sql: str) -> list[Any]:
    with duckdb.connect(str(release.database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_release_contains_only_marts_and_reference(tmp_path: Path) -> None:
    release = publish_changed(tmp_path)
    schemas = query(release, "select distinct schema_name from duckdb_tables() order by 1")
    assert schemas == [("marts",), ("reference",)]
    assert query(release, "from marts.balance order by month, flow")[0] == (
        date(2026, 1, 1), "imports", Decimal("534659.500"), None, 1,
    )  # fmt: skip


def test_catalog_of_a_release_is_named_warehouse(tmp_path: Path) -> None:
    assert query(publish_changed(tmp_path), "select current_catalog()") == [("warehouse",)]


def test_constraints_comments_and_views_are_preserved(tmp_path: Path) -> None:
    release = publish_changed(tmp_path)
    constraints = query(
        release, "select constraint_type, constraint_column_names from duckdb_constraints() order by all"
    )
    assert ("PRIMARY KEY", ["month", "flow"]) in constraints
    assert ("CHECK", ["flow"]) in constraints
    assert ("NOT NULL", ["value_hkd_mn"]) in constraints
    assert query(release, "select comment from duckdb_tables() where table_name = 'balance'") == [
        ("""Grain: a month and flow. It's in HK$ million; "quoted"; é""",)
    ]
    assert query(release, "select column_name, comment from duckdb_columns() where comment is not null") == [
        ("value_hkd_mn", "Value, HK$ million")
    ]
    assert query(release, "select comment from duckdb_views() where view_name = 'exports_only'") == [("Exports alone",)]
    assert query(release, "select value_hkd_mn from marts.exports_only") == [(Decimal("618401.000"),)]


def test_view_that_reads_a_later_view_is_published(tmp_path: Path) -> None:
    changes = ("create view marts.z as select 7 as n", "create view marts.a as select n + 1 as m from marts.z")
    assert query(publish_changed(tmp_path, *changes), "select m from marts.a") == [(8,)]


def test_view_of_an_unpublished_table_is_rejected_by_name(tmp_path: Path) -> None:
    first = publish_changed(tmp_path)
    with pytest.raises(releases.Unpublishable, match=r"staging\.private.*marts\.leak.*marts and reference only"):
        publish_changed(tmp_path, "create view marts.leak as select * from staging.private")
    assert releases.current_release(tmp_path / "current") == first


def test_release_can_be_attached_under_another_name(tmp_path: Path) -> None:
    release = publish_changed(tmp_path)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{release.database}' as other (read_only)")
        assert connection.execute("select count(*) from other.marts.exports_only").fetchall() == [(1,)]


def test_parquet_files_have_the_same_rows(tmp_path: Path) -> None:
    release = publish_changed(tmp_path)
    parquet = query(release, f"from '{release.path}/parquet/marts/balance.parquet' order by month, flow")
    assert parquet == query(release, "from marts.balance order by month, flow")


def test_files_are_read_only_and_no_unfinished_file_remains(tmp_path: Path) -> None:
    release = publish_changed(tmp_path)
    files = {path.relative_to(release.path).as_posix(): path for path in release.path.rglob("*") if path.is_file()}
    assert sorted(files) == [
        "datapackage.json",
        "parquet/marts/balance.parquet",
        "parquet/marts/headlines.parquet",
        "parquet/reference/partners.parquet",
        "warehouse.duckdb",
    ]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o444}
    assert {path.name for path in (tmp_path / "releases").iterdir()} <= {release.id, ".lock"}


def test_home_can_be_moved_because_current_is_a_relative_link(tmp_path: Path) -> None:
    release = publish_changed(tmp_path / "home")
    (tmp_path / "home").rename(tmp_path / "moved")
    moved = releases.current_release(tmp_path / "moved" / "current")
    assert moved.id == release.id
    assert query(moved, "select count(*) from marts.balance") == [(3,)]


def test_same_content_makes_no_new_release(tmp_path: Path) -> None:
    first = publish_changed(tmp_path)
    again = publish_changed(tmp_path)
    assert (first.is_new, again.is_new) == (True, False)
    assert again == first
    assert len(releases.list_releases(tmp_path / "releases")) == 1


def test_row_order_does_not_change_the_content_id(tmp_path: Path) -> None:
    first = publish_changed(tmp_path)
    reordered = "create or replace temp table t as from marts.balance order by month, flow; truncate marts.balance"
    assert publish_changed(tmp_path, reordered, "insert into marts.balance from t").id == first.id


@pytest.mark.parametrize(
    "change",
    [
        "update marts.balance set value_hkd_mn = 618401.001 where flow = 'total_exports'",
        "update marts.balance set yoy_pct = 0.0 where yoy_pct is null",
        "update marts.headlines set text = null",
        "update marts.headlines set text = text || ' '",
        "insert into marts.headlines from marts.headlines",
        "delete from reference.partners",
        "comment on column marts.balance.flow is 'Direction'",
        "comment on table marts.headlines is 'Headlines'",
        "alter table marts.headlines alter generation type bigint",
        "alter table marts.headlines alter text set not null",
        "create or replace view marts.exports_only as select month from marts.balance",
        "create table marts.another (i integer)",
        "drop table marts.headlines",
    ],
)
def test_any_visible_change_makes_a_new_release(tmp_path: Path, change: str) -> None:
    first = publish_changed(tmp_path)
    second = publish_changed(tmp_path, change)
    assert second.is_new
    assert second.content_id != first.content_id
    assert releases.current_release(tmp_path / "current") == second


def test_content_hash_distinguishes_nulls_duplicates_and_empty_tables() -> None:
    def hash_of(*rows: str) -> str | None:
        with duckdb.connect() as connection:
            connection.execute("attach ':memory:' as warehouse; use warehouse; create schema marts")
            connection.execute("create table marts.t (a varchar, b varchar)")
            for row in rows:
                connection.execute(f"insert into marts.t values {row}")
            return content.read_content(connection, "warehouse")[0].content_hash

    texts = ["('x', null)", "('x', '')", "('x', 'null')", "(null, 'x')", "('x,', '')", "('', 'x')", "('x', ',')"]
    hashes = [hash_of(), *(hash_of(text) for text in texts), *(hash_of(text, text) for text in texts)]
    assert len(set(hashes)) == len(hashes)
    assert hash_of(texts[0], texts[1]) == hash_of(texts[1], texts[0])


def test_timestamp_with_zone_hashes_the_same_in_any_time_zone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = "create table marts.at as select timestamptz '2026-03-01 00:00:00+08' as t"
    monkeypatch.setenv("TZ", "Asia/Hong_Kong")
    first = publish_changed(tmp_path / "a", at)
    monkeypatch.setenv("TZ", "America/New_York")
    assert publish_changed(tmp_path / "b", at).content_id == first.content_id


def test_failed_blocking_check_publishes_nothing(tmp_path: Path) -> None:
    first = publish_changed(tmp_path)
    write_build(tmp_path, "drop table marts.headlines")
    checks = [*CHECKS, CheckOutcome("peg_within_band", passed=False, blocking=True)]
    with pytest.raises(releases.BlockingCheckFailed, match="peg_within_band"):
        publish_home(tmp_path, metadata=replace(METADATA, checks=checks))
    assert releases.list_releases(tmp_path / "releases") == [first]


def test_written_file_that_differs_from_the_build_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish_changed(tmp_path)
    write_build(tmp_path, "delete from reference.partners where code = '490'")
    write = publication._write_database

    def lose_a_row(connection: duckdb.DuckDBPyConnection, relations: Any, staging: Path) -> None:
        write(connection, relations, staging)
        connection.execute(
            f"attach '{staging}/warehouse.duckdb' as damaged; update damaged.marts.headlines set text = 'x'"
        )
        connection.execute("detach damaged")

    monkeypatch.setattr(publication, "_write_database", lose_a_row)
    with pytest.raises(releases.AuditFailed, match=r"marts\.headlines"):
        publish_home(tmp_path)
    assert releases.current_release(tmp_path / "current") == first
    assert releases.list_releases(tmp_path / "releases") == [first]
    assert not (tmp_path / "releases" / ".publishing").exists()


def test_empty_build_file_is_rejected(tmp_path: Path) -> None:
    build_file = tmp_path / "build" / "warehouse.duckdb"
    build_file.parent.mkdir()
    duckdb.connect(str(build_file)).close()
    with pytest.raises(releases.Unpublishable, match="no table in marts or reference"):
        publish_home(tmp_path)


def test_missing_build_file_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(releases.BuildUnavailable, match=r"warehouse\.duckdb.*entrepot build"):
        publish_home(tmp_path)


def test_build_file_that_is_not_a_database_is_rejected(tmp_path: Path) -> None:
    build_file = write_build(tmp_path)
    build_file.write_bytes(b"not a database" * 1000)
    with pytest.raises(releases.BuildUnavailable, match="cannot be read"):
        publish_home(tmp_path)


def test_build_file_open_for_writing_is_rejected(tmp_path: Path) -> None:
    build_file = write_build(tmp_path)
    with duckdb.connect(str(build_file)) as connection:
        connection.execute("insert into marts.headlines values ('open', 1)")
        with pytest.raises(releases.BuildUnavailable, match="Close what has it open"):
            publish_home(tmp_path)


def test_build_file_can_be_opened_right_after_publication_or_failure(tmp_path: Path) -> None:
    build_file = write_build(tmp_path)
    publish_home(tmp_path)
    duckdb.connect(str(build_file)).close()
    write_build(tmp_path, "create view marts.leak as select * from staging.private")
    with pytest.raises(releases.Unpublishable) as refusal:
        publish_home(tmp_path)
    duckdb.connect(str(build_file)).close()
    assert refusal.value.where == "marts.leak"


def test_empty_folder_in_the_place_of_the_link_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "current").mkdir()
    release = publish_changed(tmp_path)
    assert releases.current_release(tmp_path / "current") == release
    assert {path.name for path in tmp_path.iterdir()} == {"build", "releases", "current"}


@pytest.mark.parametrize("is_folder", [True, False])
def test_file_or_folder_in_the_place_of_the_link_is_moved_aside(tmp_path: Path, is_folder: bool) -> None:
    notes = tmp_path / "current" / "notes" if is_folder else tmp_path / "current"
    notes.parent.mkdir(exist_ok=True)
    notes.write_text("mine")
    release = publish_changed(tmp_path)
    assert releases.current_release(tmp_path / "current") == release
    [aside] = tmp_path.glob("current.moved-aside-*")
    assert (aside / "notes" if is_folder else aside).read_text() == "mine"


def test_next_publication_repairs_a_broken_link(tmp_path: Path) -> None:
    first = publish_changed(tmp_path)
    (tmp_path / "current").unlink()
    (tmp_path / "current").symlink_to("releases/gone")
    second = publish_home(tmp_path)
    assert second.is_new
    assert [release.id for release in releases.list_releases(tmp_path / "releases")] == [second.id, first.id]


def test_leftovers_of_a_killed_publication_are_deleted(tmp_path: Path) -> None:
    write_build(tmp_path)
    for leftover in (".publishing", ".retiring", ".spill"):
        (tmp_path / "releases" / leftover / "parquet").mkdir(parents=True)
        (tmp_path / "releases" / leftover / "warehouse.duckdb").touch(0o444)
    (tmp_path / ".current.next").symlink_to("nowhere")
    release = publish_home(tmp_path)
    assert {path.name for path in (tmp_path / "releases").iterdir()} <= {release.id, ".lock"}
    assert {path.name for path in tmp_path.iterdir()} == {"build", "releases", "current"}


def test_home_with_quotes_and_spaces_in_its_path_works(tmp_path: Path) -> None:
    release = publish_changed(tmp_path / 'it\'s a "home"')
    assert json.loads((release.path / "datapackage.json").read_text())["contentId"] == release.content_id
