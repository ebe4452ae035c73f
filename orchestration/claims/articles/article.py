"""An article: its paragraphs, its day and its address, read from the bytes of a text or of an HTML page."""

import re
from dataclasses import dataclass
from datetime import date

from orchestration.claims.record_spans import MONTHS

# Bytes. An article has about 10 kB; the page around it, with its scripts, a hundred times that.
LARGEST_FILE = 3_000_000
# Characters, about 50,000 words: no article about a month's trade is longer.
LONGEST_TEXT = 300_000
# The largest pages of newspapers have a fifth of this many tags and a tenth of this many attributes in a tag. The
# libraries that read pages take the square of both.
MOST_TAGS = 50_000
MOST_ATTRIBUTES = 1_000
# Comments before the first tag: atomic groups, as a comment ends at the first `-->` and at no later one.
IS_HTML = re.compile(
    rb"\s*+(?:<!--(?>.*?-->)\s*+)*+<(?:!doctype html|html|head|body|article|main|div|p|h1)\b", re.I | re.S
)
QUOTED = rb"\"[^\"]*+\"|'[^']*+'"
TAG = re.compile(rb"</?[a-zA-Z](?:[^\"'<>]|" + QUOTED + rb")*+")
CONTROLS = re.compile(r"[\x01-\x08\x0b\x0e-\x1f\x7f\xad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
# Publishers write quotes, minus and hyphen in several ways.
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
WEB_ADDRESS = re.compile(r"https?://[!-~]{1,1900}")
# The longest line of a text that is wrapped to a width; a paragraph on one line is longer.
WRAPPED_AT = 120
# A dateline is within this many characters.
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
    """An article: the text of its paragraphs, and its day of publication and address where known."""

    paragraphs: tuple[str, ...]
    published: date | None = None
    url: str = ""

    @property
    def text(self) -> str:
        return "\n".join(self.paragraphs)


def read(content: bytes, name: str, *, url: str = "", published: date | None = None) -> Article:
    """Return the article in a file's bytes: HTML if it begins with a tag, or else plain text.

    Its day is the one given, or else that of the page's metadata, of a dateline, or of the address.

    Raises:
        ArticleError: The file is too large, is not text, or has no article.
    """
    if len(content) > LARGEST_FILE:
        raise ArticleError(f"{name} has {len(content):,} bytes; at most {LARGEST_FILE:,} are read")
    if is_html(content):
        text, day, address = _html_page(content, name)
        day, url = published or day, url or address
    else:
        text, day = _decoded(content, name), published
    if len(text) > LONGEST_TEXT:
        raise ArticleError(f"{name} has {len(text):,} characters of text; at most {LONGEST_TEXT:,} are read")
    return Article(tuple(_paragraphs(text)), day or _day(DATELINES, text[:HEAD]) or _day((IN_ADDRESS,), url), url)


def is_html(content: bytes) -> bool:
    """Return True if a file's bytes begin as an HTML page does."""
    return bool(IS_HTML.match(content.removeprefix(b"\xef\xbb\xbf")[:10_000]))


def _html_page(content: bytes, name: str) -> tuple[str, date | None, str]:
    """Return a page's text without menus, scripts and footers, and the day and address of its metadata."""
    _reject_oversized(content, name)
    import trafilatura  # slow to import, and needed for HTML only

    try:
        tree = trafilatura.load_html(content, max_size=LARGEST_FILE)
        if tree is None:
            raise ArticleError(f"{name} is not an HTML page that can be read")
        metadata = trafilatura.extract_metadata(tree)
        text = trafilatura.extract(tree, include_comments=False, include_tables=False, fast=True)
        day = date.fromisoformat(metadata.date) if metadata.date else None
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        if isinstance(error, ArticleError):
            raise
        fault = type(error).__name__  # of the library, with a broken page
        raise ArticleError(f"{name} can't be read as a page ({fault}); save its text and read that") from error
    if not text:
        raise ArticleError(f"{name} has no text of an article; save its text and read that")
    # A canonical link may contain anything; only a web address is kept.
    url = metadata.url if metadata.url and WEB_ADDRESS.fullmatch(metadata.url) else ""
    return f"{metadata.title or ''}\n\n{text}", day, url


def _reject_oversized(content: bytes, name: str) -> None:
    """Raise ArticleError if a page has more tags, or more attributes in a tag, than any real one."""
    tags = [tag[0] for tag in TAG.finditer(content)]
    attributes = max((len(re.sub(QUOTED, b" ", tag).split()) for tag in tags), default=0)
    for found, most, what in ((len(tags), MOST_TAGS, "tags"), (attributes, MOST_ATTRIBUTES, "attributes in a tag")):
        if found > most:
            raise ArticleError(f"{name} has {found:,} {what}; at most {most:,} are read. Save its text and read that")


def _decoded(content: bytes, name: str) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise ArticleError(f"{name} is not UTF-8 text; save the file as UTF-8") from None
    if "\0" in text:
        raise ArticleError(f"{name} contains NUL characters; it is not text")
    return text


def _paragraphs(text: str) -> list[str]:
    """Return the paragraphs: blocks between blank lines if lines are wrapped to a width, or else the lines."""
    lines = [
        " ".join(CONTROLS.sub("", line).translate(PLAIN).split()) for line in text.replace("\r\n", "\n").split("\n")
    ]
    filled = [len(line) for line in lines if line]
    is_wrapped = "" in lines and len(filled) > 3 and max(filled) <= WRAPPED_AT
    found: list[list[str]] = []
    previous = ""
    for line in lines:
        if line and previous and (is_wrapped or _continues(previous, line)):
            found[-1].append(line)
        elif line:
            found.append([line])
        previous = line
    return [" ".join(paragraph) for paragraph in found]


def _continues(previous: str, line: str) -> bool:
    return previous[-1] not in ".!?:;\"'" and line[0].islower()


def _day(forms: tuple[re.Pattern[str], ...], text: str) -> date | None:
    """Return the latest date that a text names in full, or None. The caption of a photograph may name an older one."""
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
