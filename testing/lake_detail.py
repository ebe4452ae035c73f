"""A few synthetic rows of detail as a CSV file: two months of two partners."""

import csv
from collections.abc import Sequence
from pathlib import Path

COLUMNS = ("month", "flow", "hs_code", "hs_edition", "partner_code", "value", "currency", "weight_kg")
ROWS = [
    (month, flow, code, "HS2022", partner, value, "HKD", "2")
    for month in ("2026-02-01", "2026-03-01")
    for flow in ("imports", "total_exports")
    for code, partner, value in (("854231", "156", "1000000"), ("854231", "842", "500000"), ("710812", "757", "250000"))
]


def write(path: Path, rows: Sequence[tuple[str, ...]] = ROWS) -> Path:
    """Write rows as a file that `entrepot lake import` accepts."""
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    return path
