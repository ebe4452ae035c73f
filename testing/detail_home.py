"""A home with a tiny lake and made-up correlation tables, whose detail models dbt builds in this process."""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.archive import Released
from orchestration.lake import partitions_table
from orchestration.settings import DBT_PROJECT_DIR, Settings
from orchestration.sources.lake_tables import TRADE_DETAIL
from testing.lake_files import Lake, row, write_csv

SELECTED = ("stg_unsd__correlations+", "stg_lake__partitions+", "ai_enabling_hs+")
# Made-up rows of the United Nations' tables: newer code, other code, whether the newer converts to the other.
PAIRS: Mapping[tuple[str, str], Sequence[tuple[str, str, bool]]] = {
    ("HS2022", "HS2017"): [
        ("010121", "010121", True),
        ("854231", "854231", True),
        ("710812", "710812", True),
        # one code was split in two, one of which converts to it; another in three, all of which do
        ("222200", "111100", False),
        ("333300", "111100", True),
        ("510000", "444400", True),
        ("520000", "444400", True),
        ("530000", "444400", True),
    ],
    ("HS2017", "HS2012"): [
        ("010121", "010121", True),
        ("444400", "888800", True),
        ("010121", "999900", True),
        ("444400", "999900", True),
    ],
    ("HS2022", "SITC4"): [
        ("010121", "00150", True),
        ("854231", "77641", True),
        ("710812", "97101", True),
        ("510000", "65111", False),
        ("510000", "26111", False),
        ("520000", "65120", True),
        ("520000", "65130", False),
        ("222200", "27000", True),
        ("333300", "28000", True),
    ],
    ("HS2022", "BEC4"): [
        ("010121", "41", True),
        ("854231", "42", True),
        ("710812", "22", True),
        ("510000", "22", True),
        ("520000", "21", False),
        ("520000", "22", False),
    ],
    ("HS2017", "BEC4"): [("520000", "61", True)],
}


def imports_row(month: str, code: str, partner: str, thousands: float, **more: Any) -> dict[str, Any]:
    """Return a row of imports by C&SD, its value in HK$ thousand."""
    edition = "HS2017" if code in ("444400", "111100") else "HS2022"
    amounts = {"value": f"{thousands * 1000:.3f}", "weight_kg": "", "quantity": "", "quantity_unit": ""}
    return (
        row(month=date.fromisoformat(f"{month}-01"), hs_code=code, hs_edition=edition, partner_code=partner)
        | amounts
        | more
    )


MONTHS = {
    "January 2025": [
        imports_row("2025-01", "010121", "156", 200_000, weight_kg="1000"),
        imports_row("2025-01", "854231", "156", 10_000),
    ],
    "January 2026": [
        imports_row("2026-01", "010121", "156", 300_000, weight_kg="1000"),
        imports_row("2026-01", "010121", "842", 100_000),
        imports_row("2026-01", "444400", "156", 100_001, weight_kg="10"),
        imports_row("2026-01", "990101", "156", 50),
        imports_row("2026-01", "854231", "156", 8_000),
        imports_row("2026-01", "710812", "156", 4_000),
    ],
    "February": [imports_row(f"{year}-02", "010121", "156", 100 * (year - 2024)) for year in (2025, 2026)],
    "March": [imports_row(f"{year}-03", "010121", "842", 300 * (year - 2024)) for year in (2025, 2026)],
    # two digits by C&SD and six by the United Nations; then six by both
    "June 2025": [imports_row("2025-06", "85", "156", 5_000)],
    "July 2025": [imports_row("2025-07", "854231", "156", 6_000)],
    "June 2026": [imports_row("2026-06", "854231", "156", 9_000)],
}


def in_dollars(month: str, code: str, dollars: float, partner: str = "156") -> dict[str, Any]:
    return imports_row(month, code, partner, dollars / 1000, currency="USD")


