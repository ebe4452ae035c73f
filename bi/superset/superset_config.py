"""Superset's configuration; `entrepot superset` starts it with SUPERSET_CONFIG_PATH pointing at this file.

Superset reads every name in capitals. Settings that are not here keep Superset's defaults.
"""

import hashlib
import os
import sys
from collections.abc import Callable, Iterable
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool
from sqlglot import exp

sys.path.append(str(Path(__file__).resolve().parents[2]))
from orchestration.serving.http import same_origin

_FOLDER = Path(os.environ["ENTREPOT_HOME"]) / "superset"
_WAREHOUSE = make_url(os.environ["ENTREPOT_SUPERSET_WAREHOUSE"])

SECRET_KEY = (_FOLDER / "secret_key").read_text().strip()
SQLALCHEMY_DATABASE_URI = f"sqlite:///{_FOLDER / 'metadata.db'}"

# Features that are off, whose default secrets are known to everyone.
GUEST_TOKEN_JWT_SECRET = hashlib.sha256(f"guest {SECRET_KEY}".encode()).hexdigest()
GLOBAL_ASYNC_QUERIES_JWT_SECRET = hashlib.sha256(f"async {SECRET_KEY}".encode()).hexdigest()

ALEMBIC_SKIP_LOG_CONFIG = True
LOG_LEVEL = "WARNING"

APP_NAME = "Entrepot"
ROW_LIMIT = 10_000
SQL_MAX_ROW = 100_000
SQLLAB_TIMEOUT = 30

# Nothing is cached: the next query after a release sees the release. The marts answer in milliseconds.
DATA_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}

# DuckDB, opened so that SQL cannot reach files, extensions, the network or these settings themselves.
_DUCKDB = {
    "read_only": True,
    "config": {
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "memory_limit": "2GB",
        "temp_directory": str(_FOLDER / "spill"),
        "lock_configuration": "true",
    },
}
# PostgreSQL: the role in the URL should be read-only; these sessions are read-only whatever its rights.
_READ_ONLY = "-c default_transaction_read_only=on -c statement_timeout=30000"
_XML = ("xml", "xmlschema", "xml_and_xmlschema")
_LOCKS = (("", "_xact"), ("", "_shared"))
# With these functions a query could lift its session's limits, run SQL that is hidden in a text, take locks, wait, or
# reach files and other servers. They are refused whether or not the role may call them.
DISALLOWED_SQL_FUNCTIONS = {
    "postgresql": {
        *("set_config", "dblink", "dblink_exec", "pg_notify", "ts_stat", "ts_rewrite", "xpath_table"),
        *("lo_import", "lo_export", "lo_create", "lo_creat", "lo_open", "lo_close", "lo_get", "lo_put", "lo_unlink"),
        *("lo_from_bytea", "lo_truncate", "lo_truncate64", "lo_lseek", "lo_lseek64", "lo_tell", "lo_tell64"),
        *("loread", "lowrite"),
        *(
            "pg_read_file",
            "pg_read_file_old",
            "pg_read_binary_file",
            "pg_stat_file",
            "pg_file_write",
            "pg_current_logfile",
        ),
        *("pg_ls_dir", "pg_ls_logdir", "pg_ls_waldir", "pg_ls_tmpdir", "pg_ls_archive_statusdir"),
        *("pg_ls_logicalmapdir", "pg_ls_logicalsnapdir", "pg_ls_replslotdir"),
        *(f"query_to_{form}" for form in _XML),
        *(f"{what}_to_{form}" for what in ("table", "schema", "database", "cursor") for form in _XML),
        *("pg_sleep", "pg_sleep_for", "pg_sleep_until"),
        *("pg_terminate_backend", "pg_cancel_backend", "pg_reload_conf", "pg_rotate_logfile", "pg_promote"),
        *("pg_switch_wal", "pg_create_restore_point", "pg_logical_emit_message", "pg_export_snapshot"),
        *(f"pg{attempt}_advisory{until}_lock{mode}" for attempt, until, mode in product(("", "_try"), *_LOCKS)),
        *("pg_advisory_unlock", "pg_advisory_unlock_shared", "pg_advisory_unlock_all"),
    },
}

