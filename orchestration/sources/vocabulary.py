"""The flows of trade, and the names and codes of the reference data, which are read from the dbt seeds."""

import csv
from functools import cache

from orchestration.settings import DBT_PROJECT_DIR

# Every flow of the warehouse. Retained imports are imports less the goods that are re-exported.
FLOWS = ("imports", "total_exports", "domestic_exports", "re_exports", "retained_imports")


@cache
def vocabulary(seed: str, column: str, where: tuple[str, str] | None = None) -> tuple[str, ...]:
    """Return a column of a seed, only of the rows where the column `where[0]` is `where[1]`."""
    with (DBT_PROJECT_DIR / "seeds" / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(row[column] for row in csv.DictReader(file) if where is None or row[where[0]] == where[1])
