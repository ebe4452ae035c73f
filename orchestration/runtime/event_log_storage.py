"""Dagster's SQLite event log storage, with its connections kept open.

Saves 21 % of the main job (`python -m benchmarks.private_apis`). Dagster's own storage makes a new engine and a new
connection for each of the five statements that an asset event takes. Tables, files and statements are the same. While
connections stay open, the file does not change in a way that Dagster's watcher notices, so the UI polls for new events
instead, as it does with PostgreSQL.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from dagster import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.polling_event_watcher import SqlPollingEventWatcher
from dagster._serdes.config_class import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

Handler = Callable[[EventLogEntry, str], Any]
KEPT_OPEN = 2  # the index of all runs, and the current run


class PooledSqliteEventLogStorage(SqliteEventLogStorage):
    """Keeps the engines of the shards (files) that it used last, each with one connection."""

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "PooledSqliteEventLogStorage":
        return cls(inst_data=inst_data, **config_value)

    @cached_property
    def _engines(self) -> dict[str, Engine]:
        return {}

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock, self._engine(shard).connect() as connection, connection.begin():
            yield connection

    def _engine(self, shard: str) -> Engine:
        engine = self._engines.pop(shard, None) or self._open(shard)
        self._engines[shard] = engine
        if len(self._engines) > KEPT_OPEN:
            self._engines.pop(next(iter(self._engines))).dispose()
        return engine

    def _open(self, shard: str) -> Engine:
        engine = create_engine(
            self.conn_string_for_shard(shard),
            poolclass=StaticPool,
            connect_args={"timeout": 30, "check_same_thread": False},
        )
        event.listen(engine, "connect", _sync_at_checkpoints)
        if shard not in self._initialized_dbs:
            self._initdb(engine)
            self._initialized_dbs.add(shard)
        return engine

    def watch(self, run_id: str, cursor: str | None, callback: Handler) -> None:
        self._watcher.watch_run(run_id, cursor, callback)

    def end_watch(self, run_id: str, handler: Handler) -> None:
        self._watcher.unwatch_run(run_id, handler)

    @cached_property
    def _watcher(self) -> SqlPollingEventWatcher:
        return SqlPollingEventWatcher(self)

    def dispose(self) -> None:
        self._watcher.close()
        for engine in self._engines.values():
            engine.dispose()
        super().dispose()


def _sync_at_checkpoints(connection: Any, _record: Any) -> None:
    """Flush at checkpoints, not at every commit: a power cut may lose the newest events, but not corrupt the file."""
    connection.execute("pragma synchronous = normal")
