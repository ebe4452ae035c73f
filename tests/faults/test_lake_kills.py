"""An import and a build that are killed at any instant leave release and lake whole, and the next run says the same."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from testing.detail_home import said
from testing.lake_files import write_csv
from tests.conftest import run_entrepot
from tests.faults.test_kills import AMONG_THE_MODELS, anywhere, hashes, kill_after

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("lake")]

PROGRAM = """
import subprocess, sys
entrepot, file = sys.argv[1:]
imported = subprocess.run([entrepot, "lake", "import", file, "--source-id", "csd_trade_idds"])
sys.exit(imported.returncode or subprocess.run([entrepot, "build"]).returncode)
"""


def start(home: Path, file: Path) -> subprocess.Popen[bytes]:
    """Start `entrepot lake import` and `entrepot build`, one after the other, in a session of their own."""
    entrepot = str(Path(sys.executable).with_name("entrepot"))
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, entrepot, str(file)],
        env={**os.environ, "ENTREPOT_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def said_by(home: Path) -> dict[str, str]:
    """Return the hash of every table but the one that says when each vintage came."""
    return {
        table: content for table, content in hashes(home).items() if not table.endswith("fct_trade_detail_vintages")
    }


def is_whole(home: Path) -> None:
    """Hold every file that the lake's manifests name, and the current release, against their hashes."""
    verified = run_entrepot(home, "lake", "verify")
    assert verified.returncode == 0, verified.stderr
    assert hashes(home)


def kill_among_months(home: Path, file: Path) -> bool:
    """Kill an import when the first of its months is there; say whether it was still alive."""
    lake = home / "lake"
    held, process = len(list(lake.rglob("*.parquet"))), start(home, file)
    while process.poll() is None and len(list(lake.rglob("*.parquet"))) == held:
        time.sleep(0.001)
    return kill_after(process, 0, alone=False)


def campaign(home_with_lake: Path, tmp_path: Path, instants: Sequence[float]) -> None:
    """Kill an import among its months, then imports and builds at shares of a calm one's length, then let one end."""
    calm, killed = tmp_path / "calm", tmp_path / "killed"
    for home in (calm, killed):
        shutil.copytree(home_with_lake, home, symlinks=True)
    before = said_by(calm)
    both = [said(f"2026-0{month}", "854231", partner, month) for month in (1, 2) for partner in ("156", "842")]
    file = write_csv(tmp_path / "both.csv", both)
    began = time.monotonic()
    assert start(calm, file).wait(timeout=600) == 0
    length, expected = time.monotonic() - began, said_by(calm)
    assert expected != before
    assert kill_among_months(killed, file)
    assert said_by(killed) == before
    is_whole(killed)
    landed = 0
    for share in instants:
        landed += kill_after(start(killed, file), share * length, alone=False)
        found = said_by(killed)
        assert found in (before, expected)
        is_whole(killed)
        if found == expected:  # it got there: the next one begins anew
            shutil.rmtree(killed)
            shutil.copytree(home_with_lake, killed, symlinks=True)
    assert landed > len(instants) // 2
    assert start(killed, file).wait(timeout=600) == 0
    is_whole(killed)
    assert said_by(killed) == expected


@pytest.mark.timeout(600)
def test_an_import_and_a_build_killed_at_any_instant_leave_all_whole_and_the_next_run_the_same(
    home_with_lake: Path, tmp_path: Path
) -> None:
    campaign(home_with_lake, tmp_path, [AMONG_THE_MODELS])


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_fifty_kills_of_imports_and_builds(home_with_lake: Path, tmp_path: Path) -> None:
    campaign(home_with_lake, tmp_path, anywhere(50, seed=20260731))
