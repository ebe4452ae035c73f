"""The partners and categories that a text may name, in the spellings that `claims check` understands."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

# Shorter spellings are codes, and words of other kinds: "in", "no", "us".
SHORTEST_NAME = 4
# How texts call partners for whom `PRESS_NAMES` has another spelling: as written -> as proposed.
SPELLINGS = {
    "mainland of china": "mainland China",
    "chinese mainland": "mainland China",
    "us": "United States",
    "taiwan region": "Taiwan",
    "republic of korea": "South Korea",
    "viet nam": "Vietnam",
}
SELF = frozenset({"hong kong", "world", "bunkers", "total", "others"})


@dataclass(frozen=True)
class Names:
    """Spellings in lower case, of partners and of categories."""

    partners: frozenset[str]
    categories: frozenset[str] = frozenset()

    @cached_property
    def pattern(self) -> str:
        """A pattern that fits a name where it begins with a capital, or a category anywhere; the longest first."""
        partners = rf"\b(?:[Tt]he )?(?=mainland|[A-Z])(?i:{_any(self.partners | SPELLINGS.keys())})(?![\w$]|[-'](?!s))"
        categories = rf"\b(?i:{_any(self.categories)})(?!\w)"
        return f"(?:{partners}|{categories})" if self.categories else f"(?:{partners})"

    def kind_of(self, text: str) -> Literal["partner", "category"]:
        return "category" if text.lower() in self.categories else "partner"


def _any(spellings: Iterable[str]) -> str:
    """Return a pattern that fits any of these, of two that begin alike the longer."""
    return "|".join(re.escape(each) for each in sorted(spellings, key=lambda each: (-len(each), each)))


def names_of(codes: Mapping[str, frozenset[tuple[str, str]]], spoken: Iterable[str]) -> Names:
    """Return the names of a record's codes (spelling -> classification and code), and how partners are spoken of."""
    partners, categories = set(spoken), set[str]()
    for spelling, subjects in codes.items():
        if len(spelling) >= SHORTEST_NAME and spelling not in SELF and not spelling.isdigit():
            if any(classification == "partner" for classification, _ in subjects):
                partners.add(spelling)
            else:
                categories.add(spelling)
    return Names(frozenset(partners), frozenset(categories))


def proposed(text: str) -> str:
    """Return the spelling of a name to propose: without its article, and one that `claims check` knows."""
    bare = re.sub(r"^the ", "", text, flags=re.IGNORECASE)
    return SPELLINGS.get(bare.lower(), bare)
