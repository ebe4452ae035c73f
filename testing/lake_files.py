"""Hand-written rows of the lake, and a lake of a test's own to import them into."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from orchestration.archive import Archive, Sighting
from orchestration.lake import file_import, partitions
from orchestration.lake.manifest import PartitionKey
from orchestration.lake.partitions import NewVintage, WrittenFile
from orchestration.lake.table_store import TableStore
from orchestration.settings import Settings
from orchestration.sources.lake_tables import TABLES, TRADE_DETAIL, TRADE_MIRROR, LakeTable

MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)
KEY = PartitionKey(MARCH, "files", "synthetic")
DETAIL: Mapping[str, Any] = {
    "month": MARCH,
    "flow": "imports",
    "hs_code": "010121",
    "hs_edition": "HS2022",
    "partner_code": "156",
    "value": "1000.5",
    "currency": "HKD",
    "weight_kg": "2.5",
    "quantity": "3",
    "quantity_unit": "KILOGRAM",
}
MIRROR: Mapping[str, Any] = {
    "month": MARCH,
    "flow": "imports",
    "hs_code": "TOTAL",
    "hs_edition": "HS2022",
    "reporter_code": "156",
    "value": "7",
    "currency": "USD",
    "valuation": "cif",
    "weight_kg": None,
}
MADE = {TRADE_DETAIL.name: DETAIL, TRADE_MIRROR.name: MIRROR}


def row(table: str = TRADE_DETAIL.name, /, **changes: Any) -> dict[str, Any]:
    """Return a valid row of a table of the lake, with changes."""
    return {**MADE[table], **changes}


def write_csv(path: Path, rows: Iterable[Mapping[str, Any]], columns: Sequence[str] | None = None) -> Path:
    """Write rows as a CSV file, in the order of the columns if that is given."""
    rows = list(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns or list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def change_footer(file: Path, old: bytes, new: bytes) -> None:
    """Replace bytes in a Parquet file's footer, which has its statistics and its number of rows."""
    payload = file.read_bytes()
    start = len(payload) - 8 - int.from_bytes(payload[-8:-4], "little")
    assert old in payload[start:]
    file.write_bytes(payload[:start] + payload[start:].replace(old, new))


def values(table: LakeTable, rows: Sequence[Mapping[str, Any]]) -> str:
    """Return SQL for rows in the columns of a table, with line numbers from 2 and a payload's hash."""
    lines = [{**each, "line_number": number} for number, each in enumerate(rows, start=2)]
    values = ", ".join(f"({', '.join(_literal(line[name]) for name in table.columns)})" for line in lines)
    typed = ", ".join(f"{name}::{kind} as {name}" for name, kind in table.columns.items())
    return f"select {typed}, 'ab12' as payload_sha256 from (values {values}) t ({', '.join(table.columns)})"


def _literal(value: object) -> str:
    return "null" if value is None else f"'{value}'"


@dataclass
class Lake:
    """A lake and an archive of their own; the lake at a URL if one is given."""

    folder: Path
    url: str | None = None
    connection: duckdb.DuckDBPyConnection = field(default_factory=duckdb.connect)

    def __post_init__(self) -> None:
        self.archive = Archive(self.folder / "archive")
        self.settings = Settings(home=self.folder)
        where = self.url or self.folder / "lake"
        self.stores = {table: TableStore(where, self.folder / "copies", table) for table in TABLES}

    @property
    def store(self) -> TableStore:
        return self.stores[TRADE_DETAIL.name]

    def write(
        self, rows: Sequence[Mapping[str, Any]], table: LakeTable = TRADE_DETAIL, vintage: str = "v1"
    ) -> WrittenFile:
        """Write a partition's file of March 2026."""
        new = NewVintage(KEY, vintage, "un_comtrade")
        return partitions.write(self.connection, self.stores[table.name], new, values(table, rows))

    def add_file(self, file: Path, source_id: str = "csd_trade_idds", table: str = "trade_detail") -> Sighting:
        """Store a file in the archive as `entrepot lake import` does; return its sighting."""
        more = {"source": file_import.PROVIDER, "dataset": table, "url": f"file:{file.name}", "licence": "synthetic"}
        return self.archive.store_file(file, part=source_id, **more)

    def import_files(self, on_progress: file_import.OnProgress = lambda *_: None) -> list[file_import.ImportResult]:
        return file_import.import_files(self.settings, self.connection, self.archive, self.stores, on_progress)

    def files(self) -> list[Path]:
        return sorted(self.store.folder.rglob("*.parquet"))

    def rows(self, *columns: str) -> list[tuple[Any, ...]]:
        """Return columns of the rows of the current vintages, in order."""
        current = [str(self.store.local_file(v)) for _, v in self.store.manifest().vintages() if v.known_until is None]
        query = f"select {', '.join(columns)} from read_parquet($files, hive_partitioning = false) order by all"
        return self.connection.execute(query, {"files": current}).fetchall()
