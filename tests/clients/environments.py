"""Clients' own environments: what analysts have, fetched once, by exact versions and hashes."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from orchestration.settings import PROJECT_DIR

CACHE_DIR = PROJECT_DIR / ".cache"
LOCKS_DIR = Path(__file__).parent


def wheels(name: str) -> Path | None:
    """Return a folder with the wheels of a lock file, such as duckdb-1.4; None when they cannot be fetched."""
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--upgrade"]
    folder = f"{name}-py{sys.version_info.major}.{sys.version_info.minor}"
    return _fetched(folder, lambda partial: [*install, "--target", str(partial), "-r", str(LOCKS_DIR / f"{name}.lock")])


def node_modules() -> Path | None:
    """Return a folder with the packages of node/package-lock.json; None when they cannot be fetched."""

    def install(partial: Path) -> list[str]:
        partial.mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            (partial / name).write_bytes((LOCKS_DIR / "node" / name).read_bytes())
        return ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(partial)]

    return _fetched("node-duckdb", install)


def _fetched(name: str, command: Callable[[Path], list[str]]) -> Path | None:
    target = CACHE_DIR / name
    CACHE_DIR.mkdir(exist_ok=True)
    with FileLock(CACHE_DIR / f"{name}.lock"):
        if not target.exists():
            partial = target.with_suffix(".partial")
            try:
                if subprocess.run(command(partial), check=False).returncode:
                    return None
            except FileNotFoundError:
                return None
            partial.rename(target)
    return target


def with_wheels(folder: Path | None) -> dict[str, str]:
    """Return the environment in which Python finds the wheels of a folder first, and this project."""
    paths = [str(path) for path in (folder, PROJECT_DIR) if path]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
