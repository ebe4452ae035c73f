"""The raw table of the lake's partitions: every vintage with the local path of its file and its times."""

from datetime import datetime
from pathlib import Path

from orchestration.archive import Released
from orchestration.lake import partitions_table
from testing.lake_files import APRIL, MARCH, Lake, row, write_csv


def registered(lake: Lake, columns: str) -> list[tuple[object, ...]]:
    partitions_table.write(lake.connection, lake.stores, Released())
    return lake.connection.execute(f"select {columns} from raw.lake__partitions order by all").fetchall()


def test_empty_lake_gives_an_empty_table_with_the_right_types(lake: Lake) -> None:
    assert registered(lake, "*") == []
    types = "select column_name, lower(data_type) from duckdb_columns() where table_name = 'lake__partitions'"
    assert dict(lake.connection.execute(types).fetchall()) == partitions_table.COLUMNS


def test_every_vintage_is_a_row_with_file_and_utc_times(lake: Lake, tmp_path: Path) -> None:
    first = lake.add_file(write_csv(tmp_path / "first.csv", [row(), row(month=APRIL, currency="USD", hs_code="01")]))
    lake.import_files()
    second = lake.add_file(write_csv(tmp_path / "second.csv", [row(value="2")]))
    lake.import_files()
    moment, later = (seen.retrieved_at.replace(tzinfo=None) for seen in (first, second))
    found = registered(lake, "month, currency, hs_digits, rows, is_complete, known_from, known_until")
    assert found == [
        (MARCH, "HKD", 6, 1, True, moment, later),
        (MARCH, "HKD", 6, 1, True, later, None),
        (APRIL, "USD", 2, 1, True, moment, None),
    ]
    assert isinstance(moment, datetime)
    names = registered(lake, "distinct table_name, provider, dataset, source_id")
    assert names == [("trade_detail", "files", "csd_trade_idds", "csd_trade_idds")]
    for file, vintage, sha256 in lake.connection.execute(
        "select file, vintage, file_sha256 from raw.lake__partitions"
    ).fetchall():
        assert Path(file).is_file()
        assert Path(file).name == f"files-csd_trade_idds-{vintage}.parquet"
        assert sha256 in {v.sha256 for _, v in lake.store.manifest().vintages()}


def test_file_at_a_url_is_listed_with_its_local_copy(tmp_path: Path, bucket: str) -> None:
    lake = Lake(tmp_path, f"{bucket}/lake")
    lake.add_file(write_csv(tmp_path / "first.csv", [row()]))
    lake.import_files()
    [copy] = lake.files()
    copy.unlink()
    assert registered(lake, "file") == [(str(copy),)]
    assert copy.exists()
