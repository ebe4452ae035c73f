"""A main job that is killed at any instant leaves the last release whole, and the next run gives the same tables."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from orchestration import releases
from tests.conftest import revise, run_entrepot


def start(home: Path, figures: Path) -> subprocess.Popen[bytes]:
    command = [str(Path(sys.executable).with_name("entrepot")), "build"]
    env = {**os.environ, "ENTREPOT_HOME": str(home), "ENTREPOT_FIGURES_DIR": str(figures)}
    return subprocess.Popen(
        command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def kill_after(process: subprocess.Popen[bytes], seconds: float, *, alone: bool) -> bool:
    """Kill the run, alone or with all its processes; say whether it was still alive."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        (os.kill if alone else os.killpg)(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def hashes(home: Path) -> dict[str, str]:
    release = releases.current_release(home / "current")
    releases.verify(release)
    return {table["name"]: table["contentHash"] for table in release.datapackage["resources"] if "contentHash" in table}


# Shares of a calm run's length at which it is killed: among the models; and anywhere.
AMONG_THE_MODELS = 0.6


def anywhere(kills: int, seed: int) -> list[float]:
    chance = random.Random(seed)  # noqa: S311 - instants, not secrets
    return [chance.random() for _ in range(kills)]


def campaign(built_home: Path, tmp_path: Path, figures: Path, instants: Sequence[float]) -> None:
    home, calm = tmp_path / "killed", tmp_path / "calm"
    shutil.copytree(built_home, home, symlinks=True)
    shutil.copytree(built_home, calm, symlinks=True)
    revise(figures)
    began = time.monotonic()
    assert run_entrepot(calm, "build", ENTREPOT_FIGURES_DIR=str(figures)).returncode == 0
    length = time.monotonic() - began
    expected, before = hashes(calm), hashes(home)
    assert expected != before
    landed = 0
    for kill, share in enumerate(instants):
        landed += kill_after(start(home, figures), share * length, alone=kill % 2 == 1)
        assert hashes(home) in (before, expected)
        if hashes(home) == expected:
            run_entrepot(home, "releases", "rollback")
    assert landed > len(instants) // 2
    finished = run_entrepot(home, "build", ENTREPOT_FIGURES_DIR=str(figures))
    assert finished.returncode == 0, finished.stderr
    assert hashes(home) == expected


@pytest.mark.timeout(600)
def test_a_run_killed_at_any_instant_leaves_the_release_whole_and_the_next_run_the_same(
    built_home: Path, tmp_path: Path, figures: Path
) -> None:
    campaign(built_home, tmp_path, figures, [AMONG_THE_MODELS])


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_fifty_kills(built_home: Path, tmp_path: Path, figures: Path) -> None:
    campaign(built_home, tmp_path, figures, anywhere(50, seed=20260328))


def test_of_two_runs_at_once_one_says_that_the_other_holds_the_warehouse_or_both_end_well(
    home: Path, figures: Path
) -> None:
    revise(figures, 7)
    first = start(home, figures)
    second = run_entrepot(home, "build", "--json", ENTREPOT_FIGURES_DIR=str(figures))
    assert first.wait(timeout=240) in (0, 3)
    assert second.returncode in (0, 3) or "another run holds the warehouse" in second.stderr
    assert 0 in (first.returncode, second.returncode)
    if second.returncode == 0:
        assert json.loads(second.stdout)["release"] == releases.current_release(home / "current").id
    assert hashes(home)
