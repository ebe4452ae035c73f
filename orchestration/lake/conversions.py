"""SQL that converts the columns of an imported file to those of the lake, and refuses what would lose something.

A cast of DuckDB rounds 1.0005 to three decimal places, 0.1 + 0.2 to 0.3, and reads `infinity` and `0044-03-01 (BC)` as
dates. Here a value that the column can't hold exactly is an error that names line and column.
"""

from datetime import date

from orchestration.periods import EARLIEST

# Casting back and comparing is fast, and exact between types of numbers and dates.
ROUND_TRIP = "cast(try_cast({value} as {kind}) as {found}) is distinct from {value}"
# What a text must look like for nothing to be lost; first a faster test, which most values pass.
DECIMAL_TEXT = (
    "regexp_matches({value}, '[eE]|[.][0-9]{{4}}')"
    " and not regexp_full_match({value}, '\\s*[+-]?[0-9]*[.]?[0-9]{{0,3}}0*([eE][+]?[0-9]+)?\\s*')"
)
DOUBLE_TEXT = "length({value}) > 15 and length(regexp_replace({value}, '[^0-9]|0*$', '', 'g')) > 17"
DATE_TEXT = (
    "cast(try_cast({value} as date) as varchar) is distinct from {value}"
    " and not regexp_full_match({value}, '\\s*[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}( 00:00:00)?\\s*')"
)
LOSSY_TEXT = {"date": DATE_TEXT, "decimal(18, 3)": DECIMAL_TEXT, "double": DOUBLE_TEXT}


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
    value = f'"{column}"'
    is_wrong = f"{value} is not null and ({_is_wrong(value, kind, found, on)})"
    message = f"'line ' || {line} || ': {column} ' || left(cast({value} as varchar), 40) || '{_complaint(kind)}'"
    return f"case when {is_wrong} then error({message}) else try_cast({value} as {kind}) end"


def _is_wrong(value: str, kind: str, found: str, on: date) -> str:
    """Return SQL that is true of a value that the type can't hold, or not without losing something."""
    if found == "BOOLEAN":
        return "true"
    if kind == "varchar":
        return "false" if "INT" in found or found == "VARCHAR" else "true"
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
