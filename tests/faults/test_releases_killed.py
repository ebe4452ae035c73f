"""SIGKILL while a release is being published: `current` leads to a whole release, and the next publication succeeds."""

import multiprocessing
import os
import random
import signal
import sys
import time
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration import releases
from testing.release_builds import generation, publish_changed, publish_home, write_build

pytestmark = pytest.mark.slow

# A fork of a process that has imported everything starts in milliseconds, so that kills fall into the publication.
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["duckdb", "frictionless", "orchestration.releases"])

CHANGES_OF_FOLDERS = {"os.mkdir", "os.rename", "os.symlink", "os.remove", "os.rmdir"}


def publish_generations(home: Path, begin: int) -> None:
    for number in range(begin, begin + 1000):
        publish_changed(home, generation(number), keep=2)


def publish_and_die_at(home: Path, step: int) -> None:
    """Publish, and kill the process before the step-th change of a folder."""
    steps = iter(range(1, 1000))

    def die(event: str, arguments: tuple[Any, ...]) -> None:
        if event in CHANGES_OF_FOLDERS and next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(die)
    publish_home(home, keep=2)


def started(target: Any, *arguments: Any) -> BaseProcess:
    process = SERVER.Process(target=target, args=arguments)
    process.start()
    return process


def current_generation(home: Path) -> int:
    """Return the number that two tables of the current release must agree on, after checking every byte of it."""
    release = releases.current_release(home / "current")
    releases.verify(release)
    with duckdb.connect(str(release.database), read_only=True) as connection:
        numbers = connection.execute(
            "select distinct generation from marts.balance union select generation from marts.headlines"
        ).fetchall()
    assert len(numbers) == 1, f"a torn release: {numbers}"
    return int(numbers[0][0])


def assert_all_whole_and_swept(home: Path) -> None:
    kept = releases.list_releases(home / "releases")
    for release in kept:
        releases.verify(release)
    assert {path.name for path in (home / "releases").iterdir()} <= {release.id for release in kept} | {".lock"}


def test_kill_at_a_random_instant_leaves_the_last_release_whole(tmp_path: Path) -> None:
    publish_changed(tmp_path, generation(1))
    pick = random.Random(1952)  # noqa: S311 - instants, not secrets
    for _ in range(4):
        last = current_generation(tmp_path)
        publisher = started(publish_generations, tmp_path, last + 1)
        while current_generation(tmp_path) == last and publisher.is_alive():
            time.sleep(0.01)
        time.sleep(pick.uniform(0, 0.5))
        assert publisher.pid is not None
        os.kill(publisher.pid, signal.SIGKILL)
        publisher.join()
        assert publisher.exitcode == -signal.SIGKILL
        assert current_generation(tmp_path) > last
        assert publish_changed(tmp_path, generation(current_generation(tmp_path) + 1), keep=2).is_new
        assert_all_whole_and_swept(tmp_path)


def test_kill_before_any_change_of_a_folder_leaves_the_old_or_the_new_release(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        publish_changed(tmp_path, generation(number), keep=2)
    outcomes: list[bool] = []
    for step in range(1, 200):
        last = current_generation(tmp_path)
        write_build(tmp_path, generation(last + 1))
        publisher = started(publish_and_die_at, tmp_path, step)
        publisher.join()
        if publisher.exitcode == 0:
            break
        assert publisher.exitcode == -signal.SIGKILL
        reached = current_generation(tmp_path)
        assert reached in (last, last + 1)
        outcomes.append(reached == last + 1)
        for release in releases.list_releases(tmp_path / "releases"):
            releases.verify(release)
        publish_home(tmp_path, keep=2)
        assert current_generation(tmp_path) == last + 1
        assert_all_whole_and_swept(tmp_path)
    else:
        pytest.fail("the publication never ended")
    # Some kills fell before the flip and some after it, in retirement.
    assert set(outcomes) == {False, True}
