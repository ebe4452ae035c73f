"""Numbers and units as claims print them: the precision that the digits imply, and the size of each unit."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Literal

# No trade figure has more than 15 digits before the point or 9 after it.
SIGN = "[-+\N{MINUS SIGN}]?"
NUMBER = re.compile(SIGN + r"(\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.\d{1,9})?", re.ASCII)

Kind = Literal["money", "pct", "pp", "weight", "price", "rate", "ratio", "record", "rank", "streak"]


class NumberError(ValueError):
    """A number can't be read; the message says what one looks like."""


class UnitError(ValueError):
    """A unit can't be read; the message says what units look like."""


# "Nearly 10 %" implies no precision; it counts as true within a twentieth of the number: 9.5 to 10.5.
APPROXIMATE_PCT = Decimal(5)

CURRENCY_SIGNS = {"HKD": "HK$", "USD": "US$", "CNY": "CNY ", "EUR": "EUR ", "GBP": "GBP ", "JPY": "JPY "}
# In millions, the scale of all amounts in the record.
SCALES = {
    "": Decimal("1e-6"),
    "k": Decimal("1e-3"),
    "mn": Decimal(1),
    "bn": Decimal(1_000),
    "tn": Decimal(1_000_000),
}
SPELLINGS = {
    "hk$": "HKD",
    "us$": "USD",
    "rmb": "CNY",
    "thousand": "k",
    "million": "mn",
    "billion": "bn",
    "trillion": "tn",
    "percent": "pct",
    "%": "pct",
    "tonne": "tonnes",
}
# Name -> kind, template for a sentence, size in units of the record, currency.
OTHER_UNITS: dict[str, tuple[Kind, str, Decimal, str]] = {
    "pct": ("pct", "{:,f} %", Decimal(1), ""),
    "pp": ("pp", "{:,f} percentage points", Decimal(1), ""),
    "kg": ("weight", "{:,f} kg", Decimal(1), ""),
    "tonnes": ("weight", "{:,f} tonnes", Decimal(1_000), ""),
    "USD per troy oz": ("price", "US${:,f} per troy ounce", Decimal(1), "USD"),
    "HKD per troy oz": ("price", "HK${:,f} per troy ounce", Decimal(1), "HKD"),
    "HKD per USD": ("rate", "HK${:,f} per US$", Decimal(1), ""),
    "times": ("ratio", "{:,f} times", Decimal(1), ""),
    "since_year": ("record", "since {}", Decimal(1), ""),
    "since_month": ("record", "since {}", Decimal(1), ""),
    "years": ("record", "in {:f} years", Decimal(1), ""),
    "rank": ("rank", "rank {:f}", Decimal(1), ""),
    "months": ("streak", "{:f} months in a row", Decimal(1), ""),
}
EXAMPLES = (
    "HKD bn, USD mn, HKD tn, pct, pct_approx, pp, kg, tonnes, USD per troy oz, HKD per USD, times, since_year,"
    " since_month, years, rank or months"
)


@dataclass(frozen=True)
class Printed:
    """A number as printed: its value, and the place of its last digit, 0.1 for `89.1`, 1 for `446`."""

    value: Decimal
    place: Decimal


def parse_number(text: str) -> Printed:
    """Return a printed number such as `89.1`, `-4.7` or `1,715.1` with its precision. Raises NumberError."""
    if not NUMBER.fullmatch(text):
        raise NumberError(f"{text!r} is not a plain decimal number such as 89.1")
    plain = text.replace(",", "").replace("\N{MINUS SIGN}", "-")
    decimals = len(plain.partition(".")[2])
    return Printed(Decimal(plain), Decimal(1).scaleb(-decimals))


@dataclass(frozen=True)
class Unit:
    """One unit. `size` is its size in units of the record: million, percent, kg. `currency` is "" if it has none."""

    name: str
    kind: Kind
    template: str
    size: Decimal = Decimal(1)
    currency: str = ""
    scale: str = ""
    is_approximate: bool = False

    @property
    def tolerance_pct(self) -> Decimal:
        """How far an approximate number may be off, in percent of itself; 0 for any other."""
        return APPROXIMATE_PCT if self.is_approximate else Decimal(0)

    def write(self, number: Decimal) -> str:
        """Return a number with this unit, for a sentence: `HK$89.1 bn`, `-4.7 %`, `1,234 kg`."""
        return ("-" if number < 0 else "") + self.template.format(abs(number))

    def write_difference(self, number: Decimal) -> str:
        """Return a difference between two numbers of this unit; that of two percentages is in percentage points."""
        return f"{number:,f} percentage points" if self.kind == "pct" else self.write(number)


def money(currency: str, scale: str, *, is_approximate: bool = False) -> Unit:
    """Return the unit of amounts in a currency (a key of CURRENCY_SIGNS) at a scale (a key of SCALES)."""
    name = f"{currency} {scale}".strip()
    return Unit(
        name=f"{name} approx" if is_approximate else name,
        kind="money",
        template=f"{CURRENCY_SIGNS[currency]}{{:,f}}{f' {scale}' if scale else ''}",
        size=SCALES[scale],
        currency=currency,
        scale=scale,
        is_approximate=is_approximate,
    )


def examples(kinds: tuple[Kind, ...]) -> list[str]:
    """Return the names of the units of these kinds; only the most common ones for money."""
    named = [name for name, (kind, *_) in OTHER_UNITS.items() if kind in kinds]
    return [*(["HKD bn", "HKD mn", "USD bn"] if "money" in kinds else []), *named]


def exact(name: str) -> str:
    """Return the name of a unit without `_approx`."""
    return re.sub(r"[ _]approx(imately)?$", "", name.strip())


@cache
def parse(text: str) -> Unit:
    """Return the unit of a name such as `HKD bn`, `US$ million`, `pct` or `pct_approx`. Raises UnitError."""
    is_approximate = exact(text) != text.strip()
    words = [SPELLINGS.get(word.lower(), word) for word in exact(text).split()]
    name = " ".join(words)
    if known := {other.lower(): other for other in OTHER_UNITS}.get(name.lower()):
        kind, template, size, currency = OTHER_UNITS[known]
        shown = f"{known}_approx" if is_approximate else known
        return Unit(shown, kind, template, size, currency, is_approximate=is_approximate)
    currency, scale = (words[0].upper() if words else ""), " ".join(words[1:]).lower()
    if currency in CURRENCY_SIGNS and scale in SCALES:
        return money(currency, scale, is_approximate=is_approximate)
    if not text.strip():
        raise UnitError(f"the unit is missing; it is {EXAMPLES}")
    raise UnitError(f"unknown unit {text!r}; a unit is {EXAMPLES}")
