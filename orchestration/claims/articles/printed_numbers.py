"""Numbers as printed in a sentence: their digits, sign and unit, and what makes one unusable as a claim."""

import re
from dataclasses import dataclass

import text_to_num

from orchestration.claims import units
from orchestration.claims.articles import words
from orchestration.claims.articles.tokens import Token
from orchestration.claims.units import Unit

CURRENCIES = {
    "hk$": "HKD",
    "hkd": "HKD",
    "us$": "USD",
    "u.s.$": "USD",
    "usd": "USD",
    "rmb": "CNY",
    "cny": "CNY",
    "yuan": "CNY",
    "eur": "EUR",
    "€": "EUR",
    "euro": "EUR",
    "gbp": "GBP",
    "£": "GBP",
    "pound": "GBP",
    "jpy": "JPY",
    "yen": "JPY",
    "hong kong dollar": "HKD",
    "hk dollar": "HKD",
    "us dollar": "USD",
    "u.s. dollar": "USD",
}
SCALES = {"trillion": "tn", "billion": "bn", "million": "mn", "thousand": "k", "tn": "tn", "bn": "bn", "mn": "mn"}
SCALES |= {"b": "bn", "m": "mn"}
NUMBER = re.compile(words.NUMBER)
SCALE = re.compile(rf"\d[ -]?({words.SCALE})\b", re.IGNORECASE)
ABOUT, BOUND = (re.compile(pattern, re.IGNORECASE) for pattern in (words.ABOUT, words.BOUND))


class NotProposed(ValueError):
    """A number is not proposed as a claim; the message says why."""


@dataclass(frozen=True)
class Dollar:
    """The currency that "$" means in a text, or an empty one and the reason why it is not known."""

    currency: str
    reason: str = ""


@dataclass(frozen=True)
class PrintedNumber:
    """A number's digits as printed, with an explicit sign if there is one, and its unit."""

    digits: str
    unit: Unit

    @property
    def is_signed(self) -> bool:
        return self.digits[0] in "+-"


def dollar_of(text: str, *, is_official: bool) -> Dollar:
    """Return what a bare "$" means in a text.

    Hong Kong's government writes "$" for Hong Kong dollars, and so do pages that reprint its texts. In a text that
    marks one of the two currencies, "$" is the other.
    """
    marks_hkd, marks_usd = "HK$" in text, bool(re.search(r"US ?\$", text))
    if is_official or (marks_usd and not marks_hkd):
        return Dollar("HKD")
    if marks_hkd and not marks_usd:
        return Dollar("USD")
    if not marks_hkd and re.search(r"Census (?:and|&) Statistics|C&SD", text):
        return Dollar("HKD")
    return Dollar("", "nothing says which dollars are meant by $")


def percent(token: Token, sentence: str) -> PrintedNumber:
    """Return a percentage as printed. Raises NotProposed for a bound ("over 5 percent")."""
    sign = "-" if token.text[0] in "-" else "+" if token.text[0] == "+" else ""
    unit = units.parse("pct_approx" if is_about(token, sentence) else "pct")
    return PrintedNumber(sign + _digits(token), unit)


def amount(token: Token, sentence: str, dollar: Dollar) -> PrintedNumber:
    """Return an amount as printed. Raises NotProposed for a bound, or if its currency or scale is not known."""
    found = SCALE.search(token.text)
    scale = SCALES[found[1].lower()] if found else ""
    currency = _currency(token.text, dollar)
    if not scale and not re.search(r"\d,\d{3},\d{3}", token.text):
        raise NotProposed("it is not an amount of trade")
    sign = "-" if re.match(r"-|[^\d]*-\d", token.text) else ""
    return PrintedNumber(sign + _digits(token), units.money(currency, scale, is_approximate=is_about(token, sentence)))


def _currency(text: str, dollar: Dollar) -> str:
    around = re.sub(rf"-|{words.NUMBER}", " ", text).lower().split()
    plain = " ".join(word for word in around if word not in SCALES)
    if plain in ("$", "dollar", "dollars"):
        if not dollar.currency:
            raise NotProposed(dollar.reason)
        return dollar.currency
    if currency := CURRENCIES.get(plain) or CURRENCIES.get(plain.removesuffix("s")):
        return currency
    raise NotProposed("it has no currency" if not plain else f"the record has no figures in {plain.upper()}")


def _digits(token: Token) -> str:
    found = NUMBER.search(token.text)
    assert found
    return found[0]


def is_about(token: Token, sentence: str) -> bool:
    """Return True if a number is printed as approximate ("about 5"). Raises NotProposed for a bound."""
    ahead = sentence[max(0, token.start - 30) : token.start]
    if BOUND.search(ahead):
        raise NotProposed("it is a bound, not a figure")
    return bool(ABOUT.search(ahead))


def count_of(text: str) -> int | None:
    """Return the number of `19`, `19th`, `nineteenth` or `nineteen`; None for other words."""
    found = re.match(r"\d{1,3}(?!\d)", text_to_num.alpha2digit(text.lower(), "en", threshold=0))
    return int(found[0]) if found else None
