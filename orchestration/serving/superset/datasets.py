"""The datasets of the Superset bundle: one for each mart, with the release's own descriptions, and a few queries.

Columns and descriptions come from the release. The parts of a dataset's file that are edited manually (its metrics, and
the `sql` of a query) are kept when the file is written again.
"""

import re
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import yaml
from duckdb import DuckDBPyConnection

from orchestration.releases.column_units import UNITS_BY_ENDING, unit_ending
from orchestration.settings import PROJECT_DIR

BUNDLE = PROJECT_DIR / "bi" / "superset"
DATASETS = BUNDLE / "datasets" / "warehouse"
HEADER = "# Written by `entrepot superset --datasets` from the release; only `metrics` and `sql` are edited manually.\n"
# A dataset's time axis is the first of these columns that it has.
TIME_AXES = ("month", "day", "period_start")
# Parts of column names that a label writes in another way.
WORDS = {
    "hkd": "HK$",
    "usd": "US$",
    "yoy": "on the year",
    "mom": "on the month",
    "pct": "%",
    "oz": "ounce",
    "id": "identifier",
    "url": "address",
    "ai": "AI",
    "bop": "balance of payments",
    "csd": "C&SD",
    "hibor": "HIBOR",
    "hs": "HS",
}


def verbose_name(column: str) -> str:
    """Return a column's name in words, with its unit after a comma: `balance_hkd_mn` is `Balance, HK$ million`."""
    stem, of, whole = column.partition("_pct_of_")
    if of:
        return f"{_words(stem)}, % of {whole.replace('_', ' ')}"
    ending = unit_ending(column)
    if ending and (label := UNITS_BY_ENDING[ending].label):
        return f"{_words(column.removesuffix(ending))}, {label}"
    return _words(column)


def _words(name: str) -> str:
    """Return a name with spaces, the words of WORDS replaced, and a capital first letter."""
    text = " ".join(WORDS.get(word, word) for word in name.split("_"))
    return text[0].upper() + text[1:]


def _comments(connection: DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Return the release's description of each column of each mart, by table and column."""
    comments: dict[str, dict[str, str]] = {}
    query = "select table_name, column_name, comment from duckdb_columns() where schema_name = 'marts'"
    for table, column, comment in connection.execute(query).fetchall():
        comments.setdefault(table, {})[column] = comment or ""
    return comments


def _columns(connection: DuckDBPyConnection, source: str, comments: dict[str, str]) -> list[dict[str, Any]]:
    described = connection.execute(f"describe {source}").fetchall()
    return [
        {
            "column_name": name,
            "verbose_name": verbose_name(name),
            "description": comments.get(name, ""),
            "type": kind,
            "is_dttm": kind == "DATE",
        }
        for name, kind, *_ in described
    ]


def _dataset(connection: DuckDBPyConnection, name: str, kept: dict[str, Any], description: str) -> dict[str, Any]:
    """Return a dataset in Superset's import format; `kept` is the content of its present file, empty without one."""
    sql = kept.get("sql")
    all_comments = _comments(connection)
    # A query's columns have the descriptions of the marts it reads; where two have a column, the first one counts.
    marts = re.findall(r"\bmarts\.(\w+)", sql) if sql else [name]
    comments = {column: text for mart in reversed(marts) for column, text in all_comments[mart].items()}
    columns = _columns(connection, f"({sql})" if sql else f"marts.{name}", comments)
    # A column that only the query computes is described in the dataset's file.
    kept_descriptions = {old["column_name"]: old["description"] for old in kept.get("columns", [])}
    for column in columns:
        column["description"] = column["description"] or kept_descriptions.get(column["column_name"], "")
    names = [column["column_name"] for column in columns]
    return {
        "table_name": name,
        "schema": "marts",
        "catalog": None,
        "description": description,
        "main_dttm_col": next((axis for axis in TIME_AXES if axis in names), None),
        "filter_select_enabled": True,
        "normalize_columns": False,
        "sql": sql,
        "metrics": kept.get("metrics", []),
        "columns": columns,
        "uuid": str(uuid5(NAMESPACE_URL, f"entrepot/superset/dataset/{name}")),
        "database_uuid": _database_uuid(),
        "version": "1.0.0",
    }


def _database_uuid() -> str:
    return str(yaml.safe_load((BUNDLE / "databases" / "warehouse.yaml").read_text())["uuid"])


class _ReadableDumper(yaml.SafeDumper):
    """Writes text of several lines as a block, and indents lists under their key."""

    def increase_indent(self, flow: bool = False, *_: bool, **__: bool) -> None:
        super().increase_indent(flow, indentless=False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_ReadableDumper.add_representer(str, _text)


def datasets(connection: DuckDBPyConnection, folder: Path = DATASETS) -> dict[str, str]:
    """Return the text of each dataset's file by file name: every mart of the release, and the queries in the folder."""
    present = {path.stem: yaml.safe_load(path.read_text()) for path in sorted(folder.glob("*.yaml"))}
    marts = dict(
        connection.execute("select table_name, comment from duckdb_tables() where schema_name = 'marts'").fetchall()
    )
    queries = {name: kept["description"] for name, kept in present.items() if kept.get("sql")}
    return {
        f"{name}.yaml": HEADER
        + yaml.dump(
            _dataset(connection, name, present.get(name, {}), description or ""),
            Dumper=_ReadableDumper,
            sort_keys=False,
            allow_unicode=True,
            width=110,
        )
        for name, description in sorted({**marts, **queries}.items())
    }


def write_datasets(connection: DuckDBPyConnection, folder: Path = DATASETS) -> list[Path]:
    """Write the datasets' files from a release and return them. Files of marts that no longer exist are deleted."""
    files = datasets(connection, folder)
    for path in folder.glob("*.yaml"):
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        (folder / name).write_text(text)
    return [folder / name for name in files]
