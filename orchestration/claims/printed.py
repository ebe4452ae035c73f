"""Numbers as they are printed: the value, and the precision that its digits claim."""

import re
from dataclasses import dataclass
from decimal import Decimal

# 15 digits before the point and 9 after it are more than any figure of trade has.
SIGN = "[-+\N{MINUS SIGN}]?"
NUMBER = re.compile(SIGN + r"(\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.\d{1,9})?", re.ASCII)


class NumberError(ValueError):
    """A number can't be read; the message says what one looks like."""


@dataclass(frozen=True)
class Printed:
    """A number as printed: its value, and the place of its last digit (0.1 for `89.1`, 1 for `446`)."""

    value: Decimal
    place: Decimal


def parse_number(text: str) -> Printed:
    """Return a printed number (`89.1`, `-4.7`, `1,715.1`) with the precision that it claims. Raises NumberError."""
    if not NUMBER.fullmatch(text):
        raise NumberError(f"{text!r} is no plain decimal number, such as 89.1")
    plain = text.replace(",", "").replace("\N{MINUS SIGN}", "-")
    decimals = len(plain.partition(".")[2])
    return Printed(Decimal(plain), Decimal(1).scaleb(-decimals))
