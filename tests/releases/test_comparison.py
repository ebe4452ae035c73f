"""What changed between two releases."""

import json
from pathlib import Path

from orchestration.releases import ReleaseDiff, diff
from orchestration.releases.comparison import ColumnChange, RowChange
from testing.release_builds import publish_changed


def compare(home: Path, *changes: str, listed: int = 20) -> ReleaseDiff:
    return diff(publish_changed(home), publish_changed(home, *changes), listed)


def test_changed_value_is_listed_with_key_old_and_new(tmp_path: Path) -> None:
    (table,) = compare(tmp_path, "update marts.balance set value_hkd_mn = 618402 where flow = 'total_exports'").tables
    assert (table.table, table.rows_before, table.rows_after) == ("marts.balance", 3, 3)
    assert (table.rows_added, table.rows_removed, table.rows_changed) == (0, 0, 1)
    assert table.changed == [
        RowChange(
            key={"month": "2026-03-01", "flow": "total_exports"}, values={"value_hkd_mn": ("618401.000", "618402.000")}
        )
    ]


def test_value_that_was_null_is_listed_with_none(tmp_path: Path) -> None:
    (table,) = compare(tmp_path, "update marts.balance set yoy_pct = 1.5 where yoy_pct is null").tables
    assert table.changed[0].values == {"yoy_pct": (None, "1.5")}


def test_added_and_removed_rows_are_listed_with_all_columns(tmp_path: Path) -> None:
    changes = (
        "delete from reference.partners where code = '490'",
        "insert into reference.partners values ('0', 'World')",
    )
    (table,) = compare(tmp_path, *changes).tables
    assert table.removed == [{"code": "490", "name": "Other Asia, nes"}]
    assert table.added == [{"code": "0", "name": "World"}]
    assert (table.rows_added, table.rows_removed, table.rows_changed) == (1, 1, 0)


def test_changed_row_without_a_key_is_one_removed_and_one_added(tmp_path: Path) -> None:
    (table,) = compare(tmp_path, "update marts.headlines set text = 'Narrowest'").tables
    assert (table.rows_added, table.rows_removed, table.rows_changed) == (1, 1, 0)
    assert table.added == [{"text": "Narrowest", "generation": "1"}]


def test_duplicated_row_counts_as_added(tmp_path: Path) -> None:
    (table,) = compare(tmp_path, "insert into marts.headlines from marts.headlines").tables
    assert (table.rows_added, table.rows_removed) == (1, 0)


def test_listed_rows_are_limited_and_counts_are_exact(tmp_path: Path) -> None:
    (table,) = compare(tmp_path, "insert into reference.partners select i, 'x' from range(50) r(i)", listed=3).tables
    assert table.rows_added == 50
    assert [row["code"] for row in table.added] == ["0", "1", "10"]


def test_added_and_removed_tables_are_listed(tmp_path: Path) -> None:
    found = compare(tmp_path, "drop table marts.headlines", "create table marts.gold (month date)")
    assert (found.tables_added, found.tables_removed, found.tables) == (["marts.gold"], ["marts.headlines"], [])


def test_added_removed_and_retyped_columns_are_listed(tmp_path: Path) -> None:
    (table,) = compare(
        tmp_path,
        "alter table marts.headlines add column source varchar",
        "alter table marts.headlines drop column text",
        "alter table marts.headlines alter generation type bigint",
    ).tables
    assert table.columns == [
        ColumnChange("text", "VARCHAR", None),
        ColumnChange("generation", "INTEGER", "BIGINT"),
        ColumnChange("source", None, "VARCHAR"),
    ]
    assert (table.rows_added, table.rows_removed, table.rows_changed) == (0, 0, 0)


def test_changed_comment_is_listed(tmp_path: Path) -> None:
    (table,) = compare(tmp_path, "comment on column marts.headlines.text is 'Words'").tables
    assert table.columns == [ColumnChange("text", "VARCHAR", "VARCHAR -- Words")]


def test_redefined_view_is_listed(tmp_path: Path) -> None:
    view = "create or replace view marts.exports_only as select * from marts.balance where flow = 'imports'"
    (table,) = compare(tmp_path, view).tables
    assert table.definition is not None
    assert "'imports'" in table.definition[1]
    assert (table.rows_added, table.rows_removed) == (2, 1)


def test_release_does_not_differ_from_itself(tmp_path: Path) -> None:
    release = publish_changed(tmp_path)
    assert diff(release, release).to_dict() == {
        "before": release.id,
        "after": release.id,
        "tables_added": [],
        "tables_removed": [],
        "tables": [],
    }


def test_difference_converts_to_json(tmp_path: Path) -> None:
    found = compare(tmp_path, "update marts.balance set generation = 2")
    plain = json.loads(json.dumps(found.to_dict()))
    assert plain["tables"][0]["changed"][0]["values"] == {"generation": ["1", "2"]}
