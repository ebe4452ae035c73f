"""Opening releases for queries."""

from pathlib import Path

import duckdb
import pytest

from orchestration import releases
from testing.release_builds import generation, publish_changed


def seen(connection: duckdb.DuckDBPyConnection) -> int:
    (row,) = connection.execute("select generation from marts.headlines").fetchall()
    return int(row[0])


def through_link(home: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(home / "current" / "warehouse.duckdb"), read_only=True)


@pytest.mark.parametrize(
    "statement",
    [
        "select * from read_csv('/etc/hosts')",
        "from '/etc/hosts'",
        "select * from glob('/*')",
        "attach '/tmp/other.duckdb'",
        "copy marts.balance to '/tmp/out.csv'",
        "install httpfs",
        "set enable_external_access = true",
        "delete from marts.balance",
        "create table marts.t (i integer)",
    ],
)
def test_connection_reaches_only_the_release(tmp_path: Path, statement: str) -> None:
    with releases.connect(publish_changed(tmp_path)) as connection:
        with pytest.raises(duckdb.Error):
            connection.execute(statement)
        assert seen(connection) == 1


def test_connection_leaves_no_files_in_the_release(tmp_path: Path) -> None:
    release = publish_changed(tmp_path)
    with releases.connect(release) as connection:
        connection.execute("select count(*) from (select i from range(100000) r(i) order by hash(i))").fetchall()
        (spill,) = connection.execute("select current_setting('temp_directory')").fetchall()
    assert not Path(spill[0]).is_relative_to(release.path)
    releases.verify(release)


def test_release_open_with_other_settings_raises(tmp_path: Path) -> None:
    release = publish_changed(tmp_path)
    with through_link(tmp_path), pytest.raises(releases.ReleaseUnavailable, match="other connections"):
        releases.connect(release)


def test_reader_that_reconnects_through_the_link_sees_the_new_release(tmp_path: Path) -> None:
    publish_changed(tmp_path)
    with through_link(tmp_path) as reader:
        assert seen(reader) == 1
        publish_changed(tmp_path, generation(2))
        assert seen(reader) == 1
    with through_link(tmp_path) as reader:
        assert seen(reader) == 2


def test_new_connection_sees_the_new_release_while_an_old_one_is_open(tmp_path: Path) -> None:
    publish_changed(tmp_path)
    with through_link(tmp_path) as old:
        publish_changed(tmp_path, generation(2))
        with through_link(tmp_path) as new:
            assert (seen(old), seen(new)) == (1, 2)


def test_reader_can_go_on_with_a_deleted_release(tmp_path: Path) -> None:
    first = publish_changed(tmp_path)
    with through_link(tmp_path) as reader:
        for number in range(2, 5):
            publish_changed(tmp_path, generation(number), keep=2)
        assert not first.path.exists()
        assert seen(reader) == 1
