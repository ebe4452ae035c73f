"""Clauses: the parts of a sentence between commas and conjunctions, and whether one is about an earlier time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from orchestration.claims.articles.tokens import Token


@dataclass
class Clause:
    """The tokens of a clause and of its brackets (`asides`), and the kind and text of the boundary that opened it.

    `is_compared`: it has the figures that the sentence compares with.
    """

    opener: str = "starts"
    opening: str = ""
    tokens: list[Token] = field(default_factory=list)
    asides: list[Token] = field(default_factory=list)
    is_compared: bool = False

    @property
    def has_flow(self) -> bool:
        return any(token.flow for token in self.tokens)

    @property
    def in_order(self) -> list[Token]:
        return sorted((*self.tokens, *self.asides), key=lambda token: token.start)

    def after(self, token: Token) -> list[Token]:
        """Return the tokens between a token and the next number, or the end."""
        found: list[Token] = []
        for each in [] if token in self.asides else self.tokens:
            if each.start > token.start and each.is_number:
                break
            if each.start > token.start:
                found.append(each)
        return found


def clauses(tokens: Iterable[Token]) -> list[Clause]:
    """Return the clauses of a sentence's tokens. A bracket with a number is an aside; other brackets are left out."""
    found = [Clause()]
    depth, aside = 0, list[Token]()
    for token in tokens:
        if token.text == "(":
            depth += 1
        elif token.text == ")":
            depth = max(0, depth - 1)
            if not depth:
                found[-1].asides += aside if any(each.is_number for each in aside) else []
                aside = []
        elif depth:
            aside.append(token)
        elif token.is_boundary:
            found.append(Clause(token.kind, token.text))
        else:
            found[-1].tokens.append(token)
    found[-1].asides += aside
    return list(_compared(found))


def _compared(found: list[Clause]) -> Iterator[Clause]:
    """Mark what is compared with: "than 5 percent in May", and what goes on from there about the same quantity."""
    previous = Clause()
    for clause in found:
        goes_on = clause.opener == "goes_on" and previous.is_compared and not clause.has_flow
        clause.is_compared = clause.opener == "compared" or goes_on
        previous = clause
        if clause.tokens or clause.asides:
            yield clause
