"""A connection to PostgreSQL: TLS unless it stays on this machine, fixed forms for text, errors without a password."""

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from orchestration.serving.postgres.errors import PostgresError, PostgresUnavailable

CONNECT_SECONDS = 10
# How values become text and back, whatever the role's or the database's own settings.
FORMS = """
set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set extra_float_digits = 1; set search_path = pg_catalog;
set statement_timeout = 0; set lock_timeout = 0; set idle_in_transaction_session_timeout = 0
"""


@contextmanager
def connect(url: str) -> Iterator[psycopg.Connection]:
    """Give a connection in one transaction, which is committed at the end, or rolled back when the block raises.

    Raises PostgresUnavailable when no connection comes about, PostgresError for what the server refuses later.
    """
    try:
        connection = psycopg.connect(
            url, connect_timeout=CONNECT_SECONDS, application_name="entrepot", client_encoding="utf8", **tls(url)
        )
    except psycopg.Error as error:
        remedy = "Start the server, or correct ENTREPOT_POSTGRES_URL; then run `entrepot postgres load`."
        raise PostgresUnavailable(f"no connection ({_said(error)})", place(url), remedy) from None
    try:
        with connection:
            connection.execute(FORMS)
            yield connection
    except psycopg.Error as error:
        remedy = "What was loaded before is as it was. Mend the cause, then run `entrepot postgres load`."
        raise PostgresError(f"PostgreSQL refused: {_said(error)}", place(url), remedy) from error


def place(url: str) -> str:
    """Return where a URL leads, for people: role, host, port and database, and nothing else that it says."""
    parts = conninfo_to_dict(url)
    host = parts.get("host") or parts.get("hostaddr") or ""
    return f"postgresql://{parts.get('user', '')}@{host}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"


def tls(url: str) -> dict[str, Any]:
    """Return what asks for TLS on the way to another machine, where the URL does not say what it wants."""
    parts = conninfo_to_dict(url)
    hosts = str(parts.get("hostaddr") or parts.get("host") or "").split(",")
    if "sslmode" in parts or all(_is_here(host) for host in hosts):
        return {}
    return {"sslmode": "require"}


def _is_here(host: str) -> bool:
    if host in ("", "localhost") or host.startswith(("/", "@")):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _said(error: psycopg.Error) -> str:
    """Return what the server says in a line: message, detail, and where in the data it was."""
    diagnosis = error.diag
    parts = (diagnosis.message_primary, diagnosis.message_detail, (diagnosis.context or "").partition("\n")[0])
    return "; ".join(part.replace("\n", ", ") for part in parts if part) or str(error).partition("\n")[0]
