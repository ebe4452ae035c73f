"""One process at a time holds the warehouse, and a killed run leaves a usable build file."""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import Settings
from orchestration.warehouse import build_file, recovery
from testing.damage import replace_by_dangling_link, replace_by_folder

HOLD = """
import sys, time
from contextlib import ExitStack
from pathlib import Path
from orchestration.settings import Settings
from orchestration.warehouse import build_file
with build_file.hold(Settings(home=Path(sys.argv[1])), "a long run"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_second_run_is_refused_with_the_holders_purpose_and_process(settings: Settings) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(settings.home)], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        another = build_file.hold(settings, "another")
        with (
            ExitStack() as exits,
            pytest.raises(build_file.WarehouseHeld, match=rf"a long run \(process {holder.pid}, since "),
        ):
            exits.enter_context(another)
    finally:
        holder.kill()
        holder.wait()
    with build_file.hold(settings, "after the kill"):
        pass


KILLED_IN_A_WRITE = """
import os, sys
import duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("pragma disable_checkpoint_on_shutdown")
connection.execute("create table months (month date, check (date_part('day', month) = 1))")
connection.execute("comment on column months.month is 'First day.'")
connection.execute("insert into months values ('2026-03-01')")
os.kill(os.getpid(), 9)
"""


def test_commits_of_a_killed_run_are_recovered(settings: Settings) -> None:
    settings.build_file.parent.mkdir(parents=True)
    subprocess.run([sys.executable, "-c", KILLED_IN_A_WRITE, str(settings.build_file)], check=False)
    assert settings.build_file.with_name("warehouse.duckdb.wal").exists()
    with build_file.hold(settings, "the next run"), build_file.connect(settings) as connection:
        assert connection.execute("select count(*) from months").fetchone() == (1,)


def test_unreadable_build_file_is_renamed_to_broken(settings: Settings) -> None:
    settings.build_file.parent.mkdir(parents=True)
    settings.build_file.write_bytes(b"not a database" * 1000)
    settings.build_file.with_name("warehouse.duckdb.wal").write_bytes(b"not a log")
    with build_file.hold(settings, "the next run"), build_file.connect(settings) as connection:
        assert connection.execute("select count(*) from duckdb_tables()").fetchone() == (0,)
    assert settings.build_file.with_name("warehouse.duckdb.broken").exists()


def test_build_file_is_closed_after_an_error(settings: Settings) -> None:
    with pytest.raises(duckdb.ParserException), build_file.connect(settings) as connection:
        connection.execute("create table t as select 1 as a; this is not SQL")
    with build_file.connect(settings, read_only=True) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def _with_table(settings: Settings) -> Path:
    with build_file.hold(settings, "a run"), build_file.connect(settings) as connection:
        connection.execute("create table figures as select range as n, md5(range::varchar) as text from range(200000)")
    return settings.build_file


def _spoil_blocks(path: Path) -> None:
    with path.open("r+b") as file:
        for place in range(20_000, path.stat().st_size, 262_144):
            file.seek(place)
            file.write(b"\xff" * 2_000)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "garbage": lambda path: path.write_bytes(b"not a database" * 1_000),
    "truncated": lambda path: os.truncate(path, path.stat().st_size // 2),
    "spoilt blocks": _spoil_blocks,
    "folder": replace_by_folder,
    "dangling link": replace_by_dangling_link,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_build_file_is_set_aside(damage: str, settings: Settings) -> None:
    path = _with_table(settings)
    DAMAGES[damage](path)
    with build_file.hold(settings, "the next run"), build_file.connect(settings) as connection:
        assert connection.execute("select count(*) from duckdb_tables()").fetchone() == (0,)
    assert os.path.lexists(f"{path}.broken")


def test_undamaged_build_file_stays_and_is_not_read_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    _with_table(settings)
    monkeypatch.setattr(recovery, "_problem", lambda _: pytest.fail("it was read"))
    with build_file.hold(settings, "the next run"), build_file.connect(settings) as connection:
        assert connection.execute("select count(*) from figures").fetchone() == (200_000,)


def test_log_without_its_build_file_is_removed(settings: Settings) -> None:
    log = _with_table(settings).with_name("warehouse.duckdb.wal")
    settings.build_file.rename(log)
    with build_file.hold(settings, "the next run"), build_file.connect(settings) as connection:
        assert connection.execute("select count(*) from duckdb_tables()").fetchone() == (0,)


@pytest.mark.parametrize("content", ["", "[]", "{}", "garbage", "\0"])
def test_damaged_lock_files_and_marks_do_no_harm(content: str, settings: Settings) -> None:
    path = _with_table(settings)
    for name in ("run.lock", "run.json", "warehouse.duckdb.state"):
        path.with_name(name).write_text(content)
    with build_file.hold(settings, "the next run"), build_file.connect(settings) as connection:
        assert connection.execute("select count(*) from figures").fetchone() == (200_000,)


@pytest.mark.parametrize("name", ["run.lock", "run.json", "warehouse.duckdb.state"])
def test_folder_in_place_of_a_lock_file_is_set_aside(name: str, settings: Settings) -> None:
    path = _with_table(settings).with_name(name)
    path.unlink()
    path.mkdir()
    assert not build_file.is_held(settings)
    with build_file.hold(settings, "the next run"):
        pass
    assert path.is_file()
