"""Processes that read a release in a loop while others are published, and report what they see."""

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from typing import Any

# A fork of a process that has imported everything starts in milliseconds.
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["duckdb", "frictionless", "psycopg", "orchestration.releases"])

# Readers without a pause would leave two cores no time to publish.
PAUSE_SECONDS = 0.01
SECONDS_TO_SEE = 30

# Yields the number of the release seen by each read of a place; raises when a read fails or is torn.
Read = Callable[[str], Iterator[int]]


@dataclass(frozen=True)
class Readers:
    """Running readers; `seen` has the number that each of them saw last."""

    seen: Sequence[Any]
    faults: Any

    def wait_until_seen(self, is_seen: Callable[[int], bool]) -> None:
        """Wait until the last number of every reader is accepted. Raises AssertionError on a fault or after 30 s."""
        deadline = time.monotonic() + SECONDS_TO_SEE
        while not all(is_seen(value.value) for value in self.seen):
            assert self.faults.empty(), self.faults.get()
            assert time.monotonic() < deadline, f"not seen by all: {[value.value for value in self.seen]}"
            time.sleep(0.005)


@contextmanager
def reading(reads: Sequence[Read], place: str) -> Iterator[Readers]:
    """Run each read in a process of its own. Raises AssertionError at the end when one of them failed."""
    stop, faults = SERVER.Event(), SERVER.SimpleQueue()
    seen = [SERVER.Value("i", 0) for _ in reads]
    processes = [
        SERVER.Process(target=_read_in_a_loop, args=(read, place, value, stop, faults))
        for read, value in zip(reads, seen, strict=True)
    ]
    for process in processes:
        process.start()
    try:
        yield Readers(seen, faults)
    finally:
        stop.set()
        for process in processes:
            process.join(30)
    assert faults.empty(), faults.get()
    assert [process.exitcode for process in processes] == [0] * len(processes)


def _read_in_a_loop(read: Read, place: str, seen: Any, stop: Event, faults: Any) -> None:
    try:
        for number in read(place):
            seen.value = number
            if stop.is_set():
                return
            time.sleep(PAUSE_SECONDS)
    except BaseException as error:
        faults.put(f"{read}: {error!r}")
        raise
