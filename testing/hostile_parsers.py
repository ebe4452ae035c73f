"""Parsers that do to their process what hostile bytes have made real ones do."""

import ctypes
import os
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd


def parse(dataset: str, payload: bytes, _on: date) -> pd.DataFrame:
    """Do what the payload says, or return a row of what it says."""
    words = payload.decode().split()
    action: Callable[..., Any] | None = ACTIONS.get(words[0])
    if action:
        action(*words[1:])
    return pd.DataFrame({"dataset": [dataset], "said": [payload.decode()], "line_number": [1]})


def _eat() -> None:
    """Allocate memory until there is no more."""
    eaten = []
    while True:
        eaten.append(b"x" * 50_000_000)


def _eat_in_c() -> None:
    """Allocate memory as a library in C would, and abort where it does not get it, as Rust does."""
    allocate = ctypes.CDLL(None).malloc
    allocate.restype, allocate.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    if not allocate(103_079_215_080):
        os.abort()


def _hang_in_c() -> None:
    """Hang with Python's lock held, so that no thread of the process can do anything."""
    ctypes.PyDLL(None).pause()


def _abort_once(marker: str) -> None:
    """Abort at the first call, as if something else had killed the process."""
    if not os.path.exists(marker):
        open(marker, "w").close()
        os.abort()


def _count_and_abort(counter: str) -> None:
    """Abort, and leave a letter for each call in a file."""
    with open(counter, "a", encoding="utf-8") as file:
        file.write("x")
    os.abort()


ACTIONS: dict[str, Callable[..., Any]] = {
    "abort": os.abort,
    "abort_once": _abort_once,
    "count_and_abort": _count_and_abort,
    "exit": lambda: os._exit(3),
    "eat": _eat,
    "eat_in_c": _eat_in_c,
    "hang": lambda: time.sleep(600),
    "hang_in_c": _hang_in_c,
    "divide": lambda: 1 / 0,
    "print": lambda: print("noise", flush=True),  # noqa: T201
    "environment": lambda name: None if os.environ.get(name) is None else 1 / 0,
    "full_disk": lambda: (_ for _ in ()).throw(OSError(28, "No space left on device")),
}
