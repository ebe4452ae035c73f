"""The partner or category that a claim is about, named in its metric or in its words."""

import re
from collections.abc import Iterator

from orchestration.claims.claim import Claim, ClaimError
from orchestration.claims.record import TOTAL, Member, Members, Record

# Names that the press uses for partners, in addition to the names and ISO codes of `dim_partner`.
PRESS_NAMES = {
    "china": "cn",
    "mainland china": "cn",
    "the mainland": "cn",
    "mainland": "cn",
    "u.s.": "us",
    "usa": "us",
    "america": "us",
    "united states": "us",
    "u.k.": "gb",
    "uk": "gb",
    "britain": "gb",
    "united kingdom": "gb",
    "vietnam": "vn",
    "korea": "kr",
    "south korea": "kr",
    "taiwan": "tw",
    "the netherlands": "nl",
    "uae": "ae",
    "united arab emirates": "ae",
    "india": "in",
}
# Shorter ISO codes are ordinary words too ("in", "no", "us") and are not recognised in a sentence.
SHORTEST_WORD = 4


def member_of(claim: Claim, record: Record) -> Member:
    """Return the partner or category that a claim is about, or TOTAL.

    Raises ClaimError if it names none where one is needed, or several.
    """
    quantity = claim.metric.quantity
    if quantity.classification == "gold_partner":
        wanted = _named(claim.member, "partner", record.history.members) if claim.member else [("partner", "0")]
    elif not quantity.member_kind:
        if claim.member:
            raise ClaimError(f"{claim.metric.name} is of all partners and goods: it takes no {claim.member!r}")
        return TOTAL
    elif claim.member:
        wanted = _named(claim.member, quantity.member_kind, record.history.members)
    else:
        wanted = list(_in_words(claim.text, quantity.member_kind, record.history.members))
    if not wanted:
        what = repr(claim.member) if claim.member else f"in {claim.text!r}"
        raise ClaimError(
            f"no {quantity.member_kind or 'partner'} {what}; name it after a colon, such as {claim.metric.name}:"
            f"{'77' if quantity.member_kind == 'category' else 'Vietnam'}"
        )
    if len(wanted) > 1:
        names = ", ".join(sorted(record.history.members.names[each] for each in wanted))
        raise ClaimError(f"{claim.member or claim.text!r} may be {names}; name one after a colon, by its code")
    return wanted[0]


def _named(name: str, kind: str, members: Members) -> list[Member]:
    spelling = name.strip().lower()
    found = members.codes.get(PRESS_NAMES.get(spelling, spelling), members.codes.get(spelling, frozenset()))
    return sorted(each for each in found if (each[0] == "partner") == (kind == "partner") and each[1] != "total")


def _in_words(text: str, kind: str, members: Members) -> Iterator[Member]:
    """Yield the members that a sentence names. A longer name hides those within it: South Korea is not Korea."""
    words = f" {re.sub(r'[^a-z0-9.&-]+', ' ', text.lower())} "
    found: dict[Member, str] = {}
    spellings = sorted({*members.codes, *PRESS_NAMES}, key=lambda each: (-len(each), each))
    for spelling in spellings:
        if len(spelling) < SHORTEST_WORD and spelling not in PRESS_NAMES:
            continue
        plain = re.sub(r"[^a-z0-9.&-]+", " ", spelling).strip()
        if not plain or plain.isdigit() or f" {plain} " not in words.replace("'s ", " "):
            continue
        for each in _named(spelling, kind, members):
            if each not in found and not any(f" {plain} " in f" {longer} " for longer in found.values()):
                found[each] = plain
    yield from found
