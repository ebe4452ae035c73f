"""`make bench-detail`: the detail at scale, on synthetic rows: ingest, aggregates, new months, questions, memory.

`make bench` measures this too; here it is alone, half an hour. Ratios are of things measured in one run, alternating
where they take seconds; memory is that of whole processes. CPU seconds are given beside seconds, since other work on
the machine makes the latter longer.
"""

import argparse
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import (
    children,
    detail_aggregates,
    detail_ingest,
    detail_queries,
    detail_rebuild,
    results,
    synthetic_detail,
)

Found = dict[str, dict[str, float]]
SIZES = (10_000_000, 100_000_000)
# The most rows that pandas can hold, and that are measured in rounds and from CSV too.
FEW = 20_000_000
ROUNDS = 3
NEW_MONTHS = 4  # three for the models alone, of which the median counts, and one for the whole of a build
SMALL_MEMORY = "250MB"
TARGETS = {
    "ingest_{}_parquet rate_to_same_product": "at least 0.9",
    "ingest_{}_parquet rate_to_table": "at least 0.9",
    "ingest_{}_csv rate_to_same_product": "at least 0.9",
    "ingest_{}_csv rate_to_table": "at least 0.9",
    "ingest_{}_parquet entrepot_peak_mb": "under 1,500",
    "ingest_{}_csv entrepot_peak_mb": "under 1,500",
    **{f"aggregates_{{}}_{kind} rate_to_pandas": "at least 2.5" for kind in ("parquet", "csv", "lake")},
    **{f"aggregates_{{}}_{kind} rate_to_polars": "about 1 or more" for kind in ("parquet", "csv", "lake")},
    "rebuild_{} full_rebuild_build_peak_mb": "under 1,500",
    "rebuild_{} new_month_build_peak_mb": "under 1,500",
    "whole_{} full_build_peak_mb": "under 1,500",
    "whole_{} new_month_peak_mb": "under 1,500",
    "questions_{} mart_p95_ms": "under 100",
}
GROWTH = {"rebuild_100m new_month_pct_of_full_rebuild": "at most 3", "growth new_month_seconds": "at most 1.5"}


def label(rows: int) -> str:
    """Return a short name of a number of rows: 10m, 500k."""
    return f"{rows // 1_000_000}m" if rows >= 1_000_000 else f"{rows // 1_000}k"


def targets(sizes: Sequence[int]) -> dict[str, str]:
    """Return the target of each figure that has one."""
    return {name.format(label(rows)): target for rows in sizes for name, target in TARGETS.items()} | GROWTH


def measure(rows: int, parent: Path, rows_a_month: int = synthetic_detail.ROWS_A_MONTH) -> Found:
    """Measure a history of so many rows, in months of a size, under an empty folder; return figures by name."""
    rounds, months = (ROUNDS if rows <= FEW else 1), max(1, round(rows / rows_a_month))
    folder = parent / "synthetic"
    written = synthetic_detail.files(folder, NEW_MONTHS, csv=rows <= FEW)
    args = ["--months", months, "--rows-a-month", rows_a_month, "--new-months", NEW_MONTHS]
    args += ["--csv"] if written.csv else []
    made = children.module("synthetic_detail", str(folder), *map(str, args), home=parent)
    held = made.json()["rows"]
    found: Found = {}
    for kind, file in (("parquet", written.parquet), ("csv", written.csv)):
        if file:
            found[f"ingest_{kind}"] = detail_ingest.measure(file, held, parent / "ingest", rounds)
    if rows <= FEW:
        lake = sorted((parent / "ingest" / "ours" / "lake" / "trade_detail").rglob("*.parquet"))
        for kind, files in (
            ("parquet", [written.parquet]),
            ("csv", [written.csv] if written.csv else []),
            ("lake", lake),
        ):
            found[f"aggregates_{kind}"] = detail_aggregates.measure(files, parent / "aggregates", rounds)
    shutil.rmtree(parent / "ingest")
    home = parent / "home"
    detail_rebuild.prepare(home, written.correlations)
    found |= detail_rebuild.measure(home, written)
    found["whole"] = detail_rebuild.measure_whole(home, written)
    found["questions"] = detail_queries.measure(home)
    if rows <= FEW:
        found["spill"] = spill(home, written.parquet, parent / "spill")
    return {_named(name, rows): figures for name, figures in found.items()}


def _named(name: str, rows: int) -> str:
    first, _, rest = name.partition("_")
    return "_".join(filter(None, (first, label(rows), rest)))


def spill(home: Path, history: Path, fresh: Path) -> dict[str, float]:
    """Return what an import and a full build of the models take, and spill, within a quarter of the usual memory."""
    fresh.mkdir()
    imported = detail_ingest.imported(history, fresh, SMALL_MEMORY)
    built = detail_rebuild.refresh(home, None, detail_rebuild.FULL, memory_limit=SMALL_MEMORY).built
    costs = {"import": imported, "full_build": built}
    return {
        f"{name}_{part}": round(figure, 1)
        for name, cost in costs.items()
        for part, figure in (("seconds", cost.seconds), ("peak_mb", cost.peak_mb), ("spilled_mb", cost.spilled_mb))
    }


def growth(found: Found, sizes: Sequence[int]) -> Found:
    """Return what a new month costs on the longest history, as a ratio to the shortest; nothing where there is one."""
    if len(sizes) == 1:
        return {}
    short, long = (found[f"rebuild_{label(rows)}"] for rows in (min(sizes), max(sizes)))
    parts = ("new_month_seconds", "new_month_build_cpu_seconds", "revised_month_seconds", "no_change_dbt_seconds")
    return {"growth": {part: round(long[part] / short[part], 2) for part in parts}}


def measure_sizes(sizes: Sequence[int]) -> Found:
    """Measure histories one after another, each in a folder that is gone afterwards."""
    found: Found = {}
    for rows in sizes:
        parent = Path(tempfile.mkdtemp(prefix="entrepot-bench-detail-"))
        try:
            found |= measure(rows, parent)
        finally:
            shutil.rmtree(parent)
    return found | growth(found, sizes)


def in_a_process(sizes: Sequence[int], parent: Path) -> dict[str, Any]:
    """Measure in a small process, since child processes inherit its peak memory."""
    into = parent / "detail.json"
    children.module("detail", "--into", str(into), *map(str, sizes), home=parent)
    found: dict[str, Any] = json.loads(into.read_text())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="*", default=SIZES, help="Rows of each history; 10 and 100 million.")
    parser.add_argument("--into", type=Path, help="Write the figures here, and print nothing.")
    options = parser.parse_args()
    found = measure_sizes(options.rows)
    if options.into:
        options.into.write_text(json.dumps(found))
    else:
        results.report(found, targets(options.rows))


if __name__ == "__main__":
    main()
