"""The names and codes of the reference data: the seeds of dbt are the only list of each."""

import csv
from functools import cache

from orchestration.settings import DBT_PROJECT_DIR


@cache
def vocabulary(seed: str, column: str, where: tuple[str, str] | None = None) -> tuple[str, ...]:
    """Return the values of a seed's column, of the rows in which another column has a value."""
    with (DBT_PROJECT_DIR / "seeds" / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(row[column] for row in csv.DictReader(file) if where is None or row[where[0]] == where[1])
