"""Runs a connector's parser in the child process, and brings its rows back as JSON.

Not as pickle: to load a pickle is to do what the process that wrote it wants.
"""

from collections.abc import Callable
from datetime import date
from importlib import import_module
from typing import Any

import pandas as pd

TEXT, INTEGER = "str", "int64"


def parse(arguments: dict[str, Any], payload: bytes, _report: Callable[[Any], None]) -> list[list[Any]]:
    """Return the encoded rows of a payload; `parser` names the connector's function as `module:name`."""
    module, _, name = arguments["parser"].partition(":")
    parser = getattr(import_module(module), name)
    return encode(parser(arguments["dataset"], payload, date.fromisoformat(arguments["on"])))


def encode(frame: pd.DataFrame) -> list[list[Any]]:
    """Return a list of [name, type, values] of the columns, which are text or whole numbers. Raises TypeError."""
    return [[name, _type(frame[name]), frame[name].tolist()] for name in frame.columns]


def _type(column: "pd.Series[Any]") -> str:
    if pd.api.types.is_integer_dtype(column.dtype):
        return INTEGER
    if column.isna().any() or pd.api.types.infer_dtype(column, skipna=False) not in ("string", "empty"):
        raise TypeError(f"column {column.name!r} has other values than text")
    return TEXT


def decode(columns: list[list[Any]]) -> pd.DataFrame:
    """Return the frame that `encode` was given."""
    return pd.DataFrame({name: pd.Series(values, dtype=kind) for name, kind, values in columns})
