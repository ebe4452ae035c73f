"""Start Superset: its folder under the home, its secrets, what it is told, and the process that it becomes.

Superset lives in an environment of its own (its dependencies and Dagster's do not go together), made by
`make superset` from bi/superset/requirements.lock. Everything that it writes is under `<home>/superset/`.
"""

import os
import secrets
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from orchestration import releases
from orchestration.serving.superset.datasets import BUNDLE
from orchestration.settings import PROJECT_DIR, Settings

PYTHON = PROJECT_DIR / ".venv-superset" / "bin" / "python"


class SupersetUnavailable(Exception):
    """Superset cannot be started; the message says why and what to do."""


def folder(settings: Settings) -> Path:
    return settings.home / "superset"


def warehouse_url(settings: Settings) -> str:
    """Return the SQLAlchemy address of what Superset shows: PostgreSQL when it is set, else the current release.

    Raises releases.NoRelease when there is no release yet to show.
    """
    if settings.superset_postgres_url:
        return settings.superset_postgres_url.get_secret_value()
    releases.current_release(settings.current)
    return f"duckdb:///{settings.current / 'warehouse.duckdb'}"


def secret(path: Path) -> tuple[str, bool]:
    """Return the secret of a file with mode 0600, and whether it was made just now."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip(), False
    made = secrets.token_urlsafe(24)
    with os.fdopen(descriptor, "w") as file:
        file.write(made + "\n")
    return made, True


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables of Superset's process: ours, and where the warehouse is."""
    return {
        **os.environ,
        "ENTREPOT_HOME": str(settings.home),
        "ENTREPOT_SUPERSET_WAREHOUSE": warehouse_url(settings),
        "SUPERSET_CONFIG_PATH": str(BUNDLE / "superset_config.py"),
    }


def start(settings: Settings, port: int, tell: Callable[[str], None]) -> NoReturn:
    """Become Superset, on a port of 127.0.0.1. Nothing is left beside it, so Ctrl-C ends all there is.

    The secrets that are missing are made, and the password of `admin` is told when it is new, this once.

    Raises SupersetUnavailable without its environment or when the port is taken, releases.NoRelease without a release.
    """
    if not PYTHON.exists():
        raise SupersetUnavailable(f"there is no Superset at {PYTHON.parent}; `make superset` sets it up")
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise SupersetUnavailable(f"port {port} is in use; end what serves there, or name another with --port")
    variables = environment(settings)
    secret(folder(settings) / "secret_key")
    password, is_new = secret(folder(settings) / "admin_password")
    if is_new:
        tell(f"user admin, password {password}, shown this once and kept in {folder(settings) / 'admin_password'}")
    sys.stdout.flush()
    os.execve(PYTHON, [str(PYTHON), str(BUNDLE / "server.py"), str(port)], variables)  # noqa: S606
