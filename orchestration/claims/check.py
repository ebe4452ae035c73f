"""A file of claims held against a record: a verdict for each claim, a reason for each row that is none."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from orchestration.claims.claim import Claim, ClaimError
from orchestration.claims.judge import judge
from orchestration.claims.reading import BadRow
from orchestration.claims.record import Record
from orchestration.claims.verdicts import Verdict


@dataclass
class Checked:
    """The verdicts of a batch, in its order, and its bad rows."""

    verdicts: list[Verdict] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)


def check(record: Record, claims: Iterable[tuple[str, Claim]], bad: Iterable[BadRow] = ()) -> Checked:
    """Return a verdict on each claim. One whose words name no partner, or several, joins the bad rows.

    `claims` gives each with its place, as `reading.Batch` has them, and may show progress as it is consumed.
    """
    checked = Checked(bad=list(bad))
    for place, claim in claims:
        try:
            checked.verdicts.append(judge(record, claim))
        except ClaimError as error:
            checked.bad.append(BadRow(place, str(error)))
    return checked
