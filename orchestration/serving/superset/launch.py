"""Start Superset: create its secrets, set its environment variables, and replace this process with it.

Superset has its own virtual environment, because its dependencies conflict with Dagster's; `make superset` installs it
from bi/superset/requirements.lock. Everything that Superset writes is under `<home>/superset/`.
"""

import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from orchestration import releases
from orchestration.serving.http import ports
from orchestration.serving.superset.datasets import BUNDLE
from orchestration.settings import PROJECT_DIR, Settings

PYTHON = PROJECT_DIR / ".venv-superset" / "bin" / "python"


class SupersetUnavailable(Exception):
    """Superset cannot be started; the message says why and what to do."""


def folder(settings: Settings) -> Path:
    """Return the folder for Superset's secrets and its own database."""
    return settings.home / "superset"


def warehouse_url(settings: Settings) -> str:
    """Return the SQLAlchemy URL of the database that Superset shows: PostgreSQL if configured, or the current release.

    Raises releases.NoRelease when nothing was published yet.
    """
    if settings.superset_postgres_url:
        return settings.superset_postgres_url.get_secret_value()
    releases.current_release(settings.current)
    return f"duckdb:///{settings.current / 'warehouse.duckdb'}"


def read_or_create_secret(path: Path) -> tuple[str, bool]:
    """Return the secret in a file (mode 0600), and True if it was created now."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip(), False
    created = secrets.token_urlsafe(24)
    with os.fdopen(descriptor, "w") as file:
        file.write(created + "\n")
    return created, True


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment of Superset's process: this process's variables, and where the warehouse is."""
    return {
        **os.environ,
        "ENTREPOT_HOME": str(settings.home),
        "ENTREPOT_SUPERSET_WAREHOUSE": warehouse_url(settings),
        "ENTREPOT_ALLOWED_HOSTS": settings.allowed_hosts,
        "SUPERSET_CONFIG_PATH": str(BUNDLE / "superset_config.py"),
    }


def start(settings: Settings, port: int, show: Callable[[str], None]) -> NoReturn:
    """Replace this process with Superset, on a port of 127.0.0.1. No parent process remains, so Ctrl-C ends Superset.

    Args:
        settings: Where the home and the warehouse are.
        port: The port of 127.0.0.1 to listen on.
        show: Is called with the password of `admin`, once, when it is created.

    Raises:
        SupersetUnavailable: Its environment is not installed.
        ports.PortUnavailable: The port is in use, or not available to this user.
        releases.NoRelease: Nothing was published yet.
    """
    if not PYTHON.exists():
        raise SupersetUnavailable(f"Superset is not installed in {PYTHON.parent}; run `make superset`")
    with ports.claimed(port) as sockets:
        variables = environment(settings)
        read_or_create_secret(folder(settings) / "secret_key")
        password, is_new = read_or_create_secret(folder(settings) / "admin_password")
        if is_new:
            show(f"user admin, password {password}, shown this once and kept in {folder(settings) / 'admin_password'}")
        sys.stdout.flush()
        for listener in sockets:
            listener.set_inheritable(True)
        numbers = [str(listener.fileno()) for listener in sockets]
        os.execve(PYTHON, [str(PYTHON), str(BUNDLE / "server.py"), str(port), *numbers], variables)  # noqa: S606