# Every request must be signed in, and pages of other origins can't read answers. `Lax`, and a name of its
# own: cookies are shared by all ports of a host.
PUBLIC_ROLE_LIKE = None
ENABLE_CORS = False
WTF_CSRF_ENABLED = True
SESSION_COOKIE_NAME = "entrepot_superset"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
TALISMAN_ENABLED = True  # also if the environment says otherwise

# The browser may load from this server only: no tracking pixels, map tiles or fonts from elsewhere.
TALISMAN_CONFIG = {
    "content_security_policy": {
        "default-src": ["'self'"],
        "base-uri": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "frame-ancestors": ["'self'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": False,  # it serves on loopback, without TLS
    "session_cookie_secure": False,
}

_ALLOWED_HOSTS = frozenset(os.environ.get("ENTREPOT_ALLOWED_HOSTS", "").lower().replace(",", " ").split())
# Only pages may be opened by a link on another site.
_NOT_PAGES = ("/api/", "/logout")
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class RequestGuard:
    """Refuses requests by pages of other origins, also those that Superset exempts from its CSRF protection."""

    def __init__(self, app: Wsgi) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): [value]
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        try:
            same_origin.check(headers, _ALLOWED_HOSTS)
            is_page = environ["REQUEST_METHOD"] == "GET" and not environ["PATH_INFO"].startswith(_NOT_PAGES)
            if same_origin.is_foreign_link(headers) and not is_page:
                raise same_origin.Refused(same_origin.FOREIGN)
        except same_origin.Refused as refused:
            start_response(f"{refused.status} Refused", [("Content-Type", "text/plain")])
            return [f"{refused}\n".encode()]
        return self.app(environ, start_response)


ADDITIONAL_MIDDLEWARE = [RequestGuard]

# DuckDB's types of statements that only read; `MULTI` is a pivot, which DuckDB splits into two statements.
_READING = {"SELECT", "EXPLAIN", "MULTI"}


def SQL_QUERY_MUTATOR(sql: str, **context: Any) -> str:  # noqa: N802 - Superset's name
    """Return the SQL unchanged if it only reads: a check in addition to the database's own protection.

    Raises ValueError for any other statement: SET, PRAGMA, COPY, ATTACH, LOAD, CALL, transactions, DDL, DML.
    """
    if context["database"].backend == "duckdb":
        kinds = {statement.type.name for statement in duckdb.extract_statements(sql)}
    else:
        parsed = sqlglot.parse(sql, dialect="postgres")
        kinds = {"SELECT" if isinstance(each, exp.Query) else each.key.upper() for each in parsed if each}
    if refused := kinds - _READING:
        raise ValueError(f"Only queries run here, and this is {', '.join(sorted(refused))}.")
    return sql


def DB_CONNECTION_MUTATOR(  # noqa: N802 - Superset's name
    url: URL, params: dict[str, Any], *_: Any
) -> tuple[URL, dict[str, Any]]:
    """Allow connections to the warehouse only, always read-only, whatever a database's settings in Superset are.

    Each query opens a new connection (no pool) to the release that `current` points to at that moment: a pooled
    connection would keep showing the release that it was opened on.

    Raises ValueError for any other address, also in "Test connection".
    """
    if url != _WAREHOUSE:
        raise ValueError("Only the warehouse can be connected to from here.")
    if url.get_backend_name() == "duckdb":
        release = Path(url.database or "").resolve()
        return url.set(database=str(release)), {"poolclass": NullPool, "connect_args": _DUCKDB}
    # Superset passes the schema chosen in SQL Lab as a search path in `options`; later options override earlier ones.
    given = params.get("connect_args", {}).get("options", "")
    return url, {"poolclass": NullPool, "connect_args": {"options": f"{given} {_READ_ONLY}"}}
