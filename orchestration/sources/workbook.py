"""Opening an xlsx workbook that nobody vouches for: what could harm the process is refused before it is read.

The reader gets a copy that holds only the parts that were looked at: whole, well-formed, and small when laid out.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook

from orchestration.sources.connector import Refused

MOST_BYTES = 200_000_000  # unpacked
MOST_TIMES = 100  # unpacked over packed; the Pink Sheet of July 2026 has 6
# A reader lays a sheet out whole, from A1 to its furthest cell, and the process is aborted when memory runs out:
# two cells in a file of 2 KB are enough (github tafia/calamine, issue 693). The Pink Sheet has some 800 rows of 72
# columns, the longest correlation table 15,659 rows of 3.
CELL = re.compile(r"([A-Z]{1,2})([1-9]\d{0,4})")
MOST_CELLS = 9_999 * 702
Sheets = dict[str, list[list[Any]]]


def sheet(payload: bytes, name: str) -> list[list[Any]]:
    """Return the cells of one sheet, row by row from A1: str, float, bool, dates; "" where there is nothing.

    Raises Refused when the payload is no workbook, could do harm, or has no such sheet.
    """

    def named(names: list[str]) -> list[str]:
        if name not in names:
            raise Refused(f"no sheet is named {name!r}; there are {', '.join(names)[:200] or 'none'}")
        return [name]

    return sheets(payload, named)[name]


def sheets(payload: bytes, chosen: Callable[[list[str]], list[str]]) -> Sheets:
    """Return the cells of some sheets, chosen of the names in their order.

    Raises Refused when the payload is no workbook or could do harm, and what `chosen` raises.
    """
    try:
        with CalamineWorkbook.from_filelike(_vetted(payload)) as workbook:
            names = chosen(workbook.sheet_names)
            return {name: workbook.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in names}
    except CalamineError as error:
        raise Refused(f"the workbook can't be read: {error}") from None
    except BaseException as error:
        # The reader, in Rust, panics on a cell with the style of a date and a number before all dates.
        if type(error).__module__ != "pyo3_runtime":
            raise
        raise Refused(f"the workbook can't be read: {error}") from None


def _vetted(payload: bytes) -> io.BytesIO:
    """Return a copy of the workbook with those of its parts only that were looked at. Raises Refused."""
    copy = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(payload)) as source, zipfile.ZipFile(copy, "w") as target:
            _refuse_bomb(source, len(payload))
            for name, content in _parts(source):
                _refuse_harm(name, content)
                target.writestr(name, content)
    except zipfile.BadZipFile as error:
        raise Refused(f"the body is no xlsx workbook ({error}); it begins with {payload[:40]!r}") from None
    except (RuntimeError, ValueError, EOFError, zlib.error) as error:  # encrypted, packed in an unknown way, spoilt
        raise Refused(f"the workbook can't be unpacked: {error}") from None
    copy.seek(0)
    return copy


def _refuse_bomb(source: zipfile.ZipFile, packed: int) -> None:
    """Refuse an archive that declares absurd sizes. Raises Refused."""
    unpacked = sum(part.file_size for part in source.infolist())
    if unpacked > min(MOST_BYTES, MOST_TIMES * packed):
        raise Refused(f"the workbook unpacks from {packed:,} to {unpacked:,} bytes: a bomb")


def _parts(source: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """Yield the parts that are XML; reading checks their length and CRC against what the archive declares."""
    for name in sorted(set(source.namelist())):
        if name.endswith((".xml", ".rels")):
            yield name, source.read(name)


def _refuse_harm(name: str, content: bytes) -> None:
    """Refuse a part that is not well-formed, declares entities, or has a filled cell far out. Raises Refused."""
    parser = expat.ParserCreate()
    cell: str | None = None
    rows = columns = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal cell, rows, columns
        tag = tag.rpartition(":")[2]
        if tag == "c":
            cell = attributes.get("r", "")
        elif cell is not None:
            place = CELL.fullmatch(cell)
            if place:
                columns = max(columns, _column(place[1]))
                rows = max(rows, int(place[2]))
            if not place or rows * columns > MOST_CELLS:
                raise Refused(f"{name}: cell {cell!r} lies too far out: laid out, the sheet would fill the memory")

    def end(tag: str) -> None:
        nonlocal cell
        if tag.rpartition(":")[2] == "c":
            cell = None

    def doctype(*_: object) -> None:
        raise Refused(f"{name}: a document type is declared; workbooks have none")

    parser.StartElementHandler, parser.EndElementHandler, parser.StartDoctypeDeclHandler = start, end, doctype
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise Refused(f"{name} is not well-formed XML: {error}") from None


def _column(letters: str) -> int:
    """Return the number of a column: 1 of A, 702 of ZZ."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
