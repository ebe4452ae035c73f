"""The period of a number: that of its clause, or else of its sentence, of the sentences before, or of the article."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from orchestration.claims.articles.clauses import Clause
from orchestration.claims.articles.dates import Calendar
from orchestration.claims.articles.tokens import Token
from orchestration.periods import Period

# A period after these is what a figure is compared with: "over the same period in 2024".
BASE = re.compile(
    r"(?:\b(?:over|than|with|versus|vs\.?|to|against|on|from|since|until|till|by|comparing|that (?:of|in)"
    r"|those (?:of|in)|level (?:of|in)))\s(?:(?:the|a|its|that|levels?|of|in)\s)*$",
    re.IGNORECASE,
)
COMPARING = re.compile(r"\bcomparing\s(?:the\s)?$", re.IGNORECASE)
# A sentence that begins so is about the period of the one before it, in a paragraph of its own too.
ALONGSIDE = re.compile(r"concurrently|at the same time|over the same period", re.IGNORECASE)
INSIDE = re.compile(r"\b(?:in|for|of|during)\s(?:the )?$", re.IGNORECASE)


@dataclass(frozen=True)
class CarriedPeriod:
    """What a sentence sets for the next one of its paragraph: its period, and whether it is seasonally adjusted."""

    period: Period | None = None
    is_adjusted: bool = False


def figure_periods(sentence: str, clause: Clause) -> list[Token]:
    """Return the periods of a clause's own figures, without those that they are compared with."""
    return [token for token in clause.tokens if token.is_period and not _is_base(sentence, token, clause)]


def own_periods(sentence: str, clause: Clause) -> list[Token]:
    """Return the periods that a clause sets for its sentence, without those that it is compared with."""
    is_earlier = clause.is_compared and any(token.is_number for token in clause.in_order)
    tokens = [] if is_earlier else figure_periods(sentence, clause)
    return [token for token in tokens if token.kind not in ("year_ago", "month_ago")]


def _is_base(sentence: str, token: Token, clause: Clause) -> bool:
    ahead = sentence[max(0, token.start - 40) : token.start]
    if COMPARING.search(ahead) or ahead.strip().lower() == "over":
        return False
    if clause.is_compared and sentence.startswith("'s", token.end):
        return False  # "than November's deficit of"
    if token.kind == "year_ago" and not clause.is_compared:
        return not INSIDE.search(ahead)
    return bool(BASE.search(ahead))


class SentencePeriods:
    """The periods of one sentence. `last` is the latest period that the text named, in any paragraph."""

    def __init__(
        self, sentence: str, clauses: list[Clause], calendar: Calendar, carried: CarriedPeriod, last: Period | None
    ) -> None:
        self.sentence, self.clauses, self.calendar, self.last = sentence, clauses, calendar, last
        first = next((token for clause in clauses for token in own_periods(sentence, clause)), None)
        self.named = self._meant(first, last) if first else None
        goes_on = last if ALONGSIDE.match(sentence) else None
        self.main = self.named if first else carried.period or goes_on or calendar.topic

    def _meant(self, token: Token, main: Period | None) -> Period | None:
        return self.last or self.calendar.topic if token.kind == "same_period" else self.calendar.period(token, main)

    def of_bracketed(self, token: Token) -> Period | None:
        """Return the period of a token right before a figure in brackets."""
        return self._compared(token)

    def _compared(self, token: Token) -> Period | None:
        """Return the period of what is compared with: in a sentence about January, "December" came before."""
        earlier = replace(self.calendar, limit=self.main.last_index) if self.main else self.calendar
        return self.main.back(12) if self.main and token.kind == "last_year" else earlier.period(token, self.main)

    def of(self, number: Token, clause: Clause) -> Period | None:
        """Return the period of a number; None if nothing says it, or its year is not known."""
        tokens = figure_periods(self.sentence, clause)
        nearest = [token for token in tokens if token.start > number.start] or tokens[::-1]
        place = self.clauses.index(clause)
        if clause.is_compared:
            goes_on = bool(place) and clause.opener == "goes_on" and not nearest
            nearest = figure_periods(self.sentence, self.clauses[place - 1])[::-1] if goes_on else nearest
            return self._compared(nearest[0]) if nearest else self._year_before()
        return self.of_clause(clause, nearest)

    def _year_before(self) -> Period | None:
        """Return what a year is compared with where nothing says it: the year before."""
        return self.main.back(12) if self.main and self.main.months == 12 else None

    def of_clause(self, clause: Clause, nearest: Sequence[Token] = ()) -> Period | None:
        """Return the period of the figures that a clause belongs to."""
        place = self.clauses.index(clause)
        others = (*self.clauses[:place][::-1], *self.clauses[place + 1 :])
        near = list(nearest) or [token for other in others for token in own_periods(self.sentence, other)]
        return self._meant(near[0], self.main) if near else self.main
