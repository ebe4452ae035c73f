"""SQL that converts the columns of an imported file to those of the lake, and refuses what would lose something.

A cast of DuckDB rounds 1.0005 to three decimal places, 0.1 + 0.2 to 0.3, and reads `infinity` and `0044-03-01 (BC)` as
dates. Here a value that the column can't hold exactly is an error that names line and column.
"""

import re
from datetime import date

from orchestration.periods import EARLIEST

# Casting back and comparing is fast, and exact between types of numbers and dates.
ROUND_TRIP = "cast(try_cast({value} as {kind}) as {found}) is distinct from {value}"
# What a text must look like for nothing to be lost; first a faster test, which most values pass.
DECIMAL_TEXT = (
    "regexp_matches({value}, '[eE]|[.][0-9]{{4}}')"
    " and not regexp_full_match({value}, '\\s*[+-]?[0-9]*[.]?[0-9]{{0,3}}0*([eE][+]?[0-9]+)?\\s*')"
)
# A double keeps every text of up to 15 digits. A longer text must be how the double is written, in the fewest digits or
# in 17.
DIGITS = "trim(regexp_replace(regexp_replace({0}, '[eE].*$', ''), '[^0-9]', '', 'g'), '0')"
SHORTEST, LONGEST = "cast(try_cast({value} as double) as varchar)", "format('{{:.16e}}', try_cast({value} as double))"
DOUBLE_TEXT = (
    "(length({value}) > 15 or contains(lower({value}), 'e'))"
    f" and {DIGITS.format('{value}')} not in ({DIGITS.format(SHORTEST)}, {DIGITS.format(LONGEST)})"
)
DATE_TEXT = (
    "cast(try_cast({value} as date) as varchar) is distinct from {value}"
    " and not regexp_full_match({value}, '\\s*[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}( 00:00:00)?\\s*')"
)
LOSSY_TEXT = {"date": DATE_TEXT, "decimal(18, 3)": DECIMAL_TEXT, "double": DOUBLE_TEXT}
# The types of a file's column, as DuckDB names them, that a type of the lake can be read from. A timestamp with a time
# zone is not one: its day depends on the zone of the machine.
INTEGERS = "U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER"
READABLE = {
    "varchar": f"VARCHAR|{INTEGERS}",
    "date": "VARCHAR|DATE|TIMESTAMP(_S|_MS|_NS)?",
    "decimal(18, 3)": rf"VARCHAR|{INTEGERS}|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\)",
    "double": rf"VARCHAR|{INTEGERS}|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\)",
}


def converted(column: str, kind: str, found: str, line: str, on: date) -> str:
    """Return SQL for a column of a file in the type of the lake, which raises an error for a value that would change.

    Args:
        column: The column.
        kind: Its type in the lake.
        found: Its type in the file, as DuckDB names it.
        line: SQL for the line number, for the error.
        on: Months after that of this day are errors.
    """
    if kind.upper().replace(" ", "") == found and kind not in ("date", "double"):
        return f'"{column}"'
    value, as_read = f'"{column}"', f'"{column}"'
    if not re.fullmatch(READABLE[kind], found):
        is_wrong, as_read = "true", "null"
    elif kind == "varchar":
        is_wrong = "false"
    elif kind == "double" and found != "DOUBLE":
        as_read = f"cast({value} as varchar)"  # a float of 0.1 widened to double is 0.10000000149
        is_wrong = _is_wrong(as_read, kind, "VARCHAR", on)
    else:
        is_wrong = _is_wrong(value, kind, found, on)
    message = f"'line ' || {line} || ': {column} ' || left(cast({value} as varchar), 40) || '{_complaint(kind)}'"
    return (
        f"case when {value} is not null and ({is_wrong}) then error({message}) else try_cast({as_read} as {kind}) end"
    )


def _is_wrong(value: str, kind: str, found: str, on: date) -> str:
    """Return SQL that is true of a value that the type can't hold, or not without losing something."""
    tests = [f"try_cast({value} as {kind}) is null"]
    lossy = LOSSY_TEXT[kind] if found == "VARCHAR" else ROUND_TRIP
    tests.append(lossy.format(value=value, kind=kind, found=found))
    if kind == "double":
        tests.append(f"not isfinite(try_cast({value} as double))")
    if kind == "date":
        tests.append(f"try_cast({value} as date) not between date '{EARLIEST}' and date '{on}'")
    return " or ".join(f"({test})" for test in tests)


def _complaint(kind: str) -> str:
    if kind == "date":
        return f" is not a day of a month from {EARLIEST.year} to now, such as 2026-03-01"
    if kind == "varchar":
        return " is not text"
    return f" is not a number, or not one that {kind} holds without losing digits"
