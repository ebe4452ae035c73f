"""The result of a rule: whether the data pass, and a sentence that says what to do if they do not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from duckdb import DuckDBPyConnection

Severity = Literal["error", "warn"]

MOST_SHOWN = 5


@dataclass(frozen=True)
class Finding:
    """The result of one rule. A failed rule with severity `error` blocks the release; with `warn` it does not."""

    passed: bool
    sentence: str
    severity: Severity = "error"
    figures: dict[str, int | float | str] = field(default_factory=dict)


# A rule reads a build file or a release. Its name and docstring become those of the asset check.
DomainRule = Callable[[DuckDBPyConnection], Finding]


def listed(problems: Sequence[str]) -> str:
    """Return the first problems as one text, with the number of the others."""
    more = f"; and {len(problems) - MOST_SHOWN} more" if len(problems) > MOST_SHOWN else ""
    return "; ".join(problems[:MOST_SHOWN]) + more
