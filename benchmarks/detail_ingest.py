"""How fast a file of detail is imported into the lake, compared with DuckDB's own COPY of the same file.

Ours is the whole of `entrepot lake import`: the process, the archived copy of the bytes, every row checked against
the rules, sorted files of a month each, and their hashes. DuckDB's is a COPY in a process of its own, within the same
memory: to the same product, sorted and with the same columns; to months without sorting; and into a table.
"""

import shutil
import statistics
from collections.abc import Callable
from pathlib import Path

from benchmarks import children
from benchmarks.children import Cost
from orchestration.sources.lake_tables import TRADE_DETAIL

SOURCE_ID = "csd_trade_idds"
LAKE = "format parquet, parquet_version v2, compression zstd, row_group_size 122880, partition_by (month)"


def imported(file: Path, home: Path, memory_limit: str = children.MEMORY_LIMIT) -> Cost:
    """Import a file into a home."""
    words = ("lake", "import", "--source-id", SOURCE_ID, "--json", str(file))
    return children.entrepot(*words, home=home, memory_limit=memory_limit)


def entrepot(file: Path, parent: Path) -> Cost:
    """Import a file into an empty home."""
    return imported(file, _empty(parent / "ours"))


def same_product(file: Path, parent: Path) -> Cost:
    """Copy a file to months, sorted and with the columns that the lake adds."""
    home = _empty(parent / "theirs")
    added = f"'{SOURCE_ID}' as source_id, '0' as vintage, '0' as payload_sha256, 1::integer as line_number"
    rows = f"select *, {added} from {_reader(file)} order by month, {', '.join(TRADE_DETAIL.sorted_by)}"
    return children.sql(f"copy ({rows}) to '{home / 'lake'}' ({LAKE})", home=home)


def months(file: Path, parent: Path) -> Cost:
    """Copy a file to months, without sorting or added columns."""
    home = _empty(parent / "theirs")
    unordered = {"preserve_insertion_order": False}
    return children.sql(f"copy (from {_reader(file)}) to '{home / 'lake'}' ({LAKE})", home=home, settings=unordered)


def table(file: Path, parent: Path) -> Cost:
    """Copy a file into a table of a database."""
    home = _empty(parent / "theirs")
    statement = f"create table detail as from {_reader(file)}"
    return children.sql(statement, home=home, database=str(home / "table.duckdb"))


def _empty(home: Path) -> Path:
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    return home


def _reader(file: Path) -> str:
    if file.suffix == ".parquet":
        return f"read_parquet('{file}')"
    types = {name: kind for name, kind in TRADE_DETAIL.columns.items() if name != "line_number"}
    return f"read_csv('{file}', header = true, auto_detect = false, delim = ',', quote = '\"', columns = {types})"


WAYS: dict[str, Callable[[Path, Path], Cost]] = {
    "entrepot": entrepot,
    "same_product": same_product,
    "months": months,
    "table": table,
}


def measure(file: Path, rows: int, parent: Path, rounds: int) -> dict[str, float]:
    """Return medians of alternating rounds; rates compare ours with each of DuckDB's, round by round."""
    costs = [{way: run(file, parent) for way, run in WAYS.items()} for _ in range(rounds)]
    status = children.entrepot("lake", "status", "--json", home=parent / "ours")
    assert status.json()["held"][0]["rows"] == rows
    found: dict[str, float] = {"rows": rows, "megabytes": round(file.stat().st_size / 1e6, 1)}
    for way in WAYS:
        found[f"{way}_seconds"] = _median([cost[way].seconds for cost in costs])
        found[f"{way}_cpu_seconds"] = _median([cost[way].cpu_seconds for cost in costs])
        found[f"{way}_peak_mb"] = max(round(cost[way].peak_mb) for cost in costs)
    found["rows_a_second"] = round(rows / found["entrepot_seconds"])
    for way in list(WAYS)[1:]:
        found[f"rate_to_{way}"] = _median([cost[way].seconds / cost["entrepot"].seconds for cost in costs])
        found[f"cpu_rate_to_{way}"] = _median([cost[way].cpu_seconds / cost["entrepot"].cpu_seconds for cost in costs])
    return found


def _median(figures: list[float]) -> float:
    return round(statistics.median(figures), 2)
