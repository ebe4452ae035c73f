"""What can be claimed: a quantity, a measure of it, and perhaps its place among all months (record, rank, streak).

A metric's name is read from left to right: `exports` is a level, `exports_yoy` its change on a year earlier,
`exports_yoy_record` says that this change is a record. Quantities of one partner or category name it after a colon,
`partner_exports_yoy:Vietnam`, or in the words of the claim.
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from orchestration.claims.measures import MEASURES
from orchestration.claims.quantities import QUANTITIES, Quantity
from orchestration.claims.units import Kind

# "level" is the quantity itself; the others are measures of MEASURES.
MeasureName = Literal["level", "yoy", "mom", "change", "share", "share_change", "contribution"]
View = Literal["", "record", "rank", "streak"]


class MetricError(ValueError):
    """A metric is unknown; the message names what comes nearest."""


# A share that the press knows by a name of its own.
SHARES = {"trade_deficit": "deficit_pct_of_imports"}
MEASURE_KINDS: dict[str, Kind] = {"%": "pct", "pp": "pp"}
VIEW_KINDS: dict[View, Kind] = {"record": "record", "rank": "rank", "streak": "streak"}


@dataclass(frozen=True, eq=False)
class Metric:
    """A quantity, a measure of it, and perhaps its place among all months. Each exists once, in `every`."""

    name: str
    quantity: Quantity
    measure: MeasureName
    view: View = ""

    @property
    def kind(self) -> Kind:
        """The kind of unit of the measure, whatever its place among all months."""
        unit = "" if self.measure == "level" else MEASURES[self.measure].unit
        return MEASURE_KINDS.get(unit, self.quantity.kind)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of unit that a claim of this metric may be printed in."""
        if not self.view:
            return (self.kind,)
        return (VIEW_KINDS[self.view], self.kind) if self.view == "record" else (VIEW_KINDS[self.view],)

    @property
    def words(self) -> str:
        """What the metric measures, for a sentence: `the change of imports on a year earlier`."""
        if self.name == "deficit_pct_of_imports":
            return "the deficit as a share of imports"
        words = "{}" if self.measure == "level" else MEASURES[self.measure].words
        return words.format(self.quantity.words)

    @property
    def measured(self) -> "Metric":
        """The metric without record, rank or streak."""
        return parse(self.name.removesuffix(f"_{self.view}")) if self.view else self


def _measures_of(quantity: Quantity) -> Iterator[MeasureName]:
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
    if quantity.member_kind:
        yield "contribution"


def _name(quantity: Quantity, measure: MeasureName) -> str:
    suffix = "" if measure == "level" else f"_{measure}"
    if measure in ("share", "share_change") and quantity.name in SHARES:
        return SHARES[quantity.name] + suffix.removeprefix("_share")
    return quantity.name + suffix


@cache
def every() -> dict[str, Metric]:
    """Return every metric by its name."""
    found = {}
    for quantity in QUANTITIES.values():
        for measure in _measures_of(quantity):
            name = _name(quantity, measure)
            found[name] = Metric(name, quantity, measure)
            if measure in ("level", "yoy", "mom", "share"):
                for view in VIEW_KINDS:
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
