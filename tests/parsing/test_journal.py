"""The journal: what was being parsed when runs were killed is recognised at the next start."""

import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from orchestration.parsing.journal import Journal, TooManyKills


def die(folder: Path) -> None:
    with Journal(folder).entry("hkma-daily-ab12-0"):
        os.kill(os.getpid(), signal.SIGKILL)


def kill_a_run(folder: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=die, args=[folder])
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def enter(folder: Path, name: str = "hkma-daily-ab12-0") -> None:
    with Journal(folder).entry(name):
        pass


def test_two_kills_in_a_row_are_recognised_and_one_is_not(tmp_path: Path) -> None:
    kill_a_run(tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    enter(tmp_path)  # it finishes, so that kill proves nothing
    kill_a_run(tmp_path)
    kill_a_run(tmp_path)
    with pytest.raises(TooManyKills, match="at work when 2 runs in a row were killed"):
        enter(tmp_path)
    enter(tmp_path, "hkma-daily-cd34-0")
    Journal(tmp_path).forget("ab12")
    enter(tmp_path)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_exception_and_ctrl_c_leave_nothing_behind(tmp_path: Path, error: type[BaseException]) -> None:
    for _ in range(3):
        with pytest.raises(error), Journal(tmp_path).entry("a-b-ab12-0"):
            raise error
    assert list(tmp_path.iterdir()) == []


def test_two_processes_at_once_are_no_kills(tmp_path: Path) -> None:
    with Journal(tmp_path).entry("a-b-ab12-0"), Journal(tmp_path).entry("a-b-ab12-0"):
        enter(tmp_path, "a-b-ab12-0")
