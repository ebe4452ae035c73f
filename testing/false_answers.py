"""False answers: complete and well-formed responses with impossible content, as faults of the replay server.

Their figures are synthetic.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from testing.replay.faults import Fault
from testing.replay.message import JSON, HttpRequest, Reply

Row = dict[str, Any]
Rows = list[Row]


def rows_of(body: dict[str, Any]) -> Rows:
    """Return the rows of a response of C&SD, IDDS, HKMA or Comtrade."""
    rows: Rows = body["result"]["records"] if "result" in body else body.get("dataSet") or body.get("data") or []
    return rows


def changing(change: Callable[[Rows], object]) -> Fault:
    """Return the fault that changes the rows of a JSON response in place and corrects its count."""

    def changed(request: HttpRequest, reply: Reply) -> Reply:
        if reply.headers.get("Content-Type") != JSON or not (rows := rows_of(body := json.loads(reply.body))):
            return reply
        change(rows)
        _count(body, len(rows))
        return replace(reply, body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())

    return changed


def _count(body: dict[str, Any], rows: int) -> None:
    if "result" in body:
        body["result"]["datasize"] = rows
    elif "data" in body:
        body["count"] = rows
    else:
        body["header"]["count"]["noOfRecords"] = rows


def in_last(**fields: Any) -> Fault:
    """Return the fault that sets fields of the last row."""
    return changing(lambda rows: rows[-1].update(fields))


def repeated(rows: Rows) -> None:
    """Repeat the last row."""
    rows.append(dict(rows[-1]))


def missing(name: str) -> Fault:
    """Return the fault that removes a field from the last row."""
    return changing(lambda rows: rows[-1].pop(name))


def renamed(name: str, new: str) -> Fault:
    """Return the fault that renames a field in all rows."""

    def change(rows: Rows) -> None:
        for row in rows:
            row[new] = row.pop(name)

    return changing(change)


def swapped(one: str, other: str) -> Fault:
    """Return the fault that swaps two fields of the last row."""
    return changing(lambda rows: rows[-1].update({one: rows[-1][other], other: rows[-1][one]}))


def as_text(name: str) -> Fault:
    """Return the fault that sends a figure of the last row as text."""
    return changing(lambda rows: rows[-1].update({name: str(rows[-1][name])}))


def as_number(name: str) -> Fault:
    """Return the fault that sends a figure of the last row as a number."""
    return changing(lambda rows: rows[-1].update({name: float(rows[-1][name])}))


def times(name: str, factor: float) -> Fault:
    """Return the fault that multiplies a figure in all rows, as another unit would."""
    return changing(lambda rows: [row.update({name: round(row[name] * factor, 3)}) for row in rows])


def cut(request: HttpRequest, reply: Reply) -> Reply:
    """Leave out the last row, but still count it."""
    if reply.headers.get("Content-Type") != JSON or not (rows := rows_of(body := json.loads(reply.body))):
        return reply
    rows.pop()
    return replace(reply, body=json.dumps(body, ensure_ascii=False).encode())


def with_other(text: str, other: str) -> Fault:
    """Return the fault that replaces a text in the body."""

    def changed(request: HttpRequest, reply: Reply) -> Reply:
        body = reply.body.replace(text.encode(), other.encode())
        return reply if body == reply.body else replace(reply, body=body)

    return changed
