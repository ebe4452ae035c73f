"""What each column of the embedded record may contain, and the sentences about what it may not."""

import re
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from orchestration import periods
from orchestration.periods import EARLIEST
from orchestration.sources.connector import Refused
from orchestration.sources.exact import PLACES, is_exact
from orchestration.sources.vocabulary import vocabulary

if TYPE_CHECKING:
    from orchestration.sources.record import Dataset

NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
# Staging multiplies billions by 1,000 within decimal(18, 6).
WHOLE_DIGITS = 9
# The latest day in the files that come with the program: a clock that is behind it must not refuse them.
COMPILED_ON = date(2026, 9, 24)
# Editions that staging reads a day from, each with how to complete its text to a day.
EDITIONS = (
    (re.compile(r"(?:table of )?([0-9]{4}-[0-9]{2}-[0-9]{2})"), ""),
    (re.compile(r"table after ([0-9]{4}-[0-9]{2})"), "-01"),
    (re.compile(r"yearbook ([0-9]{4})"), "-01-01"),
)


def check(dataset: "Dataset", frame: pd.DataFrame, on: date) -> None:
    """Raise Refused, with a line for each problem, unless every row of a file keeps to its schema."""
    from pandera.errors import SchemaErrors

    try:
        schema(dataset, max(on, COMPILED_ON)).validate(frame, lazy=True)
    except SchemaErrors as error:
        raise Refused("\n".join(_problems(dataset, error.failure_cases))) from None


def schema(dataset: "Dataset", on: date):  # type: ignore[no-untyped-def]  # pandera is imported when a payload is new, not before
    """Return the pandera schema of one file: all columns are text; numbers are checked by their printed form."""
    import pandera.pandas as pa

    def one_of(values: tuple[str, ...]) -> pa.Column:
        listed = ", ".join(value or "blank" for value in sorted(set(values)))
        return pa.Column(str, pa.Check.isin(list(values), error=f"must be one of: {listed}"))

    def shaped(pattern: str, wanted: str, *more: pa.Check) -> pa.Column:
        return pa.Column(str, [pa.Check.str_matches(rf"^(?:{pattern})$", error=f"must be {wanted}"), *more])

    def each(is_valid: Callable[[str], bool], error: str) -> pa.Check:
        return pa.Check(is_valid, element_wise=True, error=error)

    is_stored = each(_is_stored, f"must have at most {WHOLE_DIGITS} digits before the point and {PLACES} after it")

    return pa.DataFrameSchema(
        {
            "period_label": shaped(
                dataset.period,
                "a period label such as 2026-03, 2026-Q1, 2025-H1, 2025, 2026-01..2026-05",
                each(lambda label: _is_past_period(label, on), f"is not within {EARLIEST.year} and {on:%Y-%m}"),
            ),
            **{name: one_of(values) for name, values in dataset.dimensions},
            "measure": one_of(dataset.measures),
            "value": shaped(NUMBER, "a plain decimal number", is_stored),
            "unit": one_of(dataset.units),
            "rounding_unit": shaped(r"(?:0*\.)?0*[1-9][0-9]*", "a positive decimal number", is_stored),
            "published_on": pa.Column(
                str, each(lambda day: day == "" or _is_past_day(day, on), "is no day of the past, such as 2026-03-26")
            ),
            "vintage": pa.Column(
                str, each(lambda edition: _is_past_edition(edition, on), "names no day, month or year of the past")
            ),
            "source_id": one_of(vocabulary("sources", "source_id")),
            "source_url": shaped(r"https?://\S+", "the http(s) address where the figure stands"),
            "flag": one_of(("", *vocabulary("usage_flags", "flag"))),
            "note": pa.Column(str),
        },
        unique=dataset.key,
        strict=True,
        ordered=True,
    )


def _is_stored(number: str) -> bool:
    """Return True if a number keeps its digits in the columns. Other texts are refused with a reason of their own."""
    return not re.fullmatch(NUMBER, number) or is_exact(number, PLACES, WHOLE_DIGITS)


def _is_past_period(label: str, on: date) -> bool:
    """Return True for a period from 1900 to the month of a day, and for what is no period, which is refused anyway."""
    try:
        period = periods.parse(label)
    except ValueError:
        return ".." not in label  # the shape of a range is right, but it ends before it begins
    return period.start >= EARLIEST and period.last_month <= on


def _is_past_day(text: str, on: date) -> bool:
    try:
        return len(text) == 10 and periods.is_past(date.fromisoformat(text), on)
    except ValueError:
        return False


def _is_past_edition(vintage: str, on: date) -> bool:
    """Return True unless an edition names a day that does not exist or is still to come."""
    for form, rest in EDITIONS:
        if found := form.fullmatch(vintage):
            return _is_past_day(f"{found[1]}{rest}", on)
    return True


def _problems(dataset: "Dataset", failures: pd.DataFrame) -> list[str]:
    problems: dict[tuple[int, str], str] = {}
    for failure in failures.to_dict("records"):
        line = int(failure["index"]) + 2 if pd.notna(failure["index"]) else 1
        if failure["check"] == "multiple_fields_uniqueness":
            column, reason = "+".join(dataset.key), "the same figure stands on more than one line"
        else:
            column, reason = failure["column"], f"{failure['failure_case']!r} {failure['check']}"
        problems.setdefault((line, column), f"{dataset.name}.csv, line {line}, column {column}: {reason}")
    return [problems[key] for key in sorted(problems)]
