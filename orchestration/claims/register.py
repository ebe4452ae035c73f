"""The registered claims in `register.csv`: each is an asset check and a row of `fct_claim_verdicts`.

The columns are those of any claims file, and `settled_verdict`: the verdict when the claim was registered. A claim
without one must be sound or nothing is released; for one with it, a changed verdict is only a warning.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from orchestration.claims import reading
from orchestration.claims.claim import Claim, ClaimError
from orchestration.claims.verdicts import SOUND, Outcome

REGISTER = Path(__file__).with_name("register.csv")


@dataclass(frozen=True)
class Registered:
    """A claim of the register, and its settled verdict; None for one that must be sound."""

    claim: Claim
    settled: Outcome | None

    @property
    def gates(self) -> bool:
        """True if nothing is released unless the claim is sound."""
        return self.settled is None

    def is_as_settled(self, outcome: Outcome) -> bool:
        """Return True if a verdict is the settled one; sound verdicts count as equal."""
        if self.settled is None or self.settled in SOUND:
            return outcome in SOUND
        return outcome is self.settled


@cache
def read(path: Path = REGISTER) -> tuple[Registered, ...]:
    """Return the claims of a register. Raises ClaimError with the file, the line and the reason."""
    batch = reading.read(path)
    if batch.bad:
        raise ClaimError("; ".join(str(row) for row in batch.bad))
    with path.open(encoding="utf-8", newline="") as file:
        settled = {row["claim_id"]: row.get("settled_verdict") or "" for row in csv.DictReader(file)}
    found = []
    for place, claim in batch.claims:
        verdict = settled[claim.claim_id]
        if verdict and verdict not in list(Outcome):
            raise ClaimError(f"{path.name}, {place}: {verdict!r} is not a verdict: {', '.join(Outcome)}")
        if not claim.claim_id or not claim.source_url:
            raise ClaimError(f"{path.name}, {place}: a registered claim has a claim_id and a source_url")
        found.append(Registered(claim, Outcome(verdict) if verdict else None))
    return tuple(found)
