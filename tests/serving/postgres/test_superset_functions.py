"""Superset refuses every function of PostgreSQL that runs hidden SQL, takes locks, waits, or reaches files."""

import ast
from itertools import product

import psycopg
import pytest

from orchestration.settings import PROJECT_DIR
from testing.postgres_server import Server

pytestmark = pytest.mark.xdist_group("postgres")

FUNCTIONS = """
    select distinct proname from pg_proc
    where proname ~ '(_to_xml|_to_xmlschema|_xml_and_xmlschema)$' or proname ~ 'advisory' or proname ~ '^pg_sleep'
    or proname ~ '^(lo_.*|loread|lowrite)$' or proname ~ '^pg_(ls_|read|stat_file)'
    or proname in ('ts_stat', 'ts_rewrite', 'set_config', 'pg_terminate_backend', 'pg_cancel_backend')
"""

ASSIGNED = ("_XML", "_LOCKS", "DISALLOWED_SQL_FUNCTIONS")


def refused() -> set[str]:
    """Return the functions that Superset's configuration lists, without importing it."""
    tree = ast.parse((PROJECT_DIR / "bi" / "superset" / "superset_config.py").read_text())
    names: dict[str, object] = {"product": product}
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in (
            "_XML",
            "_LOCKS",
            "DISALLOWED_SQL_FUNCTIONS",
        ):
            exec(compile(ast.Module([node], []), "superset_config.py", "exec"), names)  # noqa: S102 - this project's own
    listed = names["DISALLOWED_SQL_FUNCTIONS"]
    assert isinstance(listed, dict)
    return set(listed["postgresql"])


def test_superset_refuses_every_such_function(postgres: Server) -> None:
    with psycopg.connect(postgres.reader) as connection:
        found = {name for (name,) in connection.execute(FUNCTIONS).fetchall()}
    assert {"query_to_xml_and_xmlschema", "pg_try_advisory_xact_lock_shared", "pg_sleep_until", "lo_import"} <= found
    assert sorted(found - refused()) == []
