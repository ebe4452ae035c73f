"""One run at a time holds the warehouse, and says who does."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import Settings
from orchestration.warehouse import build

HOLD = """
import sys, time
from contextlib import ExitStack
from pathlib import Path
from orchestration.settings import Settings
from orchestration.warehouse import build
with build.hold(Settings(home=Path(sys.argv[1])), "a long run"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_a_second_run_is_told_who_holds_the_warehouse(settings: Settings) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(settings.home)], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        another = build.hold(settings, "another")
        with (
            ExitStack() as exits,
            pytest.raises(build.WarehouseHeld, match=rf"a long run \(process {holder.pid}, since "),
        ):
            exits.enter_context(another)
    finally:
        holder.kill()
        holder.wait()
    with build.hold(settings, "after the kill"):
        pass


def test_the_build_file_is_closed_even_when_the_work_fails(settings: Settings) -> None:
    with pytest.raises(duckdb.ParserException), build.connect(settings) as connection:
        connection.execute("create table t as select 1 as a; this is not SQL")
    with build.connect(settings, read_only=True) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
