"""Read claims files, CSV or JSON: the claims, and the rows that can't be read with line and reason."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestration.claims.claim import COLUMNS, Claim, ClaimError, parse_claim
from orchestration.storage.input_files import UnreadableFile, is_utf8, read_file_or_pipe

# A million claims; 100,000 are some 20 MB.
LARGEST_FILE = 200_000_000
MOST_ROWS = 1_000_000
# Objects, lists and commas of JSON that a million claims may have; in memory each is up to fifty times its text.
MOST_BRACKETS = 2 * MOST_ROWS
MOST_COMMAS = 20 * MOST_ROWS
MOST_BAD = 1_000
OPTIONAL = ("claim_id", "claim", "source_url")


@dataclass(frozen=True)
class BadRow:
    """A row that could not be judged, its place in the file, and why."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


class BadRows(list[BadRow]):
    """The first thousand rows that could not be judged, and the number of the others."""

    others = 0

    def add(self, row: BadRow) -> None:
        """Add a row, or only count it."""
        if len(self) < MOST_BAD:
            self.append(row)
        else:
            self.others += 1


@dataclass
class Batch:
    """The claims of a file, each with its place there, and the rows that could not be read."""

    claims: list[tuple[str, Claim]] = field(default_factory=list)
    bad: BadRows = field(default_factory=BadRows)


def read(path: Path) -> Batch:
    """Return the claims of a file or pipe, CSV or (by its suffix) JSON. Raises ClaimError if it is none."""
    try:
        content = read_file_or_pipe(path, LARGEST_FILE)
    except UnreadableFile as error:
        raise ClaimError(str(error)) from None
    return parse(content, path.name, is_json=path.suffix.lower() == ".json")


def parse(content: bytes, name: str, *, is_json: bool = False) -> Batch:
    """Return the claims of a file's bytes. Raises ClaimError for a header that can't be read and for too many rows."""
    text = _decoded(content, name)
    rows = _json_rows(text, name) if is_json else _csv_rows(text, name)
    batch, seen = Batch(), dict[str, str]()
    for number, (place, row) in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise ClaimError(_too_many(name))
        try:
            if isinstance(row, ClaimError):
                raise row
            _check_text(row)
            claim = parse_claim(row)
            if claim.claim_id and claim.claim_id in seen:
                raise ClaimError(f"claim_id {claim.claim_id!r} is already on {seen[claim.claim_id]}")
        except ClaimError as error:
            batch.bad.add(BadRow(f"{name}, {place}", str(error)))
            continue
        seen[claim.claim_id] = place
        batch.claims.append((f"{name}, {place}", claim))
    return batch


def _too_many(name: str) -> str:
    return f"{name} has more than {MOST_ROWS:,} claims; split it into several files"


def _decoded(content: bytes, name: str) -> str:
    """Return the text. Bytes that are not UTF-8 become surrogates, so that only their rows are refused."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise ClaimError(f"{name} begins as UTF-16 and is not: {error.reason}") from None
    return content.decode("utf-8-sig", errors="surrogateescape")


def _check_text(row: dict[str, str]) -> None:
    for column, cell in row.items():
        if not is_utf8(cell):
            raise ClaimError(f"{column} is not UTF-8 text; save the file as UTF-8")
        if "\0" in cell:
            raise ClaimError(f"{column} holds a NUL character")


def _csv_rows(text: str, name: str) -> Iterator[tuple[str, dict[str, str] | ClaimError]]:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(rows, [])
    except csv.Error as error:
        raise ClaimError(f"{name}, line 1: the header is not CSV: {error}") from None
    wanted = [column for column in COLUMNS if column not in OPTIONAL]
    if missing := [column for column in wanted if column not in header]:
        raise ClaimError(f"{name}, line 1: no column {', '.join(missing)}; the header is {','.join(COLUMNS)}")
    if len(set(header)) != len(header):
        raise ClaimError(f"{name}, line 1: a column occurs twice in the header")
    while True:
        place = f"line {rows.line_num + 1}"
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield place, ClaimError(f"not a CSV row: {error}")
            continue
        if cells:
            yield place, _row(header, cells)


def _row(header: list[str], cells: list[str]) -> dict[str, str] | ClaimError:
    if len(cells) != len(header):
        return ClaimError(f"{len(cells)} cells where the header has {len(header)}")
    row = dict(zip(header, cells, strict=True))
    return {column: row.get(column, "") for column in COLUMNS}


def _json_rows(text: str, name: str) -> Iterator[tuple[str, dict[str, str] | ClaimError]]:
    if text.count("{") + text.count("[") > MOST_BRACKETS or text.count(",") > MOST_COMMAS:
        raise ClaimError(_too_many(name))
    try:
        # Numbers stay text: 89.10 claims more precision than 89.1.
        items = json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise ClaimError(f"{name} is not JSON: {error}") from None
    if isinstance(items, dict) and isinstance(items.get("claims"), list):
        items = items["claims"]
    if not isinstance(items, list):
        raise ClaimError(f"{name} must be a list of claims, each an object with {', '.join(COLUMNS)}")
    for number, item in enumerate(items, start=1):
        yield f"claim {number}", _item(item)


def _item(item: Any) -> dict[str, str] | ClaimError:
    if not isinstance(item, dict):
        return ClaimError("is not an object")
    row = {}
    for column in COLUMNS:
        cell = item.get(column)
        if cell is None:
            cell = ""
        if not isinstance(cell, str):
            return ClaimError(f"{column} must be text or a number")
        if not cell and column not in OPTIONAL:
            return ClaimError(f"{column} is missing")
        row[column] = cell
    return row


def parse_line(text: str) -> Claim:
    """Return the claim of one line: metric, period, value and unit. Raises ClaimError that shows an example."""
    words = text.split(maxsplit=3)
    if len(words) < 4:
        raise ClaimError(
            f'{text!r} is not a claim; write metric, period, value and unit: "trade_deficit 2026-03 89.1 HKD bn"'
        )
    metric, period, value, unit = words
    blank = dict.fromkeys(COLUMNS, "")
    return parse_claim(blank | {"metric": metric, "period": period, "claimed_value": value, "claimed_unit": unit})
