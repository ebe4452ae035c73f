"""The files of correlation tables, cell by cell: no two have their columns in the same places.

A code is text; one that was kept as a number is believed only when it has every digit that a code can have, since a
leading zero would be lost without a trace.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from orchestration.sources import workbook
from orchestration.sources.connector import Refused

PAIR = ("from_code", "to_code", "relationship", "is_conversion")
# How each classification is headed, without blanks and points, and how many digits its codes have. The conversions to
# SITC name a group, of three digits or four, where a subheading goes to several of its items.
HEADINGS = {"SITC4": ("sitcrev4",), "BEC4": ("bec4", "bec")}
DIGITS = {"SITC4": (4, 5), "BEC4": (1, 2, 3)}
SITC_GROUPS = (3, 4, 5)
RELATIONSHIPS = ("1:1", "n:1", "1:n", "n:n")
PARTLY = "ex"  # stands between two codes of which only a part is common

Row = tuple[str, str, str, str, int]


@dataclass(frozen=True)
class Correlation:
    """Which classification's codes lead to which, such as HS2022 to SITC4."""

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
    """Return the pairs of a CSV, without its blank rows; one that is a code's only pair converts it. Raises Refused."""
    try:
        lines = list(csv.reader(io.StringIO(payload.decode("utf-8-sig"), newline=""), strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise Refused(f"the body is no CSV ({error}); it begins {payload[:40]!r}") from None
    pairs = list(_pairs(correlation, lines, 0, "the file"))
    targets = _targets(pairs)
    return [_row(pair, is_conversion=len(targets[pair.source]) == 1) for pair in pairs]


def of_workbook(correlation: Correlation, payload: bytes) -> list[Row]:
    """Return the pairs of a workbook, and the conversions to a group of the codes that they name. Raises Refused."""
    conversions, correlations = workbook.sheets(payload, _both).items()
    pairs = list(_pairs(correlation, correlations[1], 1, f"sheet {correlations[0]!r}"))
    converted = _conversions(correlation, conversions[1], f"sheet {conversions[0]!r}")
    targets = _targets(pairs)
    if missing := converted.keys() ^ targets.keys():
        raise Refused(f"code {min(missing)!r} stands on one of the two sheets only; {len(missing)} such codes")
    rows = [_row(pair, is_conversion=converted[pair.source][0] == pair.target) for pair in pairs]
    for source, (target, line) in converted.items():
        if target in targets[source]:
            continue
        if not any(code.startswith(target) for code in targets[source]):
            reason = f"{source} is converted to {target}, which is no target of its correlations"
            _refuse(f"sheet {conversions[0]!r}", line, reason)
        rows.append((source, target, "", "true", len(correlations[1]) + line))
    return rows


def _both(names: list[str]) -> list[str]:
    """Return the sheets of conversions and of correlations, the first and the second. Raises Refused."""
    if [word in name.lower() for name, word in zip(names, ("conversion", "correlation"), strict=False)] != [True, True]:
        raise Refused(f"the sheets are {names[:5]}; the first two hold conversions and correlations")
    return names[:2]


def _targets(pairs: Sequence[_Pair]) -> dict[str, set[str]]:
    targets: dict[str, set[str]] = {}
    for pair in pairs:
        targets.setdefault(pair.source, set()).add(pair.target)
    return targets


def _row(pair: _Pair, *, is_conversion: bool) -> Row:
    return pair.source, pair.target, pair.relationship, "true" if is_conversion else "false", pair.line


def _pairs(correlation: Correlation, rows: list[list[Any]], header: int, place: str) -> Iterator[_Pair]:
    """Yield the pairs below the row of headings, wherever their columns are. Raises Refused."""
    columns = _columns(rows, header, correlation.headings, place)
    targets = DIGITS.get(correlation.target, (6,))
    for number, row in _filled(rows, header + 1):
        if len(row) <= max(columns):
            _refuse(place, number, f"it has {len(row)} cells")
        if other := [cell for at, cell in enumerate(row) if at not in columns and _text(cell) not in ("", PARTLY)]:
            _refuse(place, number, f"{other[0]!r} stands where there is no heading")
        source, target, relationship = (row[column] for column in columns)
        codes = _code(place, number, source, (6,)), _code(place, number, target, targets)
        yield _Pair(*codes, _relationship(place, number, relationship), number)


def _conversions(correlation: Correlation, rows: list[list[Any]], place: str) -> dict[str, tuple[str, int]]:
    """Return each code's one target, and the row in which it stands. Raises Refused."""
    pairs = zip(("from", "to"), correlation.headings, strict=False)
    headings = [[f"{word}{name}" for name in names] for word, names in pairs]
    columns = _columns(rows, 0, headings, place)
    targets = SITC_GROUPS if correlation.target == "SITC4" else (6,)
    found: dict[str, tuple[str, int]] = {}
    for number, row in _filled(rows, 1):
        source, target = _code(place, number, row[columns[0]], (6,)), _code(place, number, row[columns[1]], targets)
        if source in found:
            _refuse(place, number, f"{source} is converted a second time")
        found[source] = target, number
    return found


def _columns(rows: list[list[Any]], header: int, headings: Sequence[Sequence[str]], place: str) -> list[int]:
    """Return the place of each heading; there are no others. Raises Refused."""
    cells = [re.sub(r"[\s.]", "", _text(cell)).lower() for cell in rows[header]] if header < len(rows) else []
    found = [[at for at, cell in enumerate(cells) if cell in names] for names in headings]
    if any(len(each) != 1 for each in found) or len([cell for cell in cells if cell]) != len(headings):
        wanted = ", ".join(names[0] for names in headings)
        _refuse(place, header + 1, f"the headings are {', '.join(filter(None, cells))[:200] or 'none'}, not {wanted}")
    return [each[0] for each in found]


def _filled(rows: list[list[Any]], first: int) -> Iterator[tuple[int, list[Any]]]:
    """Yield the rows that hold something, with their number from 1."""
    for number, row in enumerate(rows[first:], start=first + 1):
        if any(_text(cell) for cell in row):
            yield number, row


def _code(place: str, number: int, cell: Any, digits: Sequence[int]) -> str:
    """Return a code as text. Raises Refused."""
    code = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else _text(cell)
    lengths = (max(digits),) if isinstance(cell, float) else digits
    if not re.fullmatch("[0-9]+", code) or len(code) not in lengths:
        kind = "a number, which may have lost a leading zero" if isinstance(cell, float) else "no code"
        _refuse(place, number, f"{cell!r} is {kind}: a code has {' or '.join(map(str, digits))} digits")
    return code


def _relationship(place: str, number: int, cell: Any) -> str:
    """Return a relationship in one form; some tables print `n to 1`. Raises Refused."""
    printed = re.sub(r"\s*(to|:)\s*", ":", _text(cell).lower())
    if printed not in RELATIONSHIPS:
        _refuse(place, number, f"{cell!r} is no relationship such as n:1")
    return printed


def _text(cell: Any) -> str:
    return cell.strip() if isinstance(cell, str) else repr(cell)


def _refuse(place: str, number: int, reason: str) -> NoReturn:
    raise Refused(f"{place}, row {number}: {reason}")
