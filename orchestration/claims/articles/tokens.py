"""The tokens of a sentence: numbers with their units, what they may be about, periods, and boundaries of clauses."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from orchestration.claims.articles import patterns
from orchestration.claims.articles.names import Names

# Months and names begin with a capital: "may" and "march" are words, "us" is not the United States.
CASED = ("day", "month", "rolling", "year_to_month")
# Of two kinds that match at the same position, the earlier here wins.
KINDS: dict[str, str] = {
    **patterns.NUMBERS,
    **patterns.PERIODS,
    **patterns.MEANINGS,
    **patterns.ABOUT_WHAT,
    **patterns.BOUNDARIES,
    **patterns.DIRECTIONS,
}


@dataclass(frozen=True)
class Token:
    """A part of a sentence: kind (`percent`, `flow_exports`, `month`), position, and named parts of its pattern."""

    kind: str
    start: int
    end: int
    text: str
    parts: Mapping[str, str]

    @property
    def is_number(self) -> bool:
        return self.kind in patterns.NUMBERS

    @property
    def is_period(self) -> bool:
        return self.kind in patterns.PERIODS and self.kind != "day"

    @property
    def is_boundary(self) -> bool:
        return self.kind in patterns.BOUNDARIES

    @property
    def flow(self) -> str:
        """Return the quantity that a flow token names; empty for other tokens."""
        return self.kind.removeprefix("flow_") if self.kind.startswith("flow_") else ""


def scan(sentence: str, names: Names) -> list[Token]:
    """Return the tokens of a sentence, in order, none overlapping another."""
    whole, each = _compiled(names)
    return list(_tokens(sentence, whole, each))


def _tokens(sentence: str, whole: re.Pattern[str], each: Mapping[str, re.Pattern[str]]) -> Iterator[Token]:
    for found in whole.finditer(sentence):
        kind = found.lastgroup or ""
        again = each[kind].match(sentence, found.start())
        parts = {name: text for name, text in (again.groupdict() if again else {}).items() if text}
        yield Token(kind, found.start(), found.end(), found[0], parts)


@lru_cache(maxsize=8)
def _compiled(names: Names) -> tuple[re.Pattern[str], dict[str, re.Pattern[str]]]:
    forms = dict(_forms(KINDS.items(), names))
    whole = "|".join(f"(?P<{kind}>{re.sub(r'[(][?]P<[a-z0-9]+>', '(?:', form)})" for kind, form in forms.items())
    return re.compile(whole), {kind: re.compile(form) for kind, form in forms.items()}


def _forms(kinds: Iterable[tuple[str, str]], names: Names) -> Iterator[tuple[str, str]]:
    yield "member", names.pattern
    for kind, form in kinds:
        yield kind, f"(?:{form})" if kind in CASED else f"(?i:{form})"
    yield "place", patterns.place(names.pattern)
