"""The partners and categories that a text may name, in spellings that `claims check` accepts."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

# Shorter spellings are codes, or also ordinary words: "in", "no", "us".
SHORTEST_NAME = 4
# Spellings in texts that `PRESS_NAMES` lacks: as written -> as proposed.
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
    """Spellings of partners and of categories, in lower case."""

    partners: frozenset[str]
    categories: frozenset[str] = frozenset()

    @cached_property
    def pattern(self) -> str:
        """Return a pattern for a partner's name with a capital, or a category in any case; longer names match first."""
        partners = rf"\b(?:[Tt]he )?(?=mainland|[A-Z])(?i:{_any(self.partners | SPELLINGS.keys())})(?![\w$]|[-'](?!s))"
        categories = rf"\b(?i:{_any(self.categories)})(?!\w)"
        return f"(?:{partners}|{categories})" if self.categories else f"(?:{partners})"

    def kind_of(self, text: str) -> Literal["partner", "category"]:
        """Return whether a name is a category's or a partner's."""
        return "category" if text.lower() in self.categories else "partner"


def _any(spellings: Iterable[str]) -> str:
    """Return a pattern for any of these; of two that begin alike, the longer matches."""
    return "|".join(re.escape(each) for each in sorted(spellings, key=lambda each: (-len(each), each)))


def names_of(codes: Mapping[str, frozenset[tuple[str, str]]], press_names: Iterable[str]) -> Names:
    """Return the names of a record's codes (spelling -> classification and code) and the press's names of partners."""
    partners, categories = set(press_names), set[str]()
    for spelling, subjects in codes.items():
        if len(spelling) >= SHORTEST_NAME and spelling not in SELF and not spelling.isdigit():
            if any(classification == "partner" for classification, _ in subjects):
                partners.add(spelling)
            else:
                categories.add(spelling)
    return Names(frozenset(partners), frozenset(categories))


def proposed_spelling(text: str) -> str:
    """Return a name without its article, in a spelling that `claims check` accepts."""
    bare = re.sub(r"^the ", "", text, flags=re.IGNORECASE)
    return SPELLINGS.get(bare.lower(), bare)
