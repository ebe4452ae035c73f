"""The published figures behind a served one: which were used, which were not chosen, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from typing import Literal

import duckdb

from orchestration.periods import Period
from orchestration.trace.arithmetic import Key, keys_used, labels
from orchestration.trace.mart_figures import MartFigure
from orchestration.trace.measures import TracedMeasure

Status = Literal["used", "beside", "not chosen"]


@dataclass(frozen=True)
class Observation:
    """One published figure, as printed and in the unit of the marts (`value`), and whether it was used.

    A figure "beside" is a served one that this figure did not need. `line` is the archived line it was read from.
    """

    series: str
    period_label: str
    value: Decimal
    rounding_unit: Decimal
    printed_value: Decimal
    printed_unit: str
    evidence: str
    source_id: str
    source_url: str
    published_on: date | None
    vintage: str | None
    flag: str | None
    note: str | None
    payload_sha256: str
    line_number: int
    is_current: bool
    is_usable: bool
    is_served: bool
    status: Status = "not chosen"
    reason: str = ""
    line: str = ""

    @property
    def key(self) -> Key:
        """Its series and period label."""
        return self.series, self.period_label


COLUMNS = [field.name for field in fields(Observation) if field.name not in ("status", "reason", "line")]

OBSERVATIONS = f"""
select {", ".join(COLUMNS)}
from marts.fct_observations
where
    list_contains($series, series) and list_contains($labels, period_label)
    and classification = 'total' and member_code = 'total'
order by
    period_start, period_end desc, list_position($series, series), is_usable desc, selection_rank, observation_id
"""


def behind(
    connection: duckdb.DuckDBPyConnection, traced: TracedMeasure, period: Period, served: Sequence[MartFigure]
) -> list[Observation]:
    """Return the published figures behind the served ones, each with its status and the reason for it."""
    periods = {label for each in served for label in labels(traced, period, each)}
    parameters = {"series": list(traced.series), "labels": sorted(periods)}
    found = [Observation(*row) for row in connection.execute(OBSERVATIONS, parameters).fetchall()]
    chosen = {each.key: each for each in found if each.is_served}
    used = {key for each in served for key in keys_used(traced, period, each, chosen.keys())}
    beside = {"balance", "total_exports", "imports"} if "balance" in traced.series else set()
    return [
        _with_status(each, chosen.get(each.key), used)
        for each in found
        if each.key in used or (each.series in beside and each.period_label == period.label)
    ]


def _with_status(each: Observation, chosen: Observation | None, used: set[Key]) -> Observation:
    if each.is_served and each.key in used:
        return replace(each, status="used")
    if each.is_served:
        instead = sorted(series for series, label in used if label == each.period_label)
        reason = f"not needed: {' and '.join(instead)} {'is' if len(instead) == 1 else 'are'} used" if instead else ""
        return replace(each, status="beside", reason=reason)
    return replace(each, reason=_why_not_chosen(each, chosen))


def _why_not_chosen(each: Observation, chosen: Observation | None) -> str:
    """Return the step of the selection rule at which a figure lost. The steps are those of `int_observations`."""
    if not each.is_current:
        return "from an earlier payload of its file, which a newer one has replaced"
    if not each.is_usable or chosen is None:
        return f"flagged {each.flag}: never used"
    if each.rounding_unit > chosen.rounding_unit:
        units = f"{each.rounding_unit.normalize():f}", f"{chosen.rounding_unit.normalize():f}"
        return f"coarser: printed to {units[0]}, the figure used to {units[1]}"
    if each.evidence != chosen.evidence:
        return f"{each.evidence}; the figure used is {chosen.evidence}"
    if each.flag:
        return f"flagged {each.flag}"
    if (each.vintage, each.published_on) != (chosen.vintage, chosen.published_on):
        return "an earlier or less settled vintage"
    return "as good as the figure used; between equals the order of the addresses decides"
