"""An import and a build killed at any instant leave release and lake whole, and the next run gives the same tables."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from testing.commands import call_entrepot
from testing.detail_home import imports_row
from testing.lake_files import write_csv
from tests.faults.test_kills import hashes, kill_after, random_instants

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


def lake_hashes(home: Path) -> dict[str, str]:
    """Return the hash of every table except the one with the import time of each vintage."""
    return {
        table: content for table, content in hashes(home).items() if not table.endswith("fct_trade_detail_vintages")
    }


def assert_whole(home: Path) -> None:
    """Compare every file that the lake's manifests name, and the current release, with their hashes."""
    verified = call_entrepot(home, "lake", "verify")
    assert verified.returncode == 0, verified.stderr
    assert hashes(home)


def kill_between_months(home: Path, file: Path) -> bool:
    """Kill an import once its first month is written; return True if it was still alive."""
    lake = home / "lake"
    held, process = len(list(lake.rglob("*.parquet"))), start(home, file)
    while process.poll() is None and len(list(lake.rglob("*.parquet"))) == held:
        time.sleep(0.001)
    return kill_after(process, 0, alone=False)


def campaign(home_with_lake: Path, tmp_path: Path, instants: Sequence[float]) -> None:
    """Kill an import between its months, then imports and builds at the given shares of an undisturbed run."""
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    for home in (undisturbed, killed):
        shutil.copytree(home_with_lake, home, symlinks=True)
    before = lake_hashes(undisturbed)
    both = [imports_row(f"2026-0{month}", "854231", partner, month) for month in (1, 2) for partner in ("156", "842")]
    file = write_csv(tmp_path / "both.csv", both)
    began = time.monotonic()
    assert start(undisturbed, file).wait(timeout=600) == 0
    length, expected = time.monotonic() - began, lake_hashes(undisturbed)
    assert expected != before
    assert kill_between_months(killed, file)
    assert lake_hashes(killed) == before
    assert_whole(killed)
    hits = 0
    for share in instants:
        hits += kill_after(start(killed, file), share * length, alone=False)
        found = lake_hashes(killed)
        assert found in (before, expected)
        assert_whole(killed)
        if found == expected:  # it finished: start again
            shutil.rmtree(killed)
            shutil.copytree(home_with_lake, killed, symlinks=True)
    assert hits > len(instants) // 2
    assert start(killed, file).wait(timeout=600) == 0
    assert_whole(killed)
    assert lake_hashes(killed) == expected


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_release_and_lake_survive_fifty_kills_of_imports_and_builds(home_with_lake: Path, tmp_path: Path) -> None:
    campaign(home_with_lake, tmp_path, random_instants(50, seed=20260731))
