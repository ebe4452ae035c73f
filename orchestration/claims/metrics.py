"""What can be claimed: a quantity of the record, how it is measured, and how it stands among its months.

A metric's name is read from left to right: `exports` is a level, `exports_yoy` its change on a year earlier,
`exports_yoy_record` says that this change is a record. Quantities of one partner or category name it after a colon,
`partner_exports_yoy:Vietnam`, or in the words of the claim.
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from orchestration.claims.quantities import QUANTITIES, Quantity
from orchestration.claims.units import Kind

Measure = Literal["level", "yoy", "mom", "change", "share", "share_change", "contribution"]
View = Literal["", "record", "rank", "streak"]


class MetricError(ValueError):
    """A metric is unknown; the message names what comes nearest."""


SHARES = {"trade_deficit": "deficit_pct_of_imports"}
MEASURED: dict[Measure, tuple[str, Kind, str]] = {
    "level": ("", "money", "{}"),
    "yoy": ("_yoy", "pct", "the change of {} on a year earlier"),
    "mom": ("_mom", "pct", "the change of {} on the month before"),
    "change": ("_change", "money", "the increase of {} on a year earlier"),
    "share": ("_share", "pct", "the share of {}"),
    "share_change": ("_share_change", "pp", "the change in the share of {} on a year earlier"),
    "contribution": ("_contribution", "pp", "the contribution of {} to growth"),
}
VIEWED: dict[View, Kind] = {"record": "record", "rank": "rank", "streak": "streak"}


@dataclass(frozen=True)
class Metric:
    """A quantity, a measure of it, and perhaps how that stands among its months."""

    name: str
    quantity: Quantity
    measure: Measure
    view: View = ""

    @property
    def kind(self) -> Kind:
        """The kind of unit that the measure has; a record, rank or streak may be claimed in units of its own too."""
        own = MEASURED[self.measure][1]
        return self.quantity.kind if own == "money" else own

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of unit that a claim of this metric may be printed in."""
        if not self.view:
            return (self.kind,)
        return (VIEWED[self.view], self.kind) if self.view == "record" else (VIEWED[self.view],)

    @property
    def words(self) -> str:
        if self.name == "deficit_pct_of_imports":
            return "the deficit as a share of imports"
        return MEASURED[self.measure][2].format(self.quantity.words)

    @property
    def measured(self) -> "Metric":
        """The metric without its view: what a record is a record of."""
        return parse(self.name.removesuffix(f"_{self.view}")) if self.view else self


def _measures(quantity: Quantity) -> Iterator[Measure]:
    yield "level"
    if quantity.kind in ("pct", "ratio"):
        return
    yield "yoy"
    if quantity.months:
        yield "mom"
    yield "change"
    if quantity.part:
        yield "share"
        yield "share_change"
    if quantity.member:
        yield "contribution"


@cache
def every() -> dict[str, Metric]:
    """Return every metric by its name."""
    found = {}
    for quantity in QUANTITIES.values():
        for measure in _measures(quantity):
            base = quantity.name
            if measure in ("share", "share_change") and quantity.name in SHARES:
                name = SHARES[base] + MEASURED[measure][0].removeprefix("_share")
            else:
                name = base + MEASURED[measure][0]
            found[name] = Metric(name, quantity, measure)
            if measure in ("level", "yoy", "mom", "share"):
                for view in VIEWED:
                    found[f"{name}_{view}"] = Metric(f"{name}_{view}", quantity, measure, view)
    return found


@cache
def of_quantity(name: str) -> tuple[Metric, ...]:
    """Return every metric of a quantity; none of an unknown one."""
    return tuple(metric for metric in every().values() if metric.quantity.name == name)


def parse(name: str) -> Metric:
    """Return the metric of a name. Raises MetricError that names the nearest ones."""
    if metric := every().get(name):
        return metric
    near = difflib.get_close_matches(name, every(), n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise MetricError(f"unknown metric {name!r}; {hint}`entrepot claims metrics` lists them")
