"""A published file, opened with the DuckDB versions that analysts have, and made with the oldest that we support."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.releases import Release
from testing.release_builds import publish_changed
from tests.clients.environments import wheels, with_wheels

pytestmark = pytest.mark.slow

READ = """
import json, sys
import duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
def rows(query):
    return [[str(value) for value in row] for row in connection.execute(query).fetchall()]
print(json.dumps({
    "version": duckdb.__version__,
    "balance": rows("from marts.balance order by month, flow"),
    "view": rows("select value_hkd_mn from marts.exports_only"),
    "comments": rows("select comment from duckdb_tables() where comment is not null order by 1"),
    "column comments": rows("select comment from duckdb_columns() where comment is not null"),
    "keys": rows("from duckdb_constraints() select constraint_text where constraint_type = 'PRIMARY KEY' order by 1"),
}))
"""
PUBLISH = """
import json, sys
from pathlib import Path
import duckdb
from testing.release_builds import publish_changed
release = publish_changed(Path(sys.argv[1]), sys.argv[2])
print(json.dumps({"version": duckdb.__version__, "hashes": release.content_hashes, "content": release.content_id}))
"""
# Numbers whose shortest text is easy to get wrong.
DOUBLES = """
create table marts.doubles as
select i, i / 7.0 * pow(10, i % 40 - 20) as d, (i / 3)::float as f, timestamp '2026-01-01' + to_microseconds(i) as t
from (select range as i from range(-3000, 3000));
insert into marts.doubles (d)
values (0.0), (-0.0), ('inf'), ('nan'), (1e15), (1e16), (1e-5), (123456789012345680), (0.1), (null)
"""


def run_with(folder: Path | None, script: str, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-c", script, *arguments]
    environment = with_wheels(folder)
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads(ran.stdout))


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return publish_changed(tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize(("version", "exact"), [("1.4", "1.4.4"), ("1.5", "1.5.6"), ("2.0", duckdb.__version__)])
def test_published_file_opens_with_its_tables_views_keys_and_comments(
    release: Release, version: str, exact: str, require: Callable[[bool, str], None]
) -> None:
    folder = None
    if exact != duckdb.__version__:
        folder = wheels(f"duckdb-{version}")
        require(folder is not None, f"the wheel of DuckDB {exact} cannot be fetched")
    read = run_with(folder, READ, str(release.database))
    assert read == {
        "version": exact,
        "balance": [
            ["2026-01-01", "imports", "534659.500", "None", "1"],
            ["2026-03-01", "imports", "707484.000", "41.2", "1"],
            ["2026-03-01", "total_exports", "618401.000", "35.8", "1"],
        ],
        "view": [["618401.000"]],
        "comments": [["""Grain: a month and flow. It's in HK$ million; "quoted"; é"""], ["Trade partners"]],
        "column comments": [["Value, HK$ million"]],
        "keys": [['PRIMARY KEY("month", flow)'], ["PRIMARY KEY(code)"]],
    }


def test_older_duckdb_makes_the_same_release(tmp_path: Path, require: Callable[[bool, str], None]) -> None:
    folder = wheels("duckdb-1.5")
    require(folder is not None, "the wheel of DuckDB 1.5.6 cannot be fetched")
    old = run_with(folder, PUBLISH, str(tmp_path / "old"), DOUBLES)
    new = run_with(None, PUBLISH, str(tmp_path / "new"), DOUBLES)
    assert (old.pop("version"), new.pop("version")) == ("1.5.6", duckdb.__version__)
    assert old == new
    (made,) = (tmp_path / "old" / "releases").glob("*/warehouse.duckdb")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{made}' as other (read_only)")
        assert connection.execute("select count(*) from other.marts.exports_only").fetchall() == [(1,)]
