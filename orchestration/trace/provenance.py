"""The whole provenance of one figure."""

from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from orchestration import periods
from orchestration.archive import Archive
from orchestration.claims.measures import MEASURES
from orchestration.periods import Period
from orchestration.trace import measures
from orchestration.trace.arithmetic import working
from orchestration.trace.mart_figures import MartFigure, served
from orchestration.trace.measures import LUNAR_NEW_YEAR, TWO_BASES, AppliedRule, TracedMeasure, UnknownFigure
from orchestration.trace.observations import Observation, behind
from orchestration.trace.payloads import Payload, payloads, with_lines


@dataclass(frozen=True)
class Trace:
    """A served figure and everything that led to it.

    `late_corrections` is the published figure less the sum of the months; None unless both are served.
    """

    measure: TracedMeasure
    period: Period
    served: tuple[MartFigure, ...]
    late_corrections: Decimal | float | None
    observations: tuple[Observation, ...]
    payloads: tuple[Payload, ...]
    rules: tuple[AppliedRule, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the trace as plain values, ready for JSON."""
        described: dict[str, Any] = _plain(
            {
                "period_label": self.period.label,
                "period": self.period.words,
                "measure": self.measure.name,
                "unit": self.measure.unit,
                "served": [asdict(each) for each in self.served],
                "late_corrections": self.late_corrections,
                "observations": [asdict(each) for each in self.observations],
                "payloads": [asdict(each) for each in self.payloads],
                "rules": [asdict(each) for each in self.rules],
            }
        )
        return described


def trace(connection: duckdb.DuckDBPyConnection, archive: Archive, period_label: str, measure: str) -> Trace:
    """Return where a served figure comes from.

    Raises UnknownFigure if nothing of that name is served, ArchiveError if archived bytes are missing or changed.
    """
    wanted = measures.find(measure)
    try:
        period = periods.parse(period_label)
    except ValueError as error:
        raise UnknownFigure(str(error)) from None
    figures = served(connection, wanted, period)
    found = behind(connection, wanted, period, figures)
    values = {each.key: each.value for each in found if each.is_served}
    sources = payloads(archive, found)
    return Trace(
        measure=wanted,
        period=period,
        served=tuple(replace(each, working=working(wanted, period, each, values)) for each in figures),
        late_corrections=_late_corrections(figures),
        observations=tuple(with_lines(archive, found, sources)),
        payloads=tuple(sources),
        rules=_rules(wanted, period, figures),
    )


def _late_corrections(figures: list[MartFigure]) -> Decimal | float | None:
    values: dict[str, Any] = {each.basis: each.value for each in figures}
    if len(values) < 2:
        return None
    difference: Decimal | float = MEASURES["late_corrections"].formula(values["published"], values["sum_of_months"])
    return difference


def _rules(measure: TracedMeasure, period: Period, figures: list[MartFigure]) -> tuple[AppliedRule, ...]:
    is_distorted = measure.kind == "growth" and period.months == 1 and period.start.month <= 2
    has_two_bases = any(each.basis == "sum_of_months" for each in figures)
    return (
        *measure.rules,
        *([TWO_BASES] if has_two_bases else []),
        *([LUNAR_NEW_YEAR] if is_distorted else []),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value
