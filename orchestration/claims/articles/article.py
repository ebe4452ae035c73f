"""An article: its paragraphs, its day and its address, read from the bytes of a text or of an HTML page."""

import re
from dataclasses import dataclass
from datetime import date

from orchestration.claims.record_spans import MONTHS

# An article has some 10 kB; the page around it, with its scripts, a hundred times that.
LARGEST_FILE = 3_000_000
# 50,000 words: no article about a month's trade is longer.
LONGEST_TEXT = 300_000
IS_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body|article|main|div|p|h1)\b", re.I | re.S)
CONTROLS = re.compile(r"[\x01-\x08\x0b\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\ufeff]")
# One way to write quotes, minus and hyphen, of the several that publishers use.
PLAIN = str.maketrans(
    {
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{MINUS SIGN}": "-",
        "\N{EN DASH}": "-",
        "\N{HYPHEN}": "-",
        "\N{NON-BREAKING HYPHEN}": "-",
        "\N{FULLWIDTH DOLLAR SIGN}": "$",
        "\N{FULLWIDTH PERCENT SIGN}": "%",
    }
)
# A line of a text that was broken to fit a width; a paragraph on one line is longer.
BROKEN_AT = 120
# Where a dateline stands.
HEAD = 800

MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
DATELINES = (
    re.compile(r"\b(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)\b"),
    re.compile(rf"\b(?P<name>{MONTH})\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>(?:19|20)\d\d)\b", re.I),
    re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?P<name>{MONTH})\.?,? (?P<year>(?:19|20)\d\d)\b", re.I),
)
IN_ADDRESS = re.compile(r"(?P<year>(?:19|20)\d\d)(?P<sep>[-/]?)(?P<month>0[1-9]|1[0-2])(?P=sep)(?P<day>[0-3]\d)(?!\d)")


class ArticleError(ValueError):
    """An article can't be read; the message says why."""


@dataclass(frozen=True)
class Article:
    """The text of an article by paragraph; its day and address where known."""

    paragraphs: tuple[str, ...]
    published: date | None = None
    url: str = ""

    @property
    def text(self) -> str:
        return "\n".join(self.paragraphs)


def read(content: bytes, name: str, *, url: str = "", published: date | None = None) -> Article:
    """Return the article of a file's bytes: plain text, or HTML by its first tag.

    The day is the one given, or that of the page's metadata, of a dateline, of the address. Raises ArticleError.
    """
    if len(content) > LARGEST_FILE:
        raise ArticleError(f"{name} has {len(content):,} bytes; at most {LARGEST_FILE:,} are read")
    if IS_HTML.match(content.removeprefix(b"\xef\xbb\xbf")[:10_000]):
        from orchestration.claims.articles.html import page  # it imports what takes long, for HTML alone

        text, day, address = page(content, name)
        day, url = published or day, url or address
    else:
        text, day = _decoded(content, name), published
    if len(text) > LONGEST_TEXT:
        raise ArticleError(f"{name} has {len(text):,} characters of text; at most {LONGEST_TEXT:,} are read")
    return Article(tuple(_paragraphs(text)), day or _day(DATELINES, text[:HEAD]) or _day((IN_ADDRESS,), url), url)


def _decoded(content: bytes, name: str) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise ArticleError(f"{name} is not UTF-8 text; save the file as UTF-8") from None
    if "\0" in text:
        raise ArticleError(f"{name} holds NUL characters; it is no text")
    return text


def _paragraphs(text: str) -> list[str]:
    """Return the paragraphs: blocks between blank lines where lines are broken to fit a width, or else the lines."""
    lines = [
        " ".join(CONTROLS.sub("", line).translate(PLAIN).split()) for line in text.replace("\r\n", "\n").split("\n")
    ]
    filled = [len(line) for line in lines if line]
    is_broken = "" in lines and len(filled) > 3 and max(filled) <= BROKEN_AT
    found: list[str] = []
    previous = ""
    for line in lines:
        if line and previous and (is_broken or _goes_on(previous, line)):
            found[-1] += f" {line}"
        elif line:
            found.append(line)
        previous = line
    return found


def _goes_on(previous: str, line: str) -> bool:
    return previous[-1] not in ".!?:;\"'" and line[0].islower()


def _day(forms: tuple[re.Pattern[str], ...], text: str) -> date | None:
    """Return the newest day that a text names in full: a photograph may be older. None where none is a day."""
    days = []
    for form in forms:
        for found in form.finditer(text):
            parts = found.groupdict()
            month = MONTHS[parts["name"].lower()] if "name" in parts else int(parts["month"])
            try:
                days.append(date(int(parts["year"]), month, int(parts["day"])))
            except ValueError:
                continue
    return max(days, default=None)
