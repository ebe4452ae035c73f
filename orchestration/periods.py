"""Period labels (`2026-03`, `2026-Q1`, `2025-H1`, `2025`, `2026-01..2026-05`), and the time zone of Hong Kong."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

HONG_KONG = ZoneInfo("Asia/Hong_Kong")
# No figure is older: an earlier year is an error of the source, such as year 1 in place of nothing.
EARLIEST = date(1900, 1, 1)
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
ORDINALS = ("first", "second", "third", "fourth")
EXAMPLES = "2026-03, 2026-Q1, 2025-H1, 2025 or 2026-01..2026-05"

# Months are counted from year 0, so that neighbours and lengths are plain arithmetic.
_FORMS: dict[str, Callable[[re.Match[str]], tuple[int, int]]] = {
    r"(\d{4})": lambda m: (_index(m[1], 1), _index(m[1], 12)),
    r"(\d{4})-Q([1-4])": lambda m: (_index(m[1], int(m[2]) * 3 - 2), _index(m[1], int(m[2]) * 3)),
    r"(\d{4})-H([12])": lambda m: (_index(m[1], int(m[2]) * 6 - 5), _index(m[1], int(m[2]) * 6)),
    r"(\d{4})-(0[1-9]|1[0-2])": lambda m: (_index(m[1], int(m[2])), _index(m[1], int(m[2]))),
    r"(\d{4})-(0[1-9]|1[0-2])\.\.(\d{4})-(0[1-9]|1[0-2])": lambda m: (_index(m[1], int(m[2])), _index(m[3], int(m[4]))),
}


def hong_kong_day(moment: datetime) -> date:
    """Return the day that it is in Hong Kong at a moment, which must have a time zone."""
    return moment.astimezone(HONG_KONG).date()


def is_past(day: date, on: date) -> bool:
    """Return True for a day from 1900 to a day in Hong Kong."""
    return EARLIEST <= day <= on


def is_data_month(year: int, month: int, on: date) -> bool:
    """Return True for a month from January 1900 to that of a day in Hong Kong: others have no figures."""
    return 1 <= month <= 12 and (EARLIEST.year, 1) <= (year, month) <= (on.year, on.month)


def _index(year: str, month: int) -> int:
    return int(year) * 12 + month - 1


def _first_day(index: int) -> date:
    return date(index // 12, index % 12 + 1, 1)


@dataclass(frozen=True)
class Period:
    """A span of whole months, by the number of its first and last month (year * 12 + month - 1)."""

    first_index: int
    last_index: int

    @property
    def months(self) -> int:
        """The number of months."""
        return self.last_index - self.first_index + 1

    @property
    def start(self) -> date:
        """The first day of the first month."""
        return _first_day(self.first_index)

    @property
    def last_month(self) -> date:
        """The first day of the last month."""
        return _first_day(self.last_index)

    @property
    def each_month(self) -> "list[Period]":
        """The months of the period, each as a period."""
        return [Period(index, index) for index in range(self.first_index, self.last_index + 1)]

    def back(self, months: int) -> "Period":
        """Return the period of the same length that begins this many months earlier."""
        return Period(self.first_index - months, self.last_index - months)

    @cached_property
    def label(self) -> str:
        """The canonical label: January to March is `2026-Q1`, also when it was written `2026-01..2026-03`."""
        year, month = divmod(self.first_index, 12)
        first = f"{year}-{month + 1:02}"
        if self.months == 1:
            return first
        if self.months == 12 and month == 0:
            return str(year)
        if self.months == 6 and month % 6 == 0:
            return f"{year}-H{month // 6 + 1}"
        if self.months == 3 and month % 3 == 0:
            return f"{year}-Q{month // 3 + 1}"
        last_year, last_month = divmod(self.last_index, 12)
        return f"{first}..{last_year}-{last_month + 1:02}"

    @cached_property
    def words(self) -> str:
        """The period in words: `March 2026`, `the first quarter of 2026`, `January to May 2026`."""
        year, month = divmod(self.first_index, 12)
        if "Q" in self.label:
            return f"the {ORDINALS[month // 3]} quarter of {year}"
        if "H" in self.label:
            return f"the {ORDINALS[month // 6]} half of {year}"
        if len(self.label) == 4:
            return self.label
        last_year, last_month = divmod(self.last_index, 12)
        last = f"{MONTH_NAMES[last_month]} {last_year}"
        if self.months == 1:
            return last
        return f"{MONTH_NAMES[month]} to {last}" if year == last_year else f"{MONTH_NAMES[month]} {year} to {last}"


def parse(label: str) -> Period:
    """Return the period of a label. Raises ValueError with examples of labels."""
    for form, bounds in _FORMS.items():
        if match := re.fullmatch(form, label):
            first, last = bounds(match)
            if first < 12 or last < first or (".." in label and first == last):
                raise ValueError(f"{label!r} is no period: its last month must come after its first")
            return Period(first, last)
    raise ValueError(f"{label!r} is no period; write it as {EXAMPLES}")


def ordinal(number: int) -> str:
    """Return `1st`, `2nd`, `3rd`, `4th`, `11th`."""
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"
