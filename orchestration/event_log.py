"""Dagster's SQLite event log with its connections kept open.

Dagster's own makes a new engine and a new connection for each of the five statements that an asset event takes: half of
a warm run's time. The tables, files and statements here are its own; only `_connect` differs.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes.config_class import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

KEPT_OPEN = 2  # the index of all runs, and the run at work


class PooledSqliteEventLogStorage(SqliteEventLogStorage):
    """Keeps the engines of the shards that it used last, each with one connection."""

    _engines: dict[str, Engine]

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "PooledSqliteEventLogStorage":
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock, self._engine(shard).connect() as connection, connection.begin():
            yield connection

    def _engine(self, shard: str) -> Engine:
        engines: dict[str, Engine] = self.__dict__.setdefault("_engines", {})
        engine = engines.pop(shard, None) or self._open(shard)
        engines[shard] = engine
        if len(engines) > KEPT_OPEN:
            engines.pop(next(iter(engines))).dispose()
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

    def dispose(self) -> None:
        for engine in self.__dict__.get("_engines", {}).values():
            engine.dispose()
        super().dispose()


def _sync_at_checkpoints(connection: Any, _record: Any) -> None:
    """Flush at checkpoints, not at every commit: a power cut then may lose the newest history, never its integrity."""
    connection.execute("pragma synchronous = normal")
