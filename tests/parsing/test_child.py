"""The child process: whatever a call does to it, the caller is told, and the next call works."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.parsing.child import Child, ChildDied, ChildRaised, LimitExceeded, Limits
from orchestration.settings import PROJECT_DIR

LIMITS = Limits(memory_bytes=500_000_000, seconds=60)


def call(child: Child, said: str, limits: Limits = LIMITS) -> object:
    arguments = {"parser": "testing.hostile_parsers:parse", "dataset": "d", "on": "2026-01-01"}
    return child.call("orchestration.parsing.rows:parse", arguments, said.encode(), limits=limits)


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    """A child for calls that it survives."""
    with Child() as running:
        yield running


def test_what_a_parser_prints_does_not_disturb_the_result(child: Child) -> None:
    assert call(child, "print") == [
        ["dataset", "str", ["d"]],
        ["said", "str", ["print"]],
        ["line_number", "int64", [1]],
    ]


def test_exception_is_reported_with_its_type_and_traceback_and_the_child_goes_on(child: Child) -> None:
    with pytest.raises(ChildRaised, match="division by zero") as raised:
        call(child, "divide")
    assert raised.value.type == "builtins:ZeroDivisionError"
    assert "hostile_parsers.py" in raised.value.traceback
    assert raised.value.fault_of_this_machine() is None
    assert call(child, "fine")


def test_full_disk_is_a_fault_of_this_machine(child: Child) -> None:
    with pytest.raises(ChildRaised) as raised:
        call(child, "full_disk")
    assert isinstance(raised.value.fault_of_this_machine(), OSError)


def test_child_has_no_secrets(child: Child) -> None:
    assert call(child, "environment ENTREPOT_COMTRADE_KEY")
    with pytest.raises(ChildRaised):
        call(child, "environment PATH")


def test_secret_of_the_parent_is_not_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_COMTRADE_KEY", "s3cret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    with Child() as new:
        assert call(new, "environment ENTREPOT_COMTRADE_KEY")
        assert call(new, "environment AWS_SECRET_ACCESS_KEY")


@pytest.mark.parametrize(
    ("said", "limits", "error", "how"),
    [
        ("abort", LIMITS, ChildDied, r"^was killed by signal 6 \(SIGABRT\)"),
        ("exit", LIMITS, ChildDied, "^ended with exit code 3$"),
        ("eat", LIMITS, LimitExceeded, r"^needed more than 0\.5 GB of memory$"),
        ("eat_in_c", LIMITS, ChildDied, "SIGABRT"),
        ("hang", Limits(LIMITS.memory_bytes, 1.5), LimitExceeded, r"^took longer than 1\.5 s$"),
        ("hang_in_c", Limits(LIMITS.memory_bytes, 1.5), LimitExceeded, r"^took longer than 1\.5 s$"),
    ],
)
def test_death_is_reported_with_its_reason(said: str, limits: Limits, error: type[Exception], how: str) -> None:
    with Child() as victim, pytest.raises(error, match=how):
        call(victim, said, limits)
    assert not victim.is_alive()


PARENT = """
import sys
from orchestration.parsing.child import Child, Limits
child = Child()
child._wait_until_ready()
print(child._process.pid, flush=True)
arguments = {"parser": "testing.hostile_parsers:parse", "dataset": "d", "on": "2026-01-01"}
child.call("orchestration.parsing.rows:parse", arguments, sys.argv[1].encode(), limits=Limits(10**9, 300))
sys.stdin.read()
"""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("said", ["hang_in_c", "fine"])
def test_child_ends_when_its_parent_is_killed(said: str) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, said], cwd=PROJECT_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    time.sleep(1)  # for most of the time the child is parsing then, and not still importing
    assert is_running(pid)
    os.kill(pid, signal.SIGINT)  # what Ctrl-C sends to both
    time.sleep(0.1)
    assert is_running(pid)
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 30
    while is_running(pid):
        assert time.monotonic() < deadline, "the child outlived its parent"
        time.sleep(0.02)
