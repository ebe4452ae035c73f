"""Which measure of a subject a number is: a level, a share, or a change and its sign."""

import re

from orchestration.claims.articles import words
from orchestration.claims.articles.clauses import Clause
from orchestration.claims.articles.names import Names, proposed_spelling
from orchestration.claims.articles.printed_numbers import NotProposed
from orchestration.claims.articles.subjects import Subject
from orchestration.claims.articles.tokens import Token

OF_IMPORTS = re.compile(
    r"^\s*(?:of|to)\s(?:(?:the|all|total|its|overall|city's|Hong Kong's|value of|goods|merchandise)\s)*import",
    re.I,
)
OF_TOTAL = re.compile(
    r"^\s*(?:(?:of|to)\s(?:the\s|all\s|its\s)?(?:total|overall|value|exports?|all|trade)|share)\b", re.I
)
AS_NOUN = re.compile(rf"^\s*(?:[\w-]+\s){{0,3}}?(?P<noun>{words.NOUNS})\b", re.IGNORECASE)
FALLEN = re.compile(rf"^(?:{words.DOWN}|dive|shrinkage)$", re.IGNORECASE)
MANNER = re.compile(words.MANNER, re.IGNORECASE)
BY = re.compile(r"\bby\s(?:about |almost |nearly |some |around )?$", re.IGNORECASE)
CHANGE_OF = re.compile(
    r"\b(?:increase|decrease|rise|drop|fall|decline|growth|gain|reduction)s?\s(?:in \w+ )?of\s$", re.IGNORECASE
)
BARE_VERB = re.compile(rf"\b(?:{words.UP}|{words.DOWN})\s$", re.IGNORECASE)
BEATS = re.compile(
    r"\b(?:beat|beats|above|below|than|outpac|exceed|surpass|defy|defie|miss|top|better|worse)", re.IGNORECASE
)
ASPECTS = {"volume": "volume", "price": "price", "gdp_real": "real growth"}
NO_MEMBERS = ("trade_deficit", "balance", "terms_of_trade", "services_exports", "services_imports", "services_balance")


def metric_of(subject: Subject, names: Names, suffix: str) -> str:
    """Return the metric of a subject, such as `partner_exports_yoy:Vietnam`. Raises NotProposed if there is none."""
    if subject.blocked:
        raise NotProposed(subject.blocked)
    if not subject.flow:
        raise NotProposed("nothing says what it is of")
    if len(subject.members) > 1:
        raise NotProposed(f"it may be of {' or '.join(subject.members)}")
    if not subject.members:
        return f"{subject.flow}{suffix}"
    if subject.flow in NO_MEMBERS:
        raise NotProposed(f"the record has no {subject.flow.replace('_', ' ')} of {subject.members[0]}")
    return f"{names.kind_of(subject.members[0])}_{subject.flow}{suffix}:{proposed_spelling(subject.members[0])}"


def reject_expected(number: Token, clause: Clause, sentence: str) -> None:
    """Raise NotProposed if a number was expected, not measured: "expectations of a 12.5 percent rise"."""
    for token in clause.tokens:
        if token.kind != "expected" or re.search(r"than[- ]$", sentence[: token.start]):
            continue
        if token.start < number.start or not BEATS.search(sentence[number.end : token.start]):
            raise NotProposed("it was expected, not measured")


def of_amount(number: Token, subject: Subject, clause: Clause, sentence: str, earlier: str) -> tuple[str, bool]:
    """Return the suffix of an amount's metric, and True if it is a fall. Raises NotProposed if that is unclear."""
    ahead = sentence[max(0, number.start - 40) : number.start]
    if subject.aspect:
        raise NotProposed("an amount is no volume or price")
    if BY.search(ahead) or CHANGE_OF.search(ahead):
        return "_change", falls(number, clause, sentence, earlier)
    if BARE_VERB.search(ahead):
        raise NotProposed("it may be the change or the level")
    return "", False


def of_share(subject: Subject) -> str:
    """Return the suffix of a share's metric. Raises NotProposed unless it is a partner's or category's share."""
    if not subject.members:
        raise NotProposed("it is a share of something")
    return "_share"


def of_change(number: Token, subject: Subject, clause: Clause, tokens: list[Token], *, is_adjusted: bool) -> str:
    """Return the suffix of a percent change's metric. Raises NotProposed if the record has no such metric."""
    if is_adjusted:
        if subject.members or subject.aspect or subject.flow not in ("exports", "imports"):
            raise NotProposed("the record has adjusted changes of total exports and imports only")
        return "_sa_change"
    if subject.aspect:
        if subject.members or subject.flow not in ("exports", "imports"):
            raise NotProposed(f"the record has no {ASPECTS[subject.aspect]} of it")
        return f"_{subject.aspect}_yoy"
    return "_mom" if _is_monthly(number, clause, tokens) else "_yoy"


def _is_monthly(number: Token, clause: Clause, tokens: list[Token]) -> bool:
    """Return True if a change is on the month before: by the nearest marker, or by one at the start of the sentence."""
    marks = [token for token in clause.tokens if token.kind in ("yoy", "mom")]
    if marks:
        return min(marks, key=lambda mark: _distance(mark, number)).kind == "mom"
    first = next((token.start for token in tokens if token.is_number), 0)
    head = [token.kind for token in tokens if token.kind in ("yoy", "mom") and token.start < first]
    return head[-1:] == ["mom"]


def _distance(mark: Token, number: Token) -> int:
    return mark.start - number.end if mark.start > number.start else number.start - mark.end


def falls(number: Token, clause: Clause, sentence: str, earlier: str = "") -> bool:
    """Return True if a change is a fall: by the noun after it, the nearest word before it, or the direction `earlier`.

    Raises NotProposed if no word says that anything changed.
    """
    if (found := AS_NOUN.match(sentence[number.end : number.end + 60])) and found["noun"].lower() != "change":
        return bool(FALLEN.match(found["noun"]))
    directions = [token for token in clause.tokens if token.kind in ("up", "down")]
    directions = [token for token in directions if not MANNER.match(token.text)] or directions
    before = [token.kind for token in directions if token.start < number.start]
    after = [token.kind for token in directions if token.start > number.start]
    kind = (before[-1:] or [earlier] if earlier or before else after[:1] or [""])[0]
    if not kind:
        raise NotProposed("nothing says that it is a change")
    return kind == "down"
