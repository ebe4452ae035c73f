"""From a file of detail to sums by month, flow, HS chapter and partner: DuckDB as builds use it, pandas, and polars.

Each does the same work on the same file in a process of its own, and leaves the same rows. Seconds are those of the
work, from the file to the result in memory; starting Python and importing is apart, memory is of the whole process.
Values are whole thousands of HK dollars and weights whole kilograms, so that sums are exact in all three.
`python -m benchmarks.detail_aggregates` is one such process.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import children
from orchestration.sources.lake_tables import TRADE_DETAIL

KEYS = ("month", "flow", "chapter", "partner_code")
TEXTS, FIGURES = ("flow", "hs_code", "partner_code"), ("value", "weight_kg")
READ = ("month", *TEXTS, *FIGURES)
# What the models of the detail make of a value and a code, in HK dollars.
SUMS = """
select
    month, flow, substr(hs_code, 1, 2) as chapter, partner_code,
    sum(cast(floor(cast(value as double) / 1000 + 0.5) as bigint))::bigint as value_hkd_k,
    coalesce(sum(weight_kg), 0)::bigint as weight_kg
from {rows} group by all
"""
WRITTEN = """
select
    month::date as month, flow::varchar as flow, chapter::varchar as chapter, partner_code::varchar as partner_code,
    value_hkd_k::bigint as value_hkd_k, weight_kg::bigint as weight_kg
from {rows}
"""
SAYS = "select count(*), bit_xor(hash(s)), sum(value_hkd_k)::varchar from read_parquet('{path}') as s"


def of_duckdb(files: list[str]) -> Any:
    config: dict[str, Any] = {"memory_limit": children.MEMORY_LIMIT, "preserve_insertion_order": False}
    types = {name: kind for name, kind in TRADE_DETAIL.columns.items() if name != "line_number"}
    types |= dict.fromkeys(FIGURES, "double")  # of a CSV, as the others read them
    reader = (
        f"read_parquet({files})" if _is_parquet(files) else f"read_csv({files}, auto_detect = false, {_csv(types)})"
    )
    with duckdb.connect(config=config) as connection:
        return connection.sql(SUMS.format(rows=reader)).to_arrow_table()


def _csv(types: Mapping[str, str]) -> str:
    return f"header = true, delim = ',', quote = '\"', columns = {dict(types)}"


def of_pandas(files: list[str]) -> Any:
    """Sum with pandas: Parquet as Arrow reads it, CSV with pandas' own reader; texts as categories."""
    import pandas as pd

    if _is_parquet(files):
        return _sums(_frame([_parquet(file) for file in files]))
    kinds: dict[str, Any] = dict.fromkeys(TEXTS, "str") | dict.fromkeys(FIGURES, "float64")
    read = [pd.read_csv(file, usecols=list(READ), dtype=kinds, parse_dates=["month"]) for file in files]
    return _sums(pd.concat(read).astype(dict.fromkeys(TEXTS, "category")))


def of_pandas_with_arrow(files: list[str]) -> Any:
    """Sum with pandas, CSV as Arrow reads it."""
    import pyarrow as pa
    from pyarrow import csv

    kinds = {name: pa.dictionary(pa.int32(), pa.string()) for name in TEXTS}
    kinds |= {"month": pa.date32(), **dict.fromkeys(FIGURES, pa.float64())}
    options = csv.ConvertOptions(column_types=kinds, include_columns=list(READ))
    return _sums(_frame([csv.read_csv(file, convert_options=options) for file in files]))


