"""A real PostgreSQL server on loopback, set up by the administrator's script in docs/bi.md, and deleted afterwards."""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from orchestration.settings import PROJECT_DIR

ROLES = ("entrepot_loader", "bi")
START_SECONDS = 30


@dataclass(frozen=True)
class Server:
    """A server, with the addresses of its administrator, of the role that loads, and of a reader."""

    port: int
    passwords: dict[str, str] = field(repr=False)

    def url(self, role: str, database: str = "entrepot") -> str:
        return f"postgresql://{role}:{self.passwords[role]}@127.0.0.1:{self.port}/{database}"

    @property
    def admin(self) -> str:
        return self.url("postgres")

    @property
    def loader(self) -> str:
        return self.url("entrepot_loader")

    @property
    def reader(self) -> str:
        return self.url("bi")


def programs() -> Path | None:
    """Return the folder of the newest installed server: Debian's folder, or one on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    initdb = found[-1] if found else Path(on_path) if on_path else None
    # PostgreSQL refuses to run as root: then the user postgres runs it.
    return initdb.parent if initdb and (os.getuid() != 0 or shutil.which("setpriv")) else None


@contextmanager
def running(binaries: Path) -> Iterator[Server]:
    """Run a server in a new folder until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="entrepot-postgres-"))
    try:
        if os.getuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        passwords = {role: secrets.token_urlsafe(16) for role in ("postgres", *ROLES)}
        _initialise(binaries, folder, passwords["postgres"])
        server = Server(_free_port(), passwords)
        with _started(binaries, folder, server):
            _set_up(server)
            yield server
    finally:
        shutil.rmtree(folder)


def _as_user() -> list[str]:
    user = ["--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
    # The server ends when this process is killed.
    return ["setpriv", "--pdeathsig", "INT", *user] if shutil.which("setpriv") else []


def _initialise(binaries: Path, folder: Path, password: str) -> None:
    secret = folder / "password"
    secret.write_text(password)
    secret.chmod(0o644)
    command = [
        *(*_as_user(), str(binaries / "initdb"), "-D", str(folder / "data"), "-U", "postgres", "--no-sync"),
        *("-E", "UTF8", "--locale", "C.UTF-8", "--auth", "scram-sha-256", "--pwfile", str(secret)),
    ]
    subprocess.run(command, check=True, capture_output=True, cwd="/")
    secret.unlink()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _started(binaries: Path, folder: Path, server: Server) -> Iterator[None]:
    options = {
        "listen_addresses": "127.0.0.1",
        "port": server.port,
        "unix_socket_directories": "",
        "fsync": "off",
        "shared_buffers": "64MB",
    }
    flags = [flag for name, value in options.items() for flag in ("-c", f"{name}={value}")]
    command = [*_as_user(), str(binaries / "postgres"), "-D", str(folder / "data"), *flags]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
        try:
            _wait_for(server, process, folder / "server.log")
            yield
        finally:
            process.send_signal(signal.SIGQUIT)  # at once: its data are deleted too
            process.wait(30)


def _wait_for(server: Server, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(server.url("postgres", "postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        else:
            return


def _set_up(server: Server) -> None:
    """Run the administrator's script of docs/bi.md with psql, and set the passwords."""
    [script] = re.findall(r"```psql\n(.*?)```", (PROJECT_DIR / "docs" / "bi.md").read_text(), re.DOTALL)
    passwords = "".join(f"alter role {role} password '{server.passwords[role]}';\n" for role in ROLES)
    psql(server.url("postgres", "postgres"), re.sub(r"\\password \w+\n", "", script) + passwords)


def emptied(server: Server) -> Server:
    """Drop the release that a server has."""
    with psycopg.connect(server.loader) as connection:
        connection.execute("drop schema if exists marts, reference cascade")
    return server


def psql(url: str, script: str) -> str:
    """Return what psql prints for a script. Raises CalledProcessError at its first error."""
    command = ["psql", "--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1", "-f", "-", url]
    return subprocess.run(command, input=script, capture_output=True, text=True, check=True, timeout=60).stdout
