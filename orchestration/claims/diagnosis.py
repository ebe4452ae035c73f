"""Find the label that explains a wrong number: it must fit the printed digits, and be unlikely to do so by chance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from orchestration.claims import wording
from orchestration.claims.claim import Claim
from orchestration.claims.figures import figures
from orchestration.claims.late_corrections import Allowance, allowance
from orchestration.claims.record import Member, Record
from orchestration.claims.relabellings import Relabelling, families
from orchestration.claims.verdicts import Comparison

# At most this probability of explaining a wrong number by chance. Guesses add up: the more have been tried, the more
# printed digits a later one must fit.
CHANCE = 0.05
# A figure can explain a number that is printed one digit finer, at most: one in HK$ million says nothing about single
# dollars.
FINEST = 10
# Rates of growth mostly lie within 15 points of each other, so a wrong one hits a given tenth of a point once in 300.
SPREAD_OF_RATES = 30.0
NATURAL_LOGARITHM_OF_10 = 2.303
ENOUGH_NEAREST = 2


@dataclass(frozen=True)
class Explanation:
    """A relabelling that was tried, and the figure it was compared with."""

    relabelling: Relabelling
    comparison: Comparison

    def words(self, record: Record, member: Member) -> str:
        """Return what the number may be: `imports in January 2026 at HK$534.659 bn`."""
        what = wording.what(record, self.relabelling.metric, member)
        official = self.comparison.unit.write(self.comparison.shown)
        return f"{what} in {self.relabelling.period.words} at {official}"


@dataclass(frozen=True)
class Diagnosis:
    """Equally good explanations of a wrong number, or else the nearest figures."""

    explanations: tuple[Explanation, ...]
    nearest: tuple[Explanation, ...]

    @property
    def text(self) -> str | None:
        """The label that is wrong, and what it should be: `currency: HKD, not USD`. None without an explanation."""
        if not self.explanations:
            return None
        labels = list(dict.fromkeys(each.relabelling.label for each in self.explanations))
        words = [each.relabelling.words for each in self.explanations]
        return f"{wording.listed(labels)}: {wording.listed(words)}"

    def sentence(self, record: Record, member: Member) -> str:
        """Return the diagnosis, or the nearest figures, for a reader."""
        fits = [each.words(record, member) for each in self.explanations or self.nearest]
        if not fits:
            return ""
        if not self.explanations:
            return f"The nearest figures beside it: {wording.listed(fits, 'and')}."
        if len(fits) > 1:
            return f"Its digits fit several figures equally well: {wording.listed(fits)}."
        return f"Its digits are those of {fits[0]} ({self.text})."


def diagnose(record: Record, claim: Claim, member: Member) -> Diagnosis:
    """Return what explains a claim that the record contradicts; `record` must not hold figures of its own page."""
    chance = 0.0
    tried: list[Explanation] = []
    for family in families(claim):
        found = []
        for relabelling in family:
            allowed = _allowance(record, relabelling)
            for comparison in _compared(record, relabelling, member):
                chance += _chance(comparison, allowed)
                tried.append(Explanation(relabelling, comparison))
                if _fits(comparison, allowed):
                    found.append(tried[-1])
        if found:
            return Diagnosis(_one_each(found), ()) if chance <= CHANCE else Diagnosis((), _nearest(tried))
    return Diagnosis((), _nearest(tried))


def _allowance(record: Record, relabelling: Relabelling) -> Allowance | None:
    if not relabelling.allows_late_corrections:
        return None
    return allowance(record, relabelling.metric.quantity.name, relabelling.period)


def _compared(record: Record, relabelling: Relabelling, member: Member) -> Iterator[Comparison]:
    """Yield comparisons of the relabelled number with each distinct figure that is precise enough for its digits."""
    seen = set()
    currency = relabelling.unit.currency or "HKD"
    for figure in figures(record, relabelling.metric, relabelling.period, currency, member):
        comparison = Comparison(relabelling.printed, relabelling.unit, figure)
        is_fine = comparison.precision <= FINEST * relabelling.printed.place
        if is_fine and comparison.shown not in seen:
            seen.add(comparison.shown)
            yield comparison


def _fits(comparison: Comparison, allowed: Allowance | None) -> bool:
    if allowed is None:
        return comparison.is_equal
    return comparison.figure.basis != "published" and comparison.is_within(allowed.share)


def _chance(comparison: Comparison, allowed: Allowance | None) -> float:
    """Return the probability that a wrong number with as many digits matches this figure."""
    half = float(comparison.precision) / 2
    if allowed is not None:
        half += float(allowed.share * abs(comparison.official))
    if comparison.unit.kind in ("pct", "pp"):
        return min(2 * half / SPREAD_OF_RATES, 1.0)
    # Leading digits of amounts are spread evenly on a logarithmic scale (Benford).
    size = abs(float(comparison.printed.value))
    return min(2 * half / (NATURAL_LOGARITHM_OF_10 * size), 1.0) if size > half else 1.0


def _one_each(found: Sequence[Explanation]) -> tuple[Explanation, ...]:
    """Return the first explanation of each relabelling: several bases of a figure count once."""
    first: dict[Relabelling, Explanation] = {}
    for explanation in found:
        first.setdefault(explanation.relabelling, explanation)
    return tuple(first.values())


def _nearest(tried: Sequence[Explanation]) -> tuple[Explanation, ...]:
    """Return the figures of other periods or metrics nearest to the claim, in its own unit."""
    others = [each for each in tried if each.relabelling.label in ("period", "metric")]

    def distance(explanation: Explanation) -> Decimal:
        return explanation.comparison.distance

    return _one_each(sorted(others, key=distance))[:ENOUGH_NEAREST]
