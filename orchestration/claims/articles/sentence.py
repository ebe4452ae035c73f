"""Reading a sentence: for each number its metric, period, value and unit, or the reason why it is skipped."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from orchestration.claims.articles import extremes, measures, printed_numbers, words
from orchestration.claims.articles.clauses import Clause, clauses
from orchestration.claims.articles.dates import Calendar
from orchestration.claims.articles.extremes import ClaimedFigure
from orchestration.claims.articles.names import Names
from orchestration.claims.articles.printed_numbers import Dollar, NotProposed
from orchestration.claims.articles.sentence_periods import CarriedPeriod, SentencePeriods
from orchestration.claims.articles.subjects import NO_SUBJECT, Subject, SubjectTracker
from orchestration.claims.articles.tokens import Token, scan
from orchestration.periods import Period, parse

# "The lowest since February 2020's HK$238.6 billion", "... at HK$277.1 billion".
AT_ONCE = re.compile(rf"\bsince {words.MONTH_OF_YEAR}(?:'s| at| when it was) $")
NEVER_CLAIMS = {
    "range": "it is a range, not a figure",
    "points": "the record has differences in points of shares only",
    "weight": "the record has weights of gold by partner only",
}


@dataclass(frozen=True)
class ArticleContext:
    """What holds for all sentences of an article: the names to look for, its calendar, the meaning of a bare "$"."""

    names: Names
    calendar: Calendar
    dollar: Dollar


@dataclass(frozen=True)
class PrecedingContext:
    """What the sentences before set for one: the period of its paragraph, the last period, and the last subject."""

    carried: CarriedPeriod = field(default_factory=CarriedPeriod)
    last: Period | None = None
    subject: Subject = NO_SUBJECT


@dataclass(frozen=True)
class NumberReading:
    """A number and what it was read as: figure and period, or the reason why it cannot be a claim."""

    number: str
    figure: ClaimedFigure | None = None
    period: Period | None = None
    reason: str = ""


@dataclass
class Sentence:
    """A sentence in its article: its tokens and clauses, and what the text before it set."""

    text: str
    context: ArticleContext
    before: PrecedingContext
    tokens: list[Token] = field(init=False)
    clauses: list[Clause] = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = scan(self.text, self.context.names)
        self.clauses = clauses(self.tokens)
        self.times = SentencePeriods(
            self.text, self.clauses, self.context.calendar, self.before.carried, self.before.last
        )
        self.subjects = SubjectTracker(self.text, self.tokens, self.before.subject)
        # These apply to the numbers that follow, until another word: "fell 5 percent in May and 3 percent in June".
        self.direction = ""
        self.is_share = False
        self.first: Subject = NO_SUBJECT

    @property
    def is_adjusted(self) -> bool:
        is_stated = any(token.kind == "adjusted" for token in self.tokens)
        return is_stated or (self.before.carried.is_adjusted and self.times.named is None)

    @property
    def after(self) -> PrecedingContext:
        """Return the context of the next sentence of the paragraph."""
        kept = self.times.named or self.before.carried.period
        carried = CarriedPeriod(kept if kept and kept.months > 1 else None, self.is_adjusted and bool(kept))
        return PrecedingContext(
            carried, self.times.named or self.before.last, self.first if self.first.flow else self.before.subject
        )

    def readings(self) -> Iterator[NumberReading]:
        """Yield the reading of every number that has a unit."""
        last: NumberReading | None = None
        for clause in self.clauses:
            for token in clause.in_order:
                if token.is_number:
                    yield (last := self._reading(token, clause, last))
                self._note(token)
                self.subjects.update(token, clause)
                self.first = self.first if self.first.flow else self.subjects.subject

    def _note(self, token: Token) -> None:
        if token.kind in ("up", "down"):
            self.direction = token.kind
        if token.kind in ("up", "down", "share"):
            self.is_share = token.kind == "share"

    def _reading(self, number: Token, clause: Clause, last: NumberReading | None) -> NumberReading:
        try:
            if number.kind in NEVER_CLAIMS:
                raise NotProposed(NEVER_CLAIMS[number.kind])
            measures.reject_expected(number, clause, self.text)
            period = self._period(number, clause, last)
            subject = self.subjects.of(number, clause)
            return NumberReading(number.text, self._figure(number, clause, subject, period, last), period)
        except NotProposed as skip:
            return NumberReading(number.text, reason=str(skip))

    def _period(self, number: Token, clause: Clause, last: NumberReading | None) -> Period:
        period = self._named_beside(number, clause, last)
        if period is None:
            is_comparison = number.kind in ("record", "streak")
            period = self.times.of_clause(clause) if is_comparison else self.times.of(number, clause)
        if period is None:
            raise NotProposed(
                "no period is given for the earlier figure" if clause.is_compared else "no period is given"
            )
        return period

    def _named_beside(self, number: Token, clause: Clause, last: NumberReading | None) -> Period | None:
        """Return the period that a number has from its neighbour: in brackets, or "the lowest since May 2020's 5 %"."""
        if last and last.figure and last.figure.unit == "since_month" and AT_ONCE.search(self.text[: number.start]):
            return parse(last.figure.value)
        if number not in clause.asides:
            return None
        beside = [token for token in clause.tokens if token.start < number.start][-1:]
        if beside and beside[0].is_period:
            return self.times.of_bracketed(beside[0])
        return last.period if last else None

    def _figure(
        self, number: Token, clause: Clause, subject: Subject, period: Period, last: NumberReading | None
    ) -> ClaimedFigure:
        before = last.figure if last else None
        row = before if last and last.period == period else None
        if number.kind == "streak":
            return extremes.streak(number, subject, self.context.names)
        if number.kind == "record":
            last_row = row if "ever" in number.parts else before
            return extremes.Extreme(number, subject, period, last_row, self.text).figure(
                self.context.names, self.context.calendar
            )
        if number.kind == "amount":
            return self._amount(number, clause, subject, in_brackets_of=row if number in clause.asides else None)
        return self._percent(number, clause, subject, period)

    def _amount(
        self, number: Token, clause: Clause, subject: Subject, in_brackets_of: ClaimedFigure | None
    ) -> ClaimedFigure:
        dollar = self.context.dollar
        if in_brackets_of and in_brackets_of.unit.startswith("HKD") and number.text[0] == "$":
            dollar = Dollar("USD")
        figure = printed_numbers.amount(number, self.text, dollar)
        if in_brackets_of and in_brackets_of.unit.partition(" ")[0] in ("HKD", "USD", "CNY"):
            return ClaimedFigure(in_brackets_of.metric, figure.digits, figure.unit.name)
        suffix, falls = measures.of_amount(number, subject, clause, self.text, self.direction)
        sign = "-" if falls and not figure.is_signed else ""
        metric = measures.metric_of(subject, self.context.names, suffix)
        return ClaimedFigure(metric, sign + figure.digits, figure.unit.name)

    def _percent(self, number: Token, clause: Clause, subject: Subject, period: Period) -> ClaimedFigure:
        figure = printed_numbers.percent(number, self.text)
        is_deficit = any(token.flow == "trade_deficit" for token in self.tokens)
        if is_deficit and measures.OF_IMPORTS.match(self.text[number.end : number.end + 80]):
            return self._share_of_imports(subject, figure)
        is_share = self.is_share or bool(measures.OF_TOTAL.match(self.text[number.end : number.end + 80]))
        if is_share:
            suffix = measures.of_share(subject)
        else:
            suffix = measures.of_change(number, subject, clause, self.tokens, is_adjusted=self.is_adjusted)
        if suffix == "_sa_change" and period.months < 3:
            raise NotProposed("the record has adjusted changes of three months and of quarters only")
        digits = figure.digits.removeprefix("+")
        if suffix != "_share" and not figure.is_signed:
            falls = measures.falls(number, clause, self.text, self.direction)
            digits = f"-{digits}" if falls else digits
        return ClaimedFigure(measures.metric_of(subject, self.context.names, suffix), digits, figure.unit.name)

    def _share_of_imports(self, subject: Subject, figure: printed_numbers.PrintedNumber) -> ClaimedFigure:
        if subject.members or subject.blocked:
            raise NotProposed("nothing says what it is a share of")
        return ClaimedFigure("deficit_pct_of_imports", figure.digits.lstrip("+-"), figure.unit.name)
