"""One run at a time holds the warehouse, and says who does."""

import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.settings import Settings
from orchestration.warehouse import build

HOLD = """
import sys, time
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
        with pytest.raises(build.WarehouseHeld, match=rf"a long run \(process {holder.pid}, since "):
            build.hold(settings, "another").__enter__()
    finally:
        holder.kill()
        holder.wait()
    with build.hold(settings, "after the kill"):
        pass


def test_the_build_file_is_closed_even_when_the_work_fails(settings: Settings) -> None:
    with pytest.raises(ZeroDivisionError), build.connect(settings) as connection:
        connection.execute("create table t as select 1 as a")
        raise ZeroDivisionError
    with build.connect(settings, read_only=True) as connection:
        assert connection.execute("select a from t").fetchone() == (1,)
