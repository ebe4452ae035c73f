"""What a rule finds: whether the data hold it, and a sentence that a person can act on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warn"]

SHOWN = 5


@dataclass(frozen=True)
class Finding:
    """The outcome of one rule. A finding with severity `error` keeps the release back; `warn` does not."""

    passed: bool
    sentence: str
    severity: Severity = "error"
    figures: dict[str, int | float | str] = field(default_factory=dict)


def listed(problems: Sequence[str]) -> str:
    """Return the first problems as one text, and how many more there are."""
    more = f"; and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
    return "; ".join(problems[:SHOWN]) + more
