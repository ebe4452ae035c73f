"""Lies: answers in the publisher's own form, whole and well-formed, that say what can't be, as faults of the replay.

The figures that they bring in are synthetic.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from testing.replay.faults import Fault
from testing.replay.message import JSON, Question, Reply

Row = dict[str, Any]
Rows = list[Row]


def rows_of(body: dict[str, Any]) -> Rows:
    """Return the rows of an answer of C&SD, IDDS, HKMA or Comtrade."""
    rows: Rows = body["result"]["records"] if "result" in body else body.get("dataSet") or body.get("data") or []
    return rows


def lie(change: Callable[[Rows], object]) -> Fault:
    """Return the fault that changes the rows of an answer in place and counts them anew; others stay as they are."""

    def told(question: Question, reply: Reply) -> Reply:
        if reply.headers.get("Content-Type") != JSON or not (rows := rows_of(body := json.loads(reply.body))):
            return reply
        change(rows)
        _count(body, len(rows))
        return replace(reply, body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())

    return told


def _count(body: dict[str, Any], rows: int) -> None:
    if "result" in body:
        body["result"]["datasize"] = rows
    elif "data" in body:
        body["count"] = rows
    else:
        body["header"]["count"]["noOfRecords"] = rows


def in_last(**fields: Any) -> Fault:
    """Return the lie that the last row has these fields."""
    return lie(lambda rows: rows[-1].update(fields))


def repeated(rows: Rows) -> None:
    rows.append(dict(rows[-1]))


def missing(name: str) -> Fault:
    return lie(lambda rows: rows[-1].pop(name))


def renamed(name: str, new: str) -> Fault:
    """Return the lie that a field has another name, in all rows."""

    def change(rows: Rows) -> None:
        for row in rows:
            row[new] = row.pop(name)

    return lie(change)


def swapped(one: str, other: str) -> Fault:
    """Return the lie that two fields of the last row changed places."""
    return lie(lambda rows: rows[-1].update({one: rows[-1][other], other: rows[-1][one]}))


def as_text(name: str) -> Fault:
    return lie(lambda rows: rows[-1].update({name: str(rows[-1][name])}))


def as_number(name: str) -> Fault:
    return lie(lambda rows: rows[-1].update({name: float(rows[-1][name])}))


def times(name: str, factor: float) -> Fault:
    """Return the lie that a figure is in another unit, in all rows."""
    return lie(lambda rows: [row.update({name: row[name] * factor}) for row in rows])


def cut(question: Question, reply: Reply) -> Reply:
    """Leave out the last row, and go on counting it."""
    if reply.headers.get("Content-Type") != JSON or not (rows := rows_of(body := json.loads(reply.body))):
        return reply
    rows.pop()
    return replace(reply, body=json.dumps(body, ensure_ascii=False).encode())


def with_other(text: str, other: str) -> Fault:
    """Return the fault that puts one text in the place of another, in the bytes of a body that holds it."""

    def told(question: Question, reply: Reply) -> Reply:
        body = reply.body.replace(text.encode(), other.encode())
        return reply if body == reply.body else replace(reply, body=body)

    return told