def _parquet(file: str) -> Any:
    """Read a file's texts as categories: at once, or afterwards where they are in an encoding of which Arrow can't."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return parquet.read_table(file, columns=list(READ), read_dictionary=list(TEXTS), partitioning=None)
    except OSError:
        read = parquet.read_table(file, columns=list(READ), partitioning=None)
        columns = [read[name].dictionary_encode() if name in TEXTS else read[name] for name in READ]
        return pa.table(dict(zip(READ, columns, strict=True)))


def _frame(tables: list[Any]) -> Any:
    import pyarrow as pa

    read = pa.concat_tables(tables).unify_dictionaries()
    floats = [field.with_type(pa.float64()) if field.name in FIGURES else field for field in read.schema]
    return read.cast(pa.schema(floats)).to_pandas(date_as_object=False, self_destruct=True, split_blocks=True)


def _sums(rows: Any) -> Any:
    import pandas as pd

    codes = rows["hs_code"].cat
    rows["chapter"] = pd.Categorical(codes.categories.str[:2].to_numpy()[codes.codes])
    rows["value_hkd_k"] = rows["value"] / 1000
    return rows.groupby([*KEYS], observed=True, sort=False)[["value_hkd_k", "weight_kg"]].sum().reset_index()


def of_polars(files: list[str]) -> Any:
    import polars as pl

    if _is_parquet(files):
        rows = pl.scan_parquet(files, hive_partitioning=False)
    else:
        kinds = {name: pl.String for name in TRADE_DETAIL.columns if name != "line_number"}
        figures = {"month": pl.Date, "value": pl.Float64, "weight_kg": pl.Float64, "quantity": pl.Float64}
        rows = pl.scan_csv(files, schema={**kinds, **figures})
    sums = rows.group_by("month", "flow", pl.col("hs_code").str.head(2).alias("chapter"), "partner_code").agg(
        (pl.col("value").cast(pl.Float64).sum() / 1000).alias("value_hkd_k"),
        pl.col("weight_kg").cast(pl.Float64).sum(),
    )
    return sums.collect(engine="streaming").to_arrow()


ENGINES: dict[str, Callable[[list[str]], Any]] = {
    "duckdb": of_duckdb,
    "polars": of_polars,
    "pandas": of_pandas,
    "pandas_with_arrow": of_pandas_with_arrow,
}


def _is_parquet(files: list[str]) -> bool:
    return files[0].endswith(".parquet")


def main(engine: str, target: str, *files: str) -> None:
    for module in ("pandas", "pyarrow.csv", "pyarrow.parquet") if engine.startswith("pandas") else (engine,):
        import_module(module)
    began, cpu_began = time.perf_counter(), time.process_time()
    result = ENGINES[engine](list(files))
    spent = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu_began}
    with duckdb.connect() as connection:
        connection.register("result", result)
        connection.execute(f"copy ({WRITTEN.format(rows='result')} order by all) to '{target}' (format parquet)")
    print(json.dumps(spent))


def summed(engine: str, files: list[Path], target: Path) -> tuple[dict[str, float], float]:
    """Sum in a child process; return the seconds of the work, of the processor too, and the process's peak in MB."""
    cost = children.module("detail_aggregates", engine, str(target), *map(str, files), home=target.parent)
    return cost.json(), cost.peak_mb


def checksums(path: Path) -> Any:
    """Return checksums of a result that do not depend on the order of its rows."""
    with duckdb.connect(config={"memory_limit": "100MB"}) as connection:
        return connection.execute(SAYS.format(path=path)).fetchall()


def engines_for(file: Path) -> list[str]:
    """Return the engines that read such a file; pandas reads Parquet by Arrow whatever it is called."""
    return [engine for engine in ENGINES if engine != "pandas_with_arrow" or file.suffix == ".csv"]


def measure(files: list[Path], parent: Path, rounds: int) -> dict[str, float]:
    """Return medians of rounds in turn, after one to warm up, of files that are one kind of one history.

    Raises AssertionError if their results differ.
    """
    parent.mkdir(parents=True, exist_ok=True)
    engines = engines_for(files[0])
    costs = [
        {engine: summed(engine, files, parent / f"{engine}.parquet") for engine in engines} for _ in range(rounds + 1)
    ][1:]
    results = {engine: checksums(parent / f"{engine}.parquet") for engine in engines}
    assert all(each == results["duckdb"] for each in results.values()), results
    found: dict[str, float] = {"groups": results["duckdb"][0][0]}
    for engine in engines:
        found[f"{engine}_seconds"] = _median([cost[engine][0]["seconds"] for cost in costs])
        found[f"{engine}_cpu_seconds"] = _median([cost[engine][0]["cpu_seconds"] for cost in costs])
        found[f"{engine}_peak_mb"] = max(round(cost[engine][1]) for cost in costs)
    for engine in engines[1:]:
        for spent, name in (("seconds", "rate"), ("cpu_seconds", "cpu_rate")):
            ratios = [cost[engine][0][spent] / cost["duckdb"][0][spent] for cost in costs]
            found[f"{name}_to_{engine}"] = _median(ratios)
    return found


def _median(figures: list[float]) -> float:
    return round(statistics.median(figures), 2)


if __name__ == "__main__":
    main(*sys.argv[1:])
