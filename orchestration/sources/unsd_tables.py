"""Reading the files of correlation tables, whose columns are in a different place in each file.

Codes are text. A code that the workbook stores as a number is accepted only when it has the full number of digits,
because a number has lost any leading zero.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from orchestration.sources import workbook
from orchestration.sources.connector import Refused

PAIR = ("from_code", "to_code", "relationship", "is_conversion")
# The heading of each classification, without blanks and points, and how many digits its codes have. Conversions to SITC
# name a group of three or four digits when a subheading corresponds to several items of the group.
HEADINGS = {"SITC4": ("sitcrev4",), "BEC4": ("bec4", "bec")}
DIGITS = {"SITC4": (4, 5), "BEC4": (1, 2, 3)}
SITC_GROUPS = (3, 4, 5)
RELATIONSHIPS = ("1:1", "n:1", "1:n", "n:n")
PARTLY = "ex"  # printed between two codes that have only a part in common

Row = tuple[str, str, str, str, int]


@dataclass(frozen=True)
class Correlation:
    """A pair of classifications, such as HS2022 to SITC4."""

    origin: str
    target: str

    @property
    def headings(self) -> tuple[tuple[str, ...], ...]:
        """Return the headings by which the columns of codes and relationships are found."""
        codes = [HEADINGS.get(name, (name.lower(),)) for name in (self.origin, self.target)]
        return (*codes, ("relationship",))


@dataclass(frozen=True)
class _Pair:
    source: str
    target: str
    relationship: str
    line: int


def of_csv(correlation: Correlation, payload: bytes) -> list[Row]:
    """Return the pairs of a CSV file; a code's only pair is also its conversion. Raises Refused."""
    try:
        lines = list(csv.reader(io.StringIO(payload.decode("utf-8-sig"), newline=""), strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise Refused(f"the body is not CSV ({error}); it begins {payload[:40]!r}") from None
    pairs = list(_pairs(correlation, lines, 0, "the file"))
    targets = _targets(pairs)
    return [_row(pair, is_conversion=len(targets[pair.source]) == 1) for pair in pairs]


def of_workbook(correlation: Correlation, payload: bytes) -> list[Row]:
    """Return the pairs of a workbook, and those conversions whose target is a group of codes. Raises Refused."""
    conversions, correlations = workbook.sheets(payload, _first_two).items()
    pairs = list(_pairs(correlation, correlations[1], 1, f"sheet {correlations[0]!r}"))
    converted = _conversions(correlation, conversions[1], f"sheet {conversions[0]!r}")
    targets = _targets(pairs)
    if missing := converted.keys() ^ targets.keys():
        raise Refused(f"code {min(missing)!r} is on only one of the two sheets; {len(missing)} such codes")
    rows = [_row(pair, is_conversion=converted[pair.source][0] == pair.target) for pair in pairs]
    for source, (target, line) in converted.items():
        if target in targets[source]:
            continue
        if not any(code.startswith(target) for code in targets[source]):
            place = f"sheet {conversions[0]!r}, row {line}"
            raise Refused(f"{place}: {source} is converted to {target}, which none of its correlations has as target")
        rows.append((source, target, "", "true", len(correlations[1]) + line))
    return rows


def _first_two(names: list[str]) -> list[str]:
    """Return the names of the first two sheets, conversions and correlations. Raises Refused."""
    if [word in name.lower() for name, word in zip(names, ("conversion", "correlation"), strict=False)] != [True, True]:
        raise Refused(f"the sheets are {names[:5]}; the first two must be conversions and correlations")
    return names[:2]


def _targets(pairs: Sequence[_Pair]) -> dict[str, set[str]]:
    targets: dict[str, set[str]] = {}
    for pair in pairs:
        targets.setdefault(pair.source, set()).add(pair.target)
    return targets


def _row(pair: _Pair, *, is_conversion: bool) -> Row:
    return pair.source, pair.target, pair.relationship, "true" if is_conversion else "false", pair.line


def _pairs(correlation: Correlation, rows: list[list[Any]], header: int, place: str) -> Iterator[_Pair]:
    """Yield the pairs below the row of headings. Raises Refused."""
    columns = _columns(rows, header, correlation.headings, place)
    targets = DIGITS.get(correlation.target, (6,))
    for number, row in _filled(rows, header + 1):
        at_row = f"{place}, row {number}"
        if len(row) <= max(columns):
            raise Refused(f"{at_row}: it has {len(row)} cells")
        if other := [cell for at, cell in enumerate(row) if at not in columns and _text(cell) not in ("", PARTLY)]:
            raise Refused(f"{at_row}: {other[0]!r} is in a column without a heading")
        source, target, relationship = (row[column] for column in columns)
        codes = _code(at_row, source, (6,)), _code(at_row, target, targets)
        yield _Pair(*codes, _relationship(at_row, relationship), number)


def _conversions(correlation: Correlation, rows: list[list[Any]], place: str) -> dict[str, tuple[str, int]]:
    """Return each code's only target and its row. Raises Refused."""
    pairs = zip(("from", "to"), correlation.headings, strict=False)
    headings = [[f"{word}{name}" for name in names] for word, names in pairs]
    columns = _columns(rows, 0, headings, place)
    targets = SITC_GROUPS if correlation.target == "SITC4" else (6,)
    found: dict[str, tuple[str, int]] = {}
    for number, row in _filled(rows, 1):
        at_row = f"{place}, row {number}"
        source, target = _code(at_row, row[columns[0]], (6,)), _code(at_row, row[columns[1]], targets)
        if source in found:
            raise Refused(f"{at_row}: {source} is converted a second time")
        found[source] = target, number
    return found


def _columns(rows: list[list[Any]], header: int, headings: Sequence[Sequence[str]], place: str) -> list[int]:
    """Return the index of each heading's column; no other headings are allowed. Raises Refused."""
    cells = [re.sub(r"[\s.]", "", _text(cell)).lower() for cell in rows[header]] if header < len(rows) else []
    found = [[at for at, cell in enumerate(cells) if cell in names] for names in headings]
    if any(len(each) != 1 for each in found) or len([cell for cell in cells if cell]) != len(headings):
        wanted, read = ", ".join(names[0] for names in headings), ", ".join(filter(None, cells))[:200]
        raise Refused(f"{place}, row {header + 1}: the headings are {read or 'missing'}, not {wanted}")
    return [each[0] for each in found]


def _filled(rows: list[list[Any]], first: int) -> Iterator[tuple[int, list[Any]]]:
    """Yield the rows that are not blank, numbered from 1."""
    for number, row in enumerate(rows[first:], start=first + 1):
        if any(_text(cell) for cell in row):
            yield number, row


def _code(place: str, cell: Any, digits: Sequence[int]) -> str:
    """Return a code as text. Raises Refused."""
    code = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else _text(cell)
    lengths = (max(digits),) if isinstance(cell, float) else digits
    if not re.fullmatch("[0-9]+", code) or len(code) not in lengths:
        kind = "a number, which may have lost a leading zero" if isinstance(cell, float) else "not a code"
        raise Refused(f"{place}: {cell!r} is {kind}: a code has {' or '.join(map(str, digits))} digits")
    return code


def _relationship(place: str, cell: Any) -> str:
    """Return a relationship as `n:1`; some tables print `n to 1`. Raises Refused."""
    # A long cell is none, and this pattern takes the square of its length.
    printed = re.sub(r"\s*(to|:)\s*", ":", _text(cell)[:20].lower())
    if printed not in RELATIONSHIPS:
        raise Refused(f"{place}: {cell!r} is not a relationship such as n:1")
    return printed


def _text(cell: Any) -> str:
    return cell.strip() if isinstance(cell, str) else repr(cell)
