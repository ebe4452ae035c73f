"""Parquet files between the build file and another engine: what it reads, and what it writes.

The folder is `<home>/build/spark/<run>`; the driver and every worker of a cluster see it under the same path.
"""

import shutil
from collections.abc import Collection

from orchestration.settings import Settings
from orchestration.warehouse import build_file
from orchestration.warehouse.sql import literal

KEPT = ("dbt", "scratch", "spark.log")  # not of one run


class Exchange:
    """The folder of one run. Making it removes those of earlier runs, which a killed run leaves behind."""

    def __init__(self, settings: Settings, run_id: str) -> None:
        self._settings = settings
        self._folder = settings.spark_dir / run_id
        settings.spark_dir.mkdir(parents=True, exist_ok=True)
        for old in settings.spark_dir.iterdir():
            if old.is_dir() and old.name not in KEPT:
                shutil.rmtree(old, ignore_errors=True)

    def write(self, tables: Collection[str]) -> dict[str, str]:
        """Write relations of the build file, each as a folder of Parquet files; return the folders by relation."""
        folders = {table: self._folder / "read" / table for table in sorted(tables)}
        with build_file.connect(self._settings, read_only=True) as connection:
            for table, folder in folders.items():
                folder.mkdir(parents=True)
                connection.execute(
                    f"copy (select * from {table}) to {literal(folder)} (format parquet, per_thread_output)"
                )
        return {table: str(folder) for table, folder in folders.items()}

    def schemas(self, names: Collection[str]) -> dict[str, str]:
        """Return the folder of each schema that the other engine writes."""
        return {name: str(self._folder / "written" / name) for name in sorted(names)}

    def written(self, table: str) -> str:
        """Return the files of `schema.table` that the other engine wrote, as a pattern."""
        return str(self._folder.joinpath("written", *table.split(".")) / "*.parquet")

    def remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
