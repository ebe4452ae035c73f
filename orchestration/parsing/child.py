"""A child process for work on bytes from outside, with limits of memory and time.

The bytes may make a parser abort, hang or exhaust memory; that ends the child, never this process. A child does one
call after the other. The code that runs in it is in `child_process`.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Any, TypeVar

from orchestration.settings import PROJECT_DIR
from orchestration.storage.faults import is_of_this_machine

Result = TypeVar("Result")

# What Python, its libraries and their locale need. Everything else, such as keys and passwords, stays here.
INHERITED = (
    *("PATH", "HOME", "TMPDIR", "TZ", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH"),
    *("PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "VIRTUAL_ENV"),
)
SECONDS_TO_START = 120.0


class ChildUnavailable(OSError):
    """The process can't be started: a fault of this machine, not of any bytes."""


class ChildDied(Exception):
    """The child ended in the middle of a call; the message says how, such as "was killed by signal 6 (SIGABRT)"."""


class LimitExceeded(ChildDied):
    """The call needed more time or memory than its limits; the child has ended."""


class ChildRaised(Exception):
    """The called function raised: `type` is its exception's class as `module:name`, `traceback` its text."""

    def __init__(self, failure: dict[str, Any]) -> None:
        super().__init__(failure["message"])
        self.type: str = failure["type"]
        self.traceback: str = failure["traceback"]
        self._errno: int | None = failure["errno"]

    def fault_of_this_machine(self) -> OSError | None:
        """Return the error if something is wrong with this machine, such as a full disk, None if with the bytes."""
        fault = OSError(self._errno, str(self)) if self._errno else None
        return fault if fault and is_of_this_machine(fault) else None


@dataclass(frozen=True)
class Limits:
    """What a call may use: memory beyond that of the idle process, and time."""

    memory_bytes: int
    seconds: float


class Child:
    """The process, started at once. Use it from one thread at a time.

    After any exception but ChildRaised it has ended.
    """

    def __init__(self) -> None:
        # What libraries print, such as the reason for an abort, becomes part of the message.
        self._errors = TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", "orchestration.parsing.child_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=PROJECT_DIR,
            env=_environment(),
        )
        self._is_ready = False

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def is_alive(self) -> bool:
        """Return True if the process has not ended."""
        return self._process.poll() is None

    def call(
        self,
        function: str,
        arguments: dict[str, Any],
        payload: bytes = b"",
        *,
        limits: Limits,
        on_progress: Callable[[Any], None] = lambda _: None,
    ) -> Any:
        """Call a function in the child and return its result.

        Args:
            function: `module:name` of `f(arguments, payload, report)`; what `report` is given must be fit for JSON.
            arguments: Must be fit for JSON.
            payload: Bytes for the function.
            limits: What the call may use.
            on_progress: Is called with whatever the function reports before it returns.

        Raises:
            ChildRaised: The function raised an exception.
            ChildDied: The process ended, for example because of its limits.
            ChildUnavailable: The process can't be started.
        """
        self._wait_until_ready()
        request = {
            "function": function,
            "arguments": arguments,
            "bytes": len(payload),
            "memory": limits.memory_bytes,
            "seconds": limits.seconds,
        }
        with self._killed_after(limits.seconds) as overran:
            try:
                self._send(json.dumps(request).encode() + b"\n" + payload)
                while "progress" in (reply := self._reply()):
                    on_progress(reply["progress"])
            except (BrokenPipeError, EOFError):
                reply = {}
            except BaseException:  # such as Ctrl-C: the process is in the middle of a call, of no use any more
                self.close()
                raise
        if not reply:
            death = self._death()
            raise LimitExceeded(f"took longer than {limits.seconds:g} s") if overran.is_set() else death
        if reply["is_last"] or overran.is_set():
            self.close()
        if "out_of_memory" in reply:
            raise LimitExceeded(f"needed more than {reply['out_of_memory']}")
        if "failure" in reply:
            raise ChildRaised(reply["failure"])
        return reply["result"]

    def close(self) -> None:
        """End the process, also in the middle of a call."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                assert pipe is not None
                pipe.close()
            except BrokenPipeError:  # what was not sent yet is not needed any more
                continue
        self._errors.close()

    def _wait_until_ready(self) -> None:
        if self._is_ready:
            return
        with self._killed_after(SECONDS_TO_START):
            try:
                self._is_ready = bool(self._reply()["ready"])
            except EOFError:
                raise ChildUnavailable(f"the process that parses payloads does not start: {self._death()}") from None

    def _killed_after(self, seconds: float) -> "_Watchdog":
        return _Watchdog(self._process, seconds)

    def _send(self, message: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(message)
        self._process.stdin.flush()

    def _reply(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        reply: dict[str, Any] = json.loads(line)
        return reply

    def _death(self) -> ChildDied:
        """Return how the process ended, with the last line that it printed."""
        code = self._process.wait()
        how = f"was killed by signal {-code} ({_signal_name(-code)})" if code < 0 else f"ended with exit code {code}"
        self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - 1_000))
        printed = self._errors.read().decode(errors="replace").split("\n")
        # Rust ends its messages with a hint for programmers.
        last = next((line.strip() for line in reversed(printed) if line.strip() and not line.startswith("note: ")), "")
        self.close()
        return ChildDied(f"{how}: {_printable(last)[:200]}" if last else how)


def twice_if_killed(attempt: Callable[[], Result]) -> Result:
    """Return the result of a call, tried once more if the child is killed: something else may have killed it."""
    try:
        return attempt()
    except LimitExceeded:
        raise
    except ChildDied:
        return attempt()


class _Watchdog:
    """Kills a process that is still in the block after some seconds, and sets an event when it does."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self._process, self._overran = process, threading.Event()
        self._timer = threading.Timer(seconds, self._kill)
        self._timer.daemon = True

    def _kill(self) -> None:
        self._overran.set()
        self._process.kill()

    def __enter__(self) -> threading.Event:
        self._timer.start()
        return self._overran

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


def _environment() -> dict[str, str]:
    """Return the environment of a child: no secrets, and little memory that libraries reserve but do not use."""
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**kept, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)
