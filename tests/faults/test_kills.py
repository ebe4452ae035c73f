"""A main job that is killed at any instant leaves the last release whole, and the next run gives the same tables."""

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
from orchestration.settings import Settings
from testing.commands import run_entrepot
from testing.homes import revise

pytestmark = pytest.mark.slow


def start(home: Path, figures: Path) -> subprocess.Popen[bytes]:
    command = [str(Path(sys.executable).with_name("entrepot")), "build"]
    env = {**os.environ, "ENTREPOT_HOME": str(home), "ENTREPOT_FIGURES_DIR": str(figures)}
    return subprocess.Popen(
        command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def kill_after(process: subprocess.Popen[bytes], seconds: float, *, alone: bool) -> bool:
    """Kill the run, alone or with all its processes; return True if it was still alive."""
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


# Shares of an undisturbed run's length after which it is building models; two, as a machine may suddenly be faster.
WHILE_BUILDING_MODELS = (0.6, 0.3)


def random_instants(kills: int, seed: int) -> list[float]:
    generator = random.Random(seed)  # noqa: S311 - instants, not secrets
    return [generator.random() for _ in range(kills)]


def campaign(built_home: Path, tmp_path: Path, figures: Path, instants: Sequence[float]) -> int:
    """Kill a run at each share of an undisturbed one's length, then let one end; return how many kills hit a run."""
    home, undisturbed = tmp_path / "killed", tmp_path / "undisturbed"
    shutil.copytree(built_home, home, symlinks=True)
    shutil.copytree(built_home, undisturbed, symlinks=True)
    revise(figures)
    began = time.monotonic()
    assert run_entrepot(undisturbed, "build", ENTREPOT_FIGURES_DIR=str(figures)).returncode == 0
    length = time.monotonic() - began
    expected, before = hashes(undisturbed), hashes(home)
    assert expected != before
    hits = 0
    for kill, share in enumerate(instants):
        hits += kill_after(start(home, figures), share * length, alone=kill % 2 == 1)
        assert hashes(home) in (before, expected)
        if hashes(home) == expected:
            run_entrepot(home, "releases", "rollback")
    finished = run_entrepot(home, "build", ENTREPOT_FIGURES_DIR=str(figures))
    assert finished.returncode == 0, finished.stderr
    assert hashes(home) == expected
    return hits


@pytest.mark.timeout(900)
def test_killed_run_leaves_the_release_whole_and_the_next_run_gives_the_same_tables(
    built_home: Path, tmp_path: Path, figures: Path
) -> None:
    assert campaign(built_home, tmp_path, figures, WHILE_BUILDING_MODELS) > 0


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_release_survives_fifty_kills_of_runs(built_home: Path, tmp_path: Path, figures: Path) -> None:
    assert campaign(built_home, tmp_path, figures, random_instants(50, seed=20260328)) > 25


def test_second_run_at_once_is_refused_and_the_first_one_succeeds(home: Path, figures: Path) -> None:
    revise(figures, 7)
    before = hashes(home)
    first = start(home, figures)
    holder = Settings(home=home).lock_file.with_suffix(".json")
    while not (holder.exists() and str(first.pid) in holder.read_text()):
        assert first.poll() is None
        time.sleep(0.01)
    second = run_entrepot(home, "build", "--json", ENTREPOT_FIGURES_DIR=str(figures))
    assert (second.returncode, second.stdout) == (3, "")
    assert f"another run holds the warehouse at {home}: entrepot build (process {first.pid}, " in second.stderr
    assert first.wait(timeout=240) == 0
    assert hashes(home) != before
