"""Text for terminals: data is printed as it is, and characters that would do something else are made visible.

A publisher's text, a file's name or a query's result may contain escape codes, which change what a terminal shows, and
characters that reverse or hide text.
"""

import json
import re
import unicodedata
from typing import Any
from urllib.parse import urlsplit

from rich.style import Style
from rich.text import Text

# Categories of Unicode: controls, formats such as U+202E and U+200B, halves of surrogate pairs, separators of lines.
UNSAFE_CATEGORIES = ("Cc", "Cf", "Cs", "Zl", "Zp")
LAYOUT = "\n\t"
# Most texts have none of these; only then is each character looked up.
PLAIN = re.compile(r"[\n\t -~]*")


def visible(text: str) -> str:
    r"""Return a text with its control characters and invisible characters as escapes: `\x1b`, `\u202e`.

    Line breaks and tabs stay.
    """
    if PLAIN.fullmatch(text):
        return text
    return "".join(_escape(each) if _is_unsafe(each) else each for each in text)


def _is_unsafe(character: str) -> bool:
    return character not in LAYOUT and unicodedata.category(character) in UNSAFE_CATEGORIES


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def line(*parts: str | tuple[str, str | Style]) -> Text:
    """Return one text of several parts, each a plain one or one with a style. Parts may be data: markup has no effect.

    Example: line(("red", "bold red"), ": what follows is plain")
    """
    pairs = [(part, "") if isinstance(part, str) else part for part in parts]
    return Text.assemble(*((visible(text), style) for text, style in pairs))


def link(url: str) -> Style:
    """Return the style of a link to a web address, or of plain text if it is not one or has unusual characters."""
    try:
        is_plain = re.fullmatch(r"[!-~]+", url) and urlsplit(url).scheme in ("http", "https")
    except ValueError:  # such as http://[
        is_plain = False
    return Style(link=url) if is_plain else Style()


def to_json(value: Any) -> str:
    """Return a value as indented JSON; dates and decimals become text.

    Letters of all scripts stay readable.
    """
    return visible_json(json.dumps(value, indent=2, default=str, ensure_ascii=False))


def visible_json(text: str) -> str:
    """Return JSON with what JSON does not escape by itself, such as U+202E, as escapes: to a program it is the same."""
    if PLAIN.fullmatch(text):
        return text
    return "".join(json.dumps(each)[1:-1] if _is_unsafe(each) else each for each in text)
