"""A connection to PostgreSQL: TLS except to this machine, fixed text formats, and errors without the password."""

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from orchestration.serving.postgres.errors import PostgresError, PostgresUnavailable

CONNECT_SECONDS = 10
APPLICATION = "entrepot"
NO_SLOTS = ("too many clients", "too many connections", "remaining connection slots")  # no code comes with them
# Fixed conversion of values to text and back, whatever the settings of the role or database.
FORMATS = """
set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set extra_float_digits = 1; set search_path = pg_catalog;
set statement_timeout = 0; set lock_timeout = 0; set idle_in_transaction_session_timeout = 0
"""


@contextmanager
def connect(url: str) -> Iterator[psycopg.Connection]:
    """Yield a connection in one transaction: committed at the end of the block, or rolled back if the block raises.

    Raises PostgresUnavailable if the connection fails, PostgresError if the server rejects a statement.
    """
    try:
        connection = psycopg.connect(
            url, connect_timeout=CONNECT_SECONDS, application_name=APPLICATION, client_encoding="utf8", **tls(url)
        )
    except psycopg.Error as error:
        remedy = "Start the server, or correct ENTREPOT_POSTGRES_URL; then run `entrepot postgres load`."
        if any(text in str(error) for text in NO_SLOTS):
            remedy = "End sessions of readers, and limit their number with `alter role ... connection limit 20`."
        raise PostgresUnavailable(f"no connection ({_message(error)})", place(url), remedy) from None
    try:
        with connection:
            connection.execute(FORMATS)
            yield connection
    except psycopg.Error as error:
        remedy = "The release loaded before is unchanged. Fix the cause, then run `entrepot postgres load`."
        raise PostgresError(f"PostgreSQL refused: {_message(error)}", place(url), remedy) from error


def place(url: str) -> str:
    """Return a URL for messages: role, host, port and database, without the password and other parameters."""
    parts = conninfo_to_dict(url)
    host = parts.get("host") or parts.get("hostaddr") or ""
    return f"postgresql://{parts.get('user', '')}@{host}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"


def tls(url: str) -> dict[str, Any]:
    """Return the connection parameters that require TLS to another machine, unless the URL sets `sslmode` itself."""
    parts = conninfo_to_dict(url)
    hosts = str(parts.get("hostaddr") or parts.get("host") or "").split(",")
    if "sslmode" in parts or all(_is_local(host) for host in hosts):
        return {}
    return {"sslmode": "require"}


def _is_local(host: str) -> bool:
    if host in ("", "localhost") or host.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _message(error: psycopg.Error) -> str:
    """Return the server's error in one line: message, detail, and position in the data."""
    diagnosis = error.diag
    parts = (diagnosis.message_primary, diagnosis.message_detail, (diagnosis.context or "").partition("\n")[0])
    return "; ".join(part.replace("\n", ", ") for part in parts if part) or str(error).partition("\n")[0]
