"""Runs a connector's parser in the child process, and brings its rows back as JSON.

Not as pickle: to load a pickle is to do what the process that wrote it wants.
"""

from collections.abc import Callable
from datetime import date
from importlib import import_module
from typing import Any

import pandas as pd

from orchestration.sources.connector import Refused

TEXT, INTEGER = "str", "int64"
# A payload may repeat one text in every row. A month of Comtrade's detail, 145,677 rows, has a quarter of these bytes.
LONGEST_TEXT = 20_000
MOST_BYTES = 100_000_000


def parse(arguments: dict[str, Any], payload: bytes, _report: Callable[[Any], None]) -> list[list[Any]]:
    """Return the encoded rows of a payload; `parser` names the connector's function as `module:name`."""
    module, _, name = arguments["parser"].partition(":")
    parser = getattr(import_module(module), name)
    return encode(parser(arguments["dataset"], payload, date.fromisoformat(arguments["on"])))


def encode(frame: pd.DataFrame) -> list[list[Any]]:
    """Return a list of [name, type, values] of the columns, which are text or whole numbers.

    Raises:
        Refused: The texts are so long that a small payload would fill the memory of the parent process, or one has half
            of a surrogate pair, which nothing can store.
        TypeError: A column is of another type.
    """
    columns = [[name, _type(frame[name]), frame[name].tolist()] for name in frame.columns]
    size = 0
    for name, kind, values in columns:
        if kind == TEXT:
            if max(map(len, values), default=0) > LONGEST_TEXT:
                raise Refused(f"{name} has a text of more than {LONGEST_TEXT:,} characters")
            try:
                size += len("".join(values).encode())
            except UnicodeEncodeError:
                raise Refused(f"{name} has a text that is not valid Unicode: half of a surrogate pair") from None
    if size > MOST_BYTES:
        raise Refused(f"its rows have {size:,} bytes; at most {MOST_BYTES:,} are read")
    return columns


def _type(column: "pd.Series[Any]") -> str:
    if pd.api.types.is_integer_dtype(column.dtype):
        return INTEGER
    if column.isna().any() or pd.api.types.infer_dtype(column, skipna=False) not in ("string", "empty"):
        raise TypeError(f"column {column.name!r} has other values than text")
    return TEXT


def decode(columns: list[list[Any]]) -> pd.DataFrame:
    """Return the frame that `encode` was given."""
    return pd.DataFrame({name: pd.Series(values, dtype=kind) for name, kind, values in columns})
