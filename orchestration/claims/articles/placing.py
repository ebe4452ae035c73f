"""One sentence read through: each number placed by metric, period, value and unit, or skipped for a reason."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from orchestration.claims.articles import extremes, measures, mentions, words
from orchestration.claims.articles.clauses import Clause, clauses
from orchestration.claims.articles.extremes import Placed
from orchestration.claims.articles.mentions import Dollar, Skip
from orchestration.claims.articles.setting import Setting
from orchestration.claims.articles.subjects import NOBODY, Speaker, Subject
from orchestration.claims.articles.times import Carried, Times
from orchestration.claims.articles.tokens import Token, scan
from orchestration.periods import Period, parse

# "The lowest since February 2020's HK$238.6 billion", "... at HK$277.1 billion".
AT_ONCE = re.compile(rf"\bsince {words.MONTH_OF_YEAR}(?:'s| at| when it was) $")
UNPLACED = {
    "range": "it is a range, not a figure",
    "points": "a difference in points is held of shares only",
    "weight": "weights are held of gold by partner only",
}


@dataclass(frozen=True)
class Before:
    """What the sentences before leave to one: the period of its paragraph, the last period, and what was spoken of."""

    carried: Carried = field(default_factory=Carried)
    last: Period | None = None
    subject: Subject = NOBODY


@dataclass(frozen=True)
class Placing:
    """A number and where it was placed, in which period; or why it was not."""

    number: str
    placed: Placed = ("", "", "")
    period: Period | None = None
    reason: str = ""


@dataclass
class Sentence:
    """A sentence, its tokens and clauses, and what was said so far."""

    text: str
    setting: Setting
    before: Before
    tokens: list[Token] = field(init=False)
    clauses: list[Clause] = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = scan(self.text, self.setting.names)
        self.clauses = clauses(self.tokens)
        self.times = Times(self.text, self.clauses, self.setting.calendar, self.before.carried, self.before.last)
        self.speaker = Speaker(self.text, self.tokens, self.before.subject)
        # What numbers that follow are, until something else is said: "fell 5 percent in May and 3 percent in June".
        self.direction = ""
        self.is_share = False
        self.first: Subject = NOBODY

    @property
    def is_adjusted(self) -> bool:
        said = any(token.kind == "adjusted" for token in self.tokens)
        return said or (self.before.carried.is_adjusted and self.times.named is None)

    @property
    def after(self) -> Before:
        """What this sentence leaves to the next one of its paragraph."""
        kept = self.times.named or self.before.carried.period
        carried = Carried(kept if kept and kept.months > 1 else None, self.is_adjusted and bool(kept))
        return Before(
            carried, self.times.named or self.before.last, self.first if self.first.flow else self.before.subject
        )

    def placings(self) -> Iterator[Placing]:
        """Yield the placing of every number that has a unit."""
        last: Placing | None = None
        for clause in self.clauses:
            for token in clause.in_order:
                if token.is_number:
                    yield (last := self._placing(token, clause, last))
                self._note(token)
                self.speaker.hear(token, clause)
                self.first = self.first if self.first.flow else self.speaker.subject

    def _note(self, token: Token) -> None:
        if token.kind in ("up", "down"):
            self.direction = token.kind
        if token.kind in ("up", "down", "share"):
            self.is_share = token.kind == "share"

    def _placing(self, number: Token, clause: Clause, last: Placing | None) -> Placing:
        try:
            if number.kind in UNPLACED:
                raise Skip(UNPLACED[number.kind])
            measures.refuse_expected(number, clause, self.text)
            period = self._period(number, clause, last)
            subject = self.speaker.of(number, clause)
            return Placing(number.text, self._placed(number, clause, subject, period, last), period)
        except Skip as skip:
            return Placing(number.text, reason=str(skip))

    def _period(self, number: Token, clause: Clause, last: Placing | None) -> Period:
        period = self._named_beside(number, clause, last)
        if period is None:
            is_told = number.kind in ("record", "streak")
            period = self.times.of_clause(clause) if is_told else self.times.of(number, clause)
        if period is None:
            raise Skip("no period is given for the earlier figure" if clause.is_compared else "no period is given")
        return period

    def _named_beside(self, number: Token, clause: Clause, last: Placing | None) -> Period | None:
        """Return the period that a number has from its neighbour: in brackets, or "the lowest since May 2020's 5 %"."""
        if last and last.placed[2] == "since_month" and AT_ONCE.search(self.text[: number.start]):
            return parse(last.placed[1])
        if number not in clause.asides:
            return None
        beside = [token for token in clause.tokens if token.start < number.start][-1:]
        if beside and beside[0].is_period:
            return self.times.of_token(beside[0])
        return last.period if last else None

    def _placed(self, number: Token, clause: Clause, subject: Subject, period: Period, last: Placing | None) -> Placed:
        said = last.placed if last and not last.reason else None
        row = said if last and last.period == period else None
        if number.kind == "streak":
            return extremes.streak(number, subject, self.setting.names)
        if number.kind == "record":
            last_row = row if "ever" in number.parts else said
            return extremes.Extreme(number, subject, period, last_row, self.text).placed(self.setting)
        if number.kind == "amount":
            return self._amount(number, clause, subject, in_brackets_of=row if number in clause.asides else None)
        return self._percent(number, clause, subject, period)

    def _amount(self, number: Token, clause: Clause, subject: Subject, in_brackets_of: Placed | None) -> Placed:
        dollar = self.setting.dollar
        if in_brackets_of and in_brackets_of[2].startswith("HKD") and number.text[0] == "$":
            dollar = Dollar("USD")
        figure = mentions.amount(number, self.text, dollar)
        if in_brackets_of and in_brackets_of[2].partition(" ")[0] in ("HKD", "USD", "CNY"):
            return in_brackets_of[0], figure.digits, figure.unit.name
        suffix, falls = measures.of_amount(number, subject, clause, self.text, self.direction)
        sign = "-" if falls and not figure.is_signed else ""
        return measures.named(subject, self.setting.names, suffix), sign + figure.digits, figure.unit.name

    def _percent(self, number: Token, clause: Clause, subject: Subject, period: Period) -> Placed:
        figure = mentions.percent(number, self.text)
        is_deficit = any(token.flow == "trade_deficit" for token in self.tokens)
        if is_deficit and measures.OF_IMPORTS.match(self.text[number.end : number.end + 80]):
            return self._share_of_imports(subject, figure)
        is_share = self.is_share or bool(measures.OF_TOTAL.match(self.text[number.end : number.end + 80]))
        suffix = measures.of_percent(
            number, subject, clause, self.tokens, is_adjusted=self.is_adjusted, is_share=is_share
        )
        if suffix == "_sa_change" and period.months < 3:
            raise Skip("adjusted changes are held of three months and of quarters only")
        digits = figure.digits.removeprefix("+")
        if suffix != "_share" and not figure.is_signed:
            falls = measures.falls(number, clause, self.text, self.direction)
            digits = f"-{digits}" if falls else digits
        return measures.named(subject, self.setting.names, suffix), digits, figure.unit.name

    def _share_of_imports(self, subject: Subject, figure: mentions.Figure) -> Placed:
        if subject.members or subject.blocked:
            raise Skip("nothing says what it is a share of")
        return "deficit_pct_of_imports", figure.digits.lstrip("+-"), figure.unit.name
