"""Reads an imported file in a child process: a hostile CSV or Parquet file must not end the run.

`write_months` runs in the child; `orchestration/lake/file_import.py` calls it. It writes unfinished partition files
beside where they will be, and the parent, which has the credentials of a lake at a URL, keeps them.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from orchestration.lake import files, partitions
from orchestration.lake.manifest import PartitionKey, short_hash
from orchestration.lake.partitions import NewVintage
from orchestration.sources.lake_tables import TABLES

Report = Callable[[dict[str, Any]], None]


def write_months(arguments: dict[str, Any], _payload: bytes, report: Report) -> None:
    """Write a partition file for each month of a file, and report each month before and after.

    Raises InvalidRows, and OSError for a fault of this machine.
    """
    table, folder, spill = TABLES[arguments["table"]], Path(arguments["folder"]), Path(arguments["spill"])
    file = files.ImportedFile(
        table, Path(arguments["path"]), arguments["name"], arguments["sha256"], date.fromisoformat(arguments["on"])
    )
    limits = {"memory_limit": arguments["memory_limit"], "temp_directory": str(spill)}
    try:
        with duckdb.connect(config=limits) as connection, files.by_month(connection, file, spill) as months:
            for number, (month, query) in enumerate(months.items()):
                report({"number": number, "of": len(months), "month": month.isoformat()})
                key = PartitionKey(month, arguments["provider"], arguments["part"])
                new = NewVintage(key, short_hash(file.payload_sha256, str(month)), source_id=arguments["part"])
                path = folder / new.file_name
                partial = partitions.write_partial(connection, table, path, new, query)
                written = partitions.describe(connection, partial, new.file_name)
                report({"written": asdict(written), "month": month.isoformat()})
    except duckdb.OutOfMemoryException as error:
        raise MemoryError(str(error)) from None
