"""The cost of a new month of detail compared with a full rebuild: its import, and the detail models in dbt.

The home was built before, so that all that the models read is there. A build of the models is a process that has the
lake brought up to the archive and asks a warm dbt worker, as `entrepot build` does, for models and tests of the detail
alone: `python -m benchmarks.detail_rebuild` is one. dbt's fixed cost is such a build when nothing has changed.
"""

import json
import statistics
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import children, detail_ingest
from benchmarks.children import Cost
from benchmarks.synthetic_detail import Files

SELECTION = ("--select", "path:models/intermediate/detail", "path:models/marts/detail")
FULL = "--full-refresh"


@dataclass(frozen=True)
class Refreshed:
    """The cost of updating the models: the import (None without a file), the build, and the build's own summary."""

    imported: Cost | None
    built: Cost
    summary: dict[str, Any]

    @property
    def seconds(self) -> float:
        """Return the seconds of import, lake and dbt; starting the worker does not count, as a run has a warm one."""
        return self.import_seconds + float(self.summary["lake_seconds"]) + self.dbt_seconds

    @property
    def import_seconds(self) -> float:
        return self.imported.seconds if self.imported else 0

    @property
    def dbt_seconds(self) -> float:
        return float(self.summary["dbt_seconds"])


def prepare(home: Path, correlations: Path) -> None:
    """Create a home with a release of the embedded record and imported correlation tables (files named `*to*`)."""
    home.mkdir(parents=True)
    for table in sorted(correlations.iterdir()):
        children.entrepot("import", "unsd", table.stem, str(table), home=home)
    children.entrepot("build", "--json", home=home)


def refresh(home: Path, file: Path | None, *flags: str, memory_limit: str = children.MEMORY_LIMIT) -> Refreshed:
    """Import a file, if there is one, and build the models of the detail."""
    imported = detail_ingest.imported(file, home, memory_limit) if file else None
    built = children.module("detail_rebuild", *flags, home=home, memory_limit=memory_limit)
    return Refreshed(imported, built, built.json())


def build(flags: list[str]) -> dict[str, Any]:
    """Build the models of the detail in the home of the environment; return seconds by part and by node."""
    from orchestration.archive import Archive
    from orchestration.dbt import worker
    from orchestration.dbt.build import MAIN_JOB_FLAGS
    from orchestration.ingestion import lake
    from orchestration.settings import get_settings
    from orchestration.warehouse import build_file

    settings = get_settings()
    with closing(worker.take(settings)) as process, build_file.hold(settings, "benchmark"):
        process.wait_until_ready()
        began = time.perf_counter()
        with build_file.connect(settings) as connection:
            lake.update(connection, settings, Archive.of(settings), {})
        filled = time.perf_counter()
        args = ["build", *MAIN_JOB_FLAGS, *flags, "--threads", str(settings.dbt_threads), *SELECTION]
        nodes = [event["data"] for event in process.run(args, {})]
        ended = time.perf_counter()
    process._process.wait()  # resource usage counts only after wait()
    return {"lake_seconds": filled - began, "dbt_seconds": ended - filled, "nodes": _seconds_by_node(nodes)}


def _seconds_by_node(nodes: list[dict[str, Any]]) -> dict[str, float]:
    """Return the seconds of each model by name, and of all tests together, longest first."""
    seconds: Counter[str] = Counter()
    for each in nodes:
        node = each["node_info"]
        seconds[node["node_name"] if node["resource_type"] == "model" else "tests"] += each["execution_time"]
    return {name: round(spent, 2) for name, spent in seconds.most_common()}


def measure(home: Path, files: Files) -> dict[str, dict[str, float]]:
    """Return what a full rebuild cost, medians of one month after another, a revised month, and no change at all."""
    full = refresh(home, files.parquet, FULL)
    unchanged = [refresh(home, None) for _ in range(2)][-1]
    new = [refresh(home, month) for month in files.new_months[:-1]]
    again = refresh(home, files.revised)
    seconds = statistics.median(each.seconds for each in new)
    found = {
        **_parts("full_rebuild", [full]),
        **_parts("new_month", new),
        **_parts("revised_month", [again]),
        **_parts("no_change", [unchanged]),
        "new_month_pct_of_full_rebuild": 100 * seconds / full.seconds,
        "revised_month_pct_of_full_rebuild": 100 * again.seconds / full.seconds,
        "dbt_fixed_pct_of_new_month": 100 * unchanged.dbt_seconds / seconds,
    }
    nodes = {"full": full, "new_month": new[-1], "revised_month": again, "no_change": unchanged}
    return {
        "rebuild": {name: round(figure, 2) for name, figure in found.items()},
        **{f"nodes_of_{name}_seconds": each.summary["nodes"] for name, each in nodes.items()},
    }


def measure_whole(home: Path, files: Files) -> dict[str, float]:
    """Return the cost of `entrepot build` with everything, release included: from scratch, and with a new month.

    The first such build after `measure` finds views that differ from those of a build, and rebuilds everything.
    """
    full = children.entrepot("build", "--json", home=home)
    imported = detail_ingest.imported(files.new_months[-1], home)
    new = children.entrepot("build", "--json", home=home)
    again = children.entrepot("build", "--json", home=home)
    found = {
        "full_build_seconds": full.seconds,
        "full_build_peak_mb": full.peak_mb,
        "new_month_seconds": imported.seconds + new.seconds,
        "new_month_peak_mb": max(imported.peak_mb, new.peak_mb),
        "no_change_seconds": again.seconds,
    }
    return {name: round(figure, 1) for name, figure in found.items()}


def _parts(name: str, runs: list[Refreshed]) -> dict[str, float]:
    """Return the medians of the parts of runs, and their peaks of memory."""
    imports = [run.imported for run in runs if run.imported]
    parts: dict[str, float] = {
        "seconds": statistics.median(run.seconds for run in runs),
        "dbt_seconds": statistics.median(run.dbt_seconds for run in runs),
        "build_cpu_seconds": statistics.median(run.built.cpu_seconds for run in runs),
        "build_peak_mb": max(run.built.peak_mb for run in runs),
        "build_spilled_mb": max(run.built.spilled_mb for run in runs),
    }
    if imports:
        parts["import_seconds"] = statistics.median(cost.seconds for cost in imports)
        parts["import_cpu_seconds"] = statistics.median(cost.cpu_seconds for cost in imports)
        parts["import_peak_mb"] = max(cost.peak_mb for cost in imports)
    return {f"{name}_{part}": figure for part, figure in parts.items()}


def main() -> None:
    print(json.dumps(build(sys.argv[1:])))


if __name__ == "__main__":
    main()
