"""The units of published columns: the end of a column's name gives its unit."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """A unit in words, and the short label that charts put after a column's name.

    Without a label the column's name, written as words, already says the unit: `usd_per_troy_oz`.
    """

    words: str
    label: str = ""


UNITS_BY_ENDING = {
    "hkd_per_troy_oz": Unit("HK$ per troy ounce"),
    "usd_per_troy_oz": Unit("US$ per troy ounce"),
    "hkd_per_tael": Unit("HK$ per tael"),
    "hkd_per_usd": Unit("HK$ per US$"),
    "_hkd_mn": Unit("HK$ million", "HK$ million"),
    "_usd_mn": Unit("US$ million", "US$ million"),
    "_hkd_bn": Unit("HK$ billion", "HK$ billion"),
    "_pct": Unit("percent", "%"),
    "_pp": Unit("percentage points", "percentage points"),
    "_kg": Unit("kilograms", "kg"),
    "_ratio": Unit("ratio"),
}


def unit_ending(column: str) -> str | None:
    """Return the end of a column's name that is a key of UNITS_BY_ENDING, or None if the name gives no unit."""
    return next((ending for ending in UNITS_BY_ENDING if column.endswith(ending)), None)
