"""The units that claims are printed in: how each is written, and how many of the record's own units make one."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Literal

Kind = Literal["money", "pct", "pp", "weight", "price", "rate", "ratio", "record", "rank", "streak"]


class UnitError(ValueError):
    """A unit can't be read; the message says what units look like."""


# "Nearly 10 %" has no decimals to be held to. Within a twentieth of the number it reads as true: 9.5 to 10.5.
APPROXIMATE_PCT = Decimal(5)

CURRENCY_SIGNS = {"HKD": "HK$", "USD": "US$", "CNY": "CNY ", "EUR": "EUR ", "GBP": "GBP ", "JPY": "JPY "}
# In millions, as the record has its money.
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
OTHERS: dict[str, tuple[Kind, str, Decimal, str]] = {
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
class Unit:
    """One unit. `size` is how many of the record's units (million, percent, kg) make one; no currency where none is."""

    name: str
    kind: Kind
    template: str
    size: Decimal = Decimal(1)
    currency: str = ""
    scale: str = ""
    is_approximate: bool = False

    @property
    def tolerance_pct(self) -> Decimal:
        return APPROXIMATE_PCT if self.is_approximate else Decimal(0)

    def write(self, number: Decimal) -> str:
        """Return a number of this unit as a sentence has it: `HK$89.1 bn`, `-4.7 %`, `1,234 kg`."""
        return ("-" if number < 0 else "") + self.template.format(abs(number))

    def write_difference(self, number: Decimal) -> str:
        return f"{number:,f} percentage points" if self.kind == "pct" else self.write(number)


def money(currency: str, scale: str, *, is_approximate: bool = False) -> Unit:
    """Return the unit of an amount: a currency of CURRENCY_SIGNS at a scale of SCALES."""
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
    """Return the names of units of these kinds; of amounts, the usual ones."""
    named = [name for name, (kind, *_) in OTHERS.items() if kind in kinds]
    return [*(["HKD bn", "HKD mn", "USD bn"] if "money" in kinds else []), *named]


def exact(name: str) -> str:
    """Return the name of a unit without "approximately"."""
    return re.sub(r"[ _]approx(imately)?$", "", name.strip())


@cache
def parse(text: str) -> Unit:
    """Return the unit of a name such as `HKD bn`, `US$ million`, `pct` or `pct_approx`. Raises UnitError."""
    is_approximate = exact(text) != text.strip()
    words = [SPELLINGS.get(word.lower(), word) for word in exact(text).split()]
    name = " ".join(words)
    if known := {other.lower(): other for other in OTHERS}.get(name.lower()):
        kind, template, size, currency = OTHERS[known]
        shown = f"{known}_approx" if is_approximate else known
        return Unit(shown, kind, template, size, currency, is_approximate=is_approximate)
    currency, scale = (words[0].upper() if words else ""), " ".join(words[1:]).lower()
    if currency in CURRENCY_SIGNS and scale in SCALES:
        return money(currency, scale, is_approximate=is_approximate)
    if not text.strip():
        raise UnitError(f"the unit is missing; it is {EXAMPLES}")
    raise UnitError(f"unknown unit {text!r}; a unit is {EXAMPLES}")
