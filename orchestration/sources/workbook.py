"""Reading xlsx workbooks from untrusted sources: whatever could harm the process is refused before it is read.

The reader gets a copy that contains only checked parts: complete, well-formed, and small in memory.
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

MAX_BYTES = 200_000_000  # decompressed
MAX_RATIO = 100  # decompressed to compressed size; the Pink Sheet of July 2026 has 6
# The reader allocates the whole rectangle from A1 to the furthest cell, and aborts the process when memory runs out: a
# 2 KB file with two cells is enough (github tafia/calamine, issue 693). The Pink Sheet has about 800 rows and 72
# columns, the longest correlation table 15,659 rows and 3 columns.
CELL = re.compile(r"([A-Z]{1,2})([1-9]\d{0,4})")
MAX_CELLS = 9_999 * 702
Sheets = dict[str, list[list[Any]]]


def sheet(payload: bytes, name: str) -> list[list[Any]]:
    """Return the cells of one sheet, row by row from A1: str, float, bool, dates; "" for an empty cell.

    Raises Refused when the payload is not a workbook, is unsafe to read, or has no such sheet.
    """

    def named(names: list[str]) -> list[str]:
        if name not in names:
            raise Refused(f"no sheet is named {name!r}; there are {', '.join(names)[:200] or 'none'}")
        return [name]

    return sheets(payload, named)[name]


def sheets(payload: bytes, chosen: Callable[[list[str]], list[str]]) -> Sheets:
    """Return the cells of those sheets that `chosen` selects from the names of all sheets.

    Raises Refused when the payload is not a workbook or is unsafe to read, and whatever `chosen` raises.
    """
    try:
        with CalamineWorkbook.from_filelike(_checked_copy(payload)) as workbook:
            names = chosen(workbook.sheet_names)
            return {name: workbook.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in names}
    except CalamineError as error:
        raise Refused(f"the workbook cannot be read: {error}") from None
    except BaseException as error:
        # The reader, in Rust, panics on a cell with a date style whose number is out of the range of dates.
        if type(error).__module__ != "pyo3_runtime":
            raise
        raise Refused(f"the workbook cannot be read: {error}") from None


def _checked_copy(payload: bytes) -> io.BytesIO:
    """Return a copy of the workbook that contains only its checked parts. Raises Refused."""
    copy = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(payload)) as source, zipfile.ZipFile(copy, "w") as target:
            _refuse_bomb(source, len(payload))
            for name, content in _parts(source):
                _refuse_unsafe(name, content)
                target.writestr(name, content)
    except zipfile.BadZipFile as error:
        raise Refused(f"the body is not an xlsx workbook ({error}); it begins with {payload[:40]!r}") from None
    except (RuntimeError, ValueError, EOFError, zlib.error) as error:  # encrypted, unknown compression, corrupt
        raise Refused(f"the workbook cannot be decompressed: {error}") from None
    copy.seek(0)
    return copy


def _refuse_bomb(source: zipfile.ZipFile, packed: int) -> None:
    """Refuse a decompression bomb, by the sizes that the ZIP archive declares. Raises Refused."""
    unpacked = sum(part.file_size for part in source.infolist())
    if unpacked > min(MAX_BYTES, MAX_RATIO * packed):
        raise Refused(f"the workbook decompresses from {packed:,} to {unpacked:,} bytes: a decompression bomb")


def _parts(source: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """Yield the XML parts; reading them verifies the length and CRC that the ZIP archive declares."""
    for name in sorted(set(source.namelist())):
        if name.endswith((".xml", ".rels")):
            yield name, source.read(name)


def _refuse_unsafe(name: str, content: bytes) -> None:
    """Refuse a part that is not well-formed, declares a document type, or has a cell too far out. Raises Refused."""
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
            if not place or rows * columns > MAX_CELLS:
                raise Refused(f"{name}: cell {cell!r} is too far from A1: the sheet would not fit in memory")

    def end(tag: str) -> None:
        nonlocal cell
        if tag.rpartition(":")[2] == "c":
            cell = None

    def doctype(*_: object) -> None:
        raise Refused(f"{name}: a document type is declared; workbooks have none")

    parser.StartElementHandler, parser.EndElementHandler, parser.StartDoctypeDeclHandler = start, end, doctype
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, LookupError, ValueError) as error:  # the last two for an encoding that Python lacks
        raise Refused(f"{name} is not well-formed XML: {str(error)[:200]}") from None


def _column(letters: str) -> int:
    """Return the number of a column: 1 for A, 702 for ZZ."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
