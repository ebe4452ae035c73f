"""The code of the process that works on bytes from outside: `python -m orchestration.parsing.child_process`.

It reads calls from standard input and writes each result as a line of JSON. It ends when the process that started it
does. Modules are imported when a call needs them, so this one must import little.
"""

import fcntl
import importlib
import json
import os
import resource
import select
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

GRACE_SECONDS = 30
LONGEST_MESSAGE = 100_000
# The kernel's limits, each with the line of /proc/self/status that says how much is in use. Data is the better measure,
# because libraries reserve addresses that they never use; not every system enforces it.
MEMORY_LIMITS = ((resource.RLIMIT_DATA, "VmData"), (resource.RLIMIT_AS, "VmSize"))
ADDRESSES_RESERVED = 2 * 2**30


def main() -> None:
    """Answer calls until standard input closes."""
    # What a library prints must not get between the messages.
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    calls = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends this process
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        _send(output, {"ready": True})
        idle = _memory_in_use()
        while line := calls.readline():
            _answer(json.loads(line), calls, output, idle)
    except BrokenPipeError:  # the parent is gone
        os._exit(1)


def _answer(request: dict[str, Any], calls: IO[bytes], output: IO[bytes], idle: int) -> None:
    """Do one call and send its result; end this process if it has used so much that others would suffer."""
    payload = calls.read(request["bytes"])
    with _ending_with_parent(calls), _limited(request["memory"], request["seconds"]):
        reply = _reply(request, payload, output)
    del payload
    reply["is_last"] = "out_of_memory" in reply or _memory_in_use() - idle > request["memory"] // 2
    _send(output, reply)


def _reply(request: dict[str, Any], payload: bytes, output: IO[bytes]) -> dict[str, Any]:
    def report(progress: Any) -> None:
        _send(output, {"progress": progress})

    try:
        module, _, name = request["function"].partition(":")
        function = getattr(importlib.import_module(module), name)
        return {"result": function(request["arguments"], payload, report)}
    except MemoryError:
        return {"out_of_memory": f"{request['memory'] / 1e9:g} GB of memory"}
    except BrokenPipeError:
        raise
    except BaseException as error:  # noqa: BLE001 - also panics of libraries in Rust, which are BaseExceptions
        return {"failure": _description(error)}


def _description(error: BaseException) -> dict[str, Any]:
    kind = type(error)
    return {
        "type": f"{kind.__module__}:{kind.__qualname__}",
        # A text of the payload may have half of a surrogate pair, which nothing can store.
        "message": str(error)[:LONGEST_MESSAGE].encode(errors="backslashreplace").decode(),
        "errno": error.errno if isinstance(error, OSError) else None,
        "traceback": traceback.format_exc(limit=-10)[-LONGEST_MESSAGE:],
    }


def _send(output: IO[bytes], message: dict[str, Any]) -> None:
    output.write(json.dumps(message).encode() + b"\n")
    output.flush()


@contextmanager
def _limited(memory: int, seconds: float) -> Iterator[None]:
    """Let the block use this much more memory, and end the process if it takes much longer than the parent waits."""
    before = {kind: resource.getrlimit(kind) for kind, _ in MEMORY_LIMITS}
    for kind, line in MEMORY_LIMITS:
        if in_use := _status(line):
            reserved = ADDRESSES_RESERVED if kind == resource.RLIMIT_AS else 0
            _lower(kind, in_use + memory + reserved)
    # A parser in C may hold Python's lock, so that no thread could end the process: the default action of a signal can.
    signal.setitimer(signal.ITIMER_REAL, seconds + GRACE_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for kind, limits in before.items():
            resource.setrlimit(kind, limits)


def _lower(kind: int, limit: int) -> None:
    """Set a soft limit, unless a lower one is set already."""
    soft, hard = resource.getrlimit(kind)
    if soft == resource.RLIM_INFINITY or limit < soft:
        resource.setrlimit(kind, (limit, hard))


def _memory_in_use() -> int:
    """Return the memory that is really used: what libraries reserve does no harm."""
    return _status("VmRSS")


def _status(name: str) -> int:
    """Return a line of /proc/self/status in bytes, 0 where there is no such file."""
    try:
        with open("/proc/self/status", encoding="ascii") as lines:
            return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:")), 0)
    except FileNotFoundError:
        return 0


@contextmanager
def _ending_with_parent(calls: IO[bytes]) -> Iterator[None]:
    """End this process if standard input closes in the block: its parent is gone, or wants it gone.

    The kernel sends SIGIO when the other end of the pipe closes, and its default action ends the process, whatever a
    parser is doing. The parent sends nothing while it waits for a result.
    """
    descriptor = calls.fileno()
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_ASYNC)
    state = select.poll()
    state.register(descriptor, select.POLLHUP)
    if state.poll(0):  # it closed just before
        os._exit(1)
    try:
        yield
    finally:
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags)


if __name__ == "__main__":
    main()
