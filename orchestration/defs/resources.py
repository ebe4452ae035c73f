"""The warehouse as Dagster's runs share it: the build file and the archive, locked for one run at a time."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import dagster as dg
import duckdb

from orchestration.archive import Archive
from orchestration.runtime.instance import end_abandoned_runs
from orchestration.settings import Settings
from orchestration.warehouse import build_file


@dataclass(frozen=True)
class Warehouse:
    """The private build file and the archive that some settings name."""

    settings: Settings

    @property
    def archive(self) -> Archive:
        return Archive.of(self.settings, until=self.settings.as_of)

    def connect(self, *, read_only: bool = False) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return build_file.connect(self.settings, read_only=read_only)


def warehouse_resource(settings: Settings) -> dg.ResourceDefinition:
    """Return the resource `warehouse`, locked from a run's first step to its last, so that runs never mix."""

    @dg.resource
    def warehouse(context: dg.InitResourceContext) -> Iterator[Warehouse]:
        run_id = context.run_id or "?"
        with build_file.hold(settings, f"Dagster run {run_id}"):
            if context.instance and not context.instance.is_ephemeral:
                end_abandoned_runs(context.instance, run_id)
            yield Warehouse(settings)

    return warehouse
