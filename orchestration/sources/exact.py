"""Figures as printed that the warehouse can store without losing a digit."""

import re
from decimal import Decimal, InvalidOperation

# Staging stores every printed figure as decimal(18, 6).
PLACES, WHOLE_DIGITS = 6, 12
# More digits than a double has. The numbers of JSON come after a colon, a comma or a bracket, texts in quotes.
LONG_NUMBER = re.compile(rb"[:,\[]\s*(-?[0-9][0-9.]{17,})")


def is_exact(printed: str, places: int = PLACES, whole_digits: int = WHOLE_DIGITS) -> bool:
    """Return True if a printed number has at most so many decimal places, trailing zeros aside, and whole digits.

    False for anything that is not a finite number, such as NaN or `true`.
    """
    try:
        number = Decimal(printed).as_tuple()
    except InvalidOperation:
        return False
    if not isinstance(number.exponent, int):  # NaN or an infinity
        return False
    digits = "".join(map(str, number.digits))
    significant = digits.rstrip("0")
    exponent = number.exponent + len(digits) - len(significant)
    significant = significant.lstrip("0")
    return not significant or (-exponent <= places and len(significant) + exponent <= whole_digits)


def long_number(payload: bytes) -> str | None:
    """Return the first number of a JSON body that has more digits than a double can hold, None if there is none."""
    found = LONG_NUMBER.search(payload)
    return found[1][:40].decode() if found else None
