"""What a run shares: the warehouse, held by one run at a time."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import dagster as dg
import duckdb

from orchestration.archive import Archive
from orchestration.runtime.instance import end_abandoned_runs
from orchestration.settings import Settings, get_settings
from orchestration.warehouse import build_file


class Warehouse(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The private build file and the archive. Held from a run's first step to its last, so that runs never mix."""

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Warehouse"]:
        run_id = context.run_id or "?"
        with build_file.hold(self.settings, f"Dagster run {run_id}"):
            if context.instance and not context.instance.is_ephemeral:
                end_abandoned_runs(context.instance, run_id)
            yield self

    @property
    def settings(self) -> Settings:
        return get_settings()

    @property
    def archive(self) -> Archive:
        return Archive.of(self.settings, until=self.settings.as_of)

    def connect(self, *, read_only: bool = False) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return build_file.connect(self.settings, read_only=read_only)
