"""What a number is about: a quantity, perhaps of one partner or category, or something that the record lacks."""

import re
from dataclasses import dataclass, replace

from orchestration.claims.articles import words
from orchestration.claims.articles.clauses import Clause
from orchestration.claims.articles.tokens import Token

# "A 5 percent increase in", "HK$89.1 billion": what follows is what they are of.
CHANGE_OF = re.compile(
    rf"^\s*(?:[\w-]+\s){{0,3}}(?:{words.NOUNS})\s(?:(?:in|of|for|to|from)\s)?(?:[\w'&-]+\s){{0,4}}$", re.IGNORECASE
)
SHARE_OF = re.compile(r"^\s*of\s(?:(?:the|total|all|its|overall|value of|Hong Kong's|city's)\s)*$", re.IGNORECASE)
# "A decrease of 10.7 percent in imports".
CHANGE_AHEAD = re.compile(rf"\b(?:{words.NOUNS}) of (?:about |nearly |almost )?$", re.IGNORECASE)
IN_FLOW = re.compile(r"^\s*in (?:\w+ ){0,2}$", re.IGNORECASE)
AMOUNT_OF = re.compile(r"^\s*(?:(?:worth of|in)\s)?(?:[\w-]+\s)?$", re.IGNORECASE)
TO_PLACE = re.compile(r"^\s*(?:[\w-]+\s){0,3}(?:to|from|in|for|with|of)\s$", re.IGNORECASE)
LISTED = re.compile(r"^\s*(?:,|and|, and|&|as well as)\s*(?:(?:to|from|the)\s)*$", re.IGNORECASE)
LIST_GAP = re.compile(
    r"^(?:\s*+(?:,|and|&|as well as|of|by|total|to|from|at|both|those|the|goods))*+\s*$", re.IGNORECASE
)
# "The volume of exports rose, while that of imports fell"; "India had the highest growth in shipments, of 46 percent".
THAT_OF = re.compile(r"\b(?:that|those) of (?:\w+ )*$", re.IGNORECASE)
GROWTH_IN = re.compile(r"\b(?:growth|increase|rise|gain|jump|decrease|decline|fall|drop) in (?:\w+ )*$", re.IGNORECASE)
OF_GOODS = re.compile(rf"\b(?:{words.GOODS}) $", re.IGNORECASE)
TRADE_BY = re.compile(r"(?:export|import|shipment)s? by (?:the )?$", re.IGNORECASE)
# "China's exports", "US imports" are not Hong Kong's.
ELSEWHERE = re.compile(
    rf"(?:\b(?!Hong Kong|City|Territory|SAR|HKSAR|HK|Region|It|{words.MONTH})"
    r"(?P<owner>[A-Z][\w.]+|[Mm]ainland)'s? (?:\w+ ){0,2}"
    r"|\b(?:Chinese|American|US|U\.S\.|Japanese|Korean|Singaporean?|global|world|overseas|China|Mainland|mainland) )$"
)
OWN = re.compile(r"(?:Hong Kong|city|territory|[Rr]egion|SAR|HK)'s? (?:\w+ ){0,2}$")
# A sentence that begins so has the subject that the one before it began with.
GOES_ON = re.compile(
    r"^(?:(?:That|This|It)(?! (?:was|is))|The latter"
    r"|The (?:[\w.%-]+ ){0,4}(?:increase|decrease|rise|growth|gains?|fall|drop|decline))\b"
)


@dataclass(frozen=True)
class Subject:
    """A quantity of `quantities.py`, its partners or categories, volume or price; or why the record lacks it."""

    flow: str = ""
    members: tuple[str, ...] = ()
    aspect: str = ""
    blocked: str = ""


NO_SUBJECT = Subject()
BLOCKING = {
    "goods": "it is of some goods only",
    "place": "the record has no such partner",
    "other": "it is not about the trade in goods",
}