def mirrored(flow: str, code: str, dollars: float, valuation: str, reporter: str = "842") -> dict[str, Any]:
    more = {"flow": flow, "hs_code": code, "value": str(dollars), "valuation": valuation, "reporter_code": reporter}
    return row("trade_mirror", month=date(2026, 1, 1), **more)


OTHERS = {
    "UN": (
        [
            *(in_dollars("2025-06", "854231", 1_000_000), in_dollars("2025-07", "854231", 1_000_000)),
            in_dollars("1979-01", "854231", 1_000_000),
        ],
        "un_comtrade",
        "trade_detail",
    ),
    "mirror": (
        [
            mirrored("total_exports", "TOTAL", 10_000_000, "fob"),
            mirrored("total_exports", "01", 9_000_000, "fob"),
            mirrored("imports", "TOTAL", 3_000_000, "cif"),
            mirrored("imports", "TOTAL", 2_000_000, "fob", "36"),
        ],
        "un_comtrade",
        "trade_mirror",
    ),
}


@dataclass
class DetailHome:
    """The home, and the steps of a run that concern the detail."""

    folder: Path

    @property
    def settings(self) -> Settings:
        return Settings(home=self.folder)

    def copy(self, to: Path) -> "DetailHome":
        """Return a copy to change; the next build registers the lake's files under their new paths."""
        return DetailHome(Path(shutil.copytree(self.folder, to, symlinks=True)))

    def import_rows(
        self,
        name: str,
        rows: Iterable[Mapping[str, Any]],
        source_id: str = "csd_trade_idds",
        table: str = TRADE_DETAIL.name,
    ) -> None:
        """Import rows into the lake as a file."""
        with duckdb.connect() as connection:
            lake = Lake(self.folder, connection=connection)
            lake.add_file(write_csv(self.folder / f"{name}.csv", rows), source_id, table)
            for result in lake.import_files():
                assert result.refusal is None, result.refusal

    def set_correlations(self, pairs: Mapping[tuple[str, str], Sequence[tuple[str, str, bool]]]) -> None:
        """Replace the correlation tables."""
        lines = [(*tables, *pair) for tables, each in pairs.items() for pair in each]
        with duckdb.connect(str(self.settings.build_file)) as connection:
            connection.execute("delete from raw.unsd__correlations")
            connection.execute(
                "delete from raw.archive__payloads where payload_sha256 = $sha256", {"sha256": "cd" * 32}
            )
            current = "insert into raw.archive__payloads by name select $sha256 as payload_sha256, true as is_current"
            connection.execute(current, {"sha256": "cd" * 32})
            for line, (origin, target, code, to, converts) in enumerate(lines, start=2):
                values = [origin, code, target, to, "n:n", str(converts).lower(), line, "cd" * 32]
                connection.execute("insert into raw.unsd__correlations values (?, ?, ?, ?, ?, ?, ?, ?)", values)

    def build(self, *flags: str) -> None:
        """Build the detail models and their tests as a run does: what is stale, or all with `--full-refresh`."""
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        with duckdb.connect(str(self.settings.build_file)) as connection:
            partitions_table.write(connection, Lake(self.folder).stores, Released())
        target = str(self.folder / "dbt-detail")
        places = (
            "--project-dir",
            str(DBT_PROJECT_DIR),
            "--profiles-dir",
            str(DBT_PROJECT_DIR),
            "--target-path",
            target,
        )
        quiet = ("--log-level", "none", "--log-level-file", "none")
        only = ("--select", *SELECTED, "--exclude-resource-type", "unit_test")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ENTREPOT_HOME", str(self.folder))
            outcome = dbtRunner().invoke(["build", *only, *places, *quiet, *flags])
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
        assert outcome.success, outcome.exception or [r for r in outcome.result if r.status != "success"]  # type: ignore[union-attr]

    def execute(self, statement: str) -> None:
        """Change the build file."""
        with duckdb.connect(str(self.settings.build_file)) as connection:
            connection.execute(statement)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.settings.build_file), read_only=True) as connection:
            return connection.execute(query).fetchall()
