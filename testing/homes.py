"""Homes with a built warehouse, and the change to the record that makes the next build publish a new release."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from testing.commands import run_entrepot


def build_home(home: Path, **environment: str) -> None:
    """Build a home with `entrepot build`, in a process of its own."""
    built = run_entrepot(home, "build", **environment)
    assert built.returncode == 0, built.stderr


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that one worker of pytest makes for all of them."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with FileLock(shared / f"{name}.lock"):
        if not (shared / f"{name}.done").exists():
            make(shared / name)
            (shared / f"{name}.done").touch()
    return shared / name


def revise(figures: Path, tenths: int = 8) -> None:
    """Change one press figure of the record, -59.9, in a copy of its files."""
    path = figures / "trade_totals_press.csv"
    text = path.read_text()
    changed = text.replace("2017-12,balance,-59.9,", f"2017-12,balance,-59.{tenths},")
    assert changed != text
    path.write_text(changed)