class SubjectTracker:
    """Tracks the subject of a sentence, token by token."""

    def __init__(self, sentence: str, tokens: list[Token], before: Subject) -> None:
        self.sentence = sentence
        self.subject = before if GOES_ON.match(sentence) else NO_SUBJECT
        self.members = [token for token in tokens if token.kind == "member"]
        self.paired = respective_subjects(sentence, tokens)
        # The last partner and the last flow that had no number yet.
        self.unclaimed: Token | None = None
        self.uncounted: Token | None = None
        self.aspect = ""

    def update(self, token: Token, clause: Clause) -> None:
        """Update the subject with the next token. A number ends a list of members."""
        if token.is_number:
            self.unclaimed = self.uncounted = None
        elif token.flow:
            self._count(token, clause)
        elif token.kind == "member":
            self._name(token)
        elif token.kind in ("volume", "price"):
            self._measure(token)
        elif token.kind in BLOCKING:
            self.subject = replace(self.subject, members=(), blocked=BLOCKING[token.kind])

    def _count(self, token: Token, clause: Clause) -> None:
        last, self.uncounted, earlier = self.uncounted, token, self.subject
        self.subject = self._of_flow(token, keeps=clause.opening.lower() == "with")
        is_other = last is not None and last.flow != token.flow
        if last and is_other and LIST_GAP.match(self.sentence[last.end : token.start]) and not self.subject.blocked:
            reason = f"it may be of {earlier.flow} or {token.flow}".replace("_", " ")
            self.subject = replace(self.subject, aspect=earlier.aspect, blocked=reason)

    def _of_flow(self, token: Token, *, keeps: bool) -> Subject:
        """Return the subject of a flow. It keeps a partner just named: "Vietnam led, with imports up 5 percent"."""
        ahead = self.sentence[max(0, token.start - 40) : token.start]
        aspect, self.aspect = self.aspect or (self.subject.aspect if THAT_OF.search(ahead) else ""), ""
        if ELSEWHERE.search(ahead) and not OWN.search(ahead):
            return Subject(blocked="it is about another place")
        if OF_GOODS.search(ahead):
            return Subject(token.flow, blocked=BLOCKING["goods"])
        keeps = keeps or bool(GROWTH_IN.search(ahead))
        return Subject(token.flow, self.subject.members if keeps and self.unclaimed else (), aspect)

    def _name(self, token: Token) -> None:
        last, self.unclaimed = self.unclaimed, token
        is_listed = last is not None and LISTED.match(self.sentence[last.end : token.start])
        earlier = self.subject.members if is_listed else ()
        is_freed = self.subject.blocked in (BLOCKING["place"], BLOCKING["goods"])
        blocked = "" if is_freed else self.subject.blocked
        if TRADE_BY.search(self.sentence[: token.start]):
            blocked = "the text does not say which way the goods went"
        self.subject = replace(self.subject, members=(*earlier, token.text), blocked=blocked)

    def _measure(self, token: Token) -> None:
        """ "Export volumes" are of the exports just named, "the volume of exports" of those named next."""
        if self.subject.flow and re.search(r"(?:export|import)s?(?: in)? $", self.sentence[: token.start], re.I):
            self.subject = replace(self.subject, aspect=token.kind)
        else:
            self.aspect = token.kind

    def of(self, number: Token, clause: Clause) -> Subject:
        """Return the subject of a number: what follows it ("a 5 percent rise in exports"), or the current one."""
        is_real = any(token.kind == "real" for token in clause.tokens)
        subject = self._of(number, clause)
        return replace(subject, aspect="gdp_real") if is_real else subject

    def _of(self, number: Token, clause: Clause) -> Subject:
        if number.start in self.paired:
            other = self.paired[number.start]
            of_flow = replace(self._of_flow(other, keeps=False), aspect=self.subject.aspect)
            return of_flow if other.flow else replace(self.subject, members=(other.text,))
        ahead_of = CHANGE_AHEAD.search(self.sentence[: number.start])
        subject, fits = self.subject, AMOUNT_OF if number.kind == "amount" else CHANGE_OF
        for token in clause.after(number):
            gap = self.sentence[number.end : token.start]
            if token.flow and (fits.match(gap) or (ahead_of and IN_FLOW.match(gap))):
                subject = self._of_flow(token, keeps=True)
            elif token.flow and number.kind == "percent" and SHARE_OF.match(gap):
                subject = replace(subject, flow=token.flow)
            elif fits.match(gap) and token.kind in BLOCKING:
                return replace(subject, blocked=BLOCKING[token.kind])
            elif token.kind in ("member", "place") and (TO_PLACE.match(gap) or fits.match(gap)):
                return self._at(token, subject)
        return subject

    def _at(self, token: Token, subject: Subject) -> Subject:
        """Return the subject at a partner named after the number, or at several: "growth in Malaysia and Thailand"."""
        if token.kind == "place":
            return replace(subject, members=(), blocked=BLOCKING["place"])
        listed = [token]
        for member in self.members:
            if member.start > token.start and LISTED.match(self.sentence[listed[-1].end : member.start]):
                listed.append(member)
        return replace(subject, members=tuple(each.text for each in listed), blocked="")


def respective_subjects(sentence: str, tokens: list[Token]) -> dict[int, Token]:
    """Return what each of several numbers is about where the text says "respectively": start of number -> token."""
    found: dict[int, Token] = {}
    for place, token in enumerate(tokens):
        if token.kind != "respectively":
            continue
        numbers = _run(sentence, [each for each in tokens[:place] if each.is_number])
        ahead = [each for each in tokens[:place] if each.start < numbers[0].start] if numbers else []
        kind = next((each.kind for each in reversed(ahead) if each.kind == "member" or each.flow), "")
        alike = [
            each for each in ahead if (each.kind == "member") == (kind == "member") and (each.flow or kind == each.kind)
        ]
        abouts = _run(sentence, alike)
        if len(numbers) == len(abouts) > 1:
            found |= {number.start: about for number, about in zip(numbers, abouts, strict=True)}
    return found


def _run(sentence: str, tokens: list[Token]) -> list[Token]:
    """Return the last of these tokens that form one list: "exports and imports", "3 percent and 4 percent"."""
    run: list[Token] = []
    for token in reversed(tokens):
        if run and not LIST_GAP.match(sentence[token.end : run[0].start]):
            break
        run.insert(0, token)
    return run
