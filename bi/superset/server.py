"""Prepare Superset's own database, import the changed files of the bundle in this folder, and serve.

It runs in Superset's virtual environment; `entrepot superset` starts it with a port and the descriptors of the sockets
that listen on it. The application is created once, for both preparing and serving, because importing it takes most of
the start time.
"""

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any, TextIO

BUNDLE = Path(__file__).resolve().parent
FOLDER = Path(os.environ["ENTREPOT_HOME"]) / "superset"
STATE = FOLDER / "prepared.json"
WAREHOUSE_FILE = "databases/warehouse.yaml"
PLACEHOLDER = "duckdb:////current/warehouse.duckdb"


def bundle(warehouse: str) -> dict[str, str]:
    """Return the bundle's files by path, with the placeholder replaced by the address of the warehouse.

    Raises ValueError when the bundle's database does not have the placeholder.
    """
    files = {str(path.relative_to(BUNDLE)): path.read_text() for path in sorted(BUNDLE.rglob("*.yaml"))}
    if PLACEHOLDER not in files[WAREHOUSE_FILE]:
        raise ValueError(f"{WAREHOUSE_FILE} must have the address {PLACEHOLDER}")
    files[WAREHOUSE_FILE] = files[WAREHOUSE_FILE].replace(PLACEHOLDER, json.dumps(warehouse))
    return files


def fingerprint(text: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_state() -> dict[str, Any]:
    """Return what the last start prepared: `lock` and `files`, as fingerprints; empty before the first start."""
    return json.loads(STATE.read_text()) if STATE.exists() else {}


def write_state(**state: Any) -> None:
    """Update the given keys of the state file."""
    STATE.write_text(json.dumps({**read_state(), **state}, indent=1))


def set_up(app: Any) -> None:
    """Create or upgrade the metadata database, the roles and the user `admin`, if requirements.lock has changed."""
    lock = fingerprint((BUNDLE / "requirements.lock").read_text())
    if read_state().get("lock") == lock:
        return
    from flask_migrate import upgrade
    from superset import security_manager

    upgrade()
    app.appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    if not security_manager.find_user("admin"):
        password = (FOLDER / "admin_password").read_text().strip()
        role = security_manager.find_role("Admin")
        # Superset requires an email address; it is never used.
        security_manager.add_user("admin", "Entrepot", "Admin", "admin@localhost", role, password=password)
    write_state(lock=lock)


def import_changed(files: dict[str, str]) -> list[str]:
    """Import the files that changed since the last import; return their paths."""
    from flask import g
    from superset import security_manager
    from superset.commands.importers.v1.assets import ImportAssetsCommand

    known = read_state().get("files", {})
    now = {path: fingerprint(text) for path, text in files.items()}
    changed = [path for path in files if known.get(path) != now[path] and path != "metadata.yaml"]
    if changed:
        g.user = security_manager.find_user("admin")
        contents = {path: files[path] for path in ("metadata.yaml", *changed)}
        ImportAssetsCommand(contents, sparse=bool(known)).run()
        write_state(files=now)
    return changed


def serve(app: Any, descriptors: list[int]) -> None:
    """Serve on sockets that listen already until SIGINT or SIGTERM.

    One process with threads is enough: requests mostly wait for queries.
    """
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            self.cfg.set("bind", [f"fd://{descriptor}" for descriptor in descriptors])
            self.cfg.set("worker_class", "gthread")
            self.cfg.set("threads", 8)
            self.cfg.set("timeout", 120)
            self.cfg.set("graceful_timeout", 2)
            self.cfg.set("loglevel", "warning")

        def load(self) -> Any:
            return app

    sys.argv = sys.argv[:1]  # Gunicorn reads settings from there too
    Server().run()


def divert_output() -> TextIO:
    """Redirect Superset's output, mostly warnings of migrations, to superset.log; return a stream to the terminal."""
    terminal = os.fdopen(os.dup(1), "w", buffering=1)
    log = os.open(FOLDER / "superset.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(log, stream)
    return terminal


def main() -> None:
    """Prepare Superset and serve it on the port and sockets in the command line."""
    os.umask(0o077)
    port, *descriptors = map(int, sys.argv[1:])
    terminal = divert_output()
    try:
        from superset.app import create_app

        app = create_app()
        with app.app_context():
            set_up(app)
            changed = import_changed(bundle(os.environ["ENTREPOT_SUPERSET_WAREHOUSE"]))
    except Exception as error:
        terminal.write(f"error Superset cannot be prepared: {error} More in {FOLDER / 'superset.log'}\n")
        raise
    terminal.write(
        f"{len(changed)} changed files of the bundle imported; Superset's log is {FOLDER / 'superset.log'}\n"
    )
    terminal.write(f"http://127.0.0.1:{port}/superset/dashboard/entrepot/ shows the dashboard; Ctrl-C ends it\n")
    serve(app, descriptors)


if __name__ == "__main__":
    main()
