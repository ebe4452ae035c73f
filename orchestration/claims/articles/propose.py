"""From an article to rows of a claims file, and to the numbers that were skipped, each with the reason."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from orchestration.claims.articles import mentions
from orchestration.claims.articles.article import Article
from orchestration.claims.articles.clauses import clauses
from orchestration.claims.articles.dates import Calendar, limit_of
from orchestration.claims.articles.names import Names
from orchestration.claims.articles.placing import Before, Placing, Sentence
from orchestration.claims.articles.sentences import sentences
from orchestration.claims.articles.setting import Setting
from orchestration.claims.articles.times import Carried, of_figures, own
from orchestration.claims.articles.tokens import Token, scan
from orchestration.claims.claim import COLUMNS, LONGEST_CELL, ClaimError, parse_claim
from orchestration.periods import Period

# Hong Kong's own offices.
OFFICIAL = ".gov.hk"
# Periods by which an article without a day is dated: "in 2027" may be an outlook.
DATED = ("month", "rolling", "quarter", "half", "year_to_month")
# Longer ones are lists of links or worse.
LONGEST_SENTENCE = 1_500
# Lines between paragraphs that lead to other articles.
LINK = re.compile(r"(?:also read|read (?:also|more|next)|related(?: stories| news)?|see also|more)\s*:", re.IGNORECASE)
# No article makes more claims; a file that does is a table.
MOST_ROWS = 999


@dataclass(frozen=True)
class Skipped:
    """A number that was not proposed, why, and the sentence that it stands in."""

    number: str
    reason: str
    sentence: str


@dataclass
class Found:
    """Rows with the columns of a claims file, and the numbers that were skipped."""

    rows: list[dict[str, str]] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def propose(article: Article, names: Names) -> Found:
    """Return the claims that an article makes, each once, and what was skipped of it."""
    paragraphs = [list(_readable(paragraph)) for paragraph in article.paragraphs]
    setting = Setting(names, _calendar(article, paragraphs, names), _dollar(article))
    found, seen = Found(), set[tuple[str, ...]]()
    before = Before()
    for paragraph in paragraphs:
        before = replace(before, carried=before.carried if before.carried.is_adjusted else Carried())
        for text in paragraph:
            sentence = Sentence(text, setting, before)
            for placing in sentence.placings():
                _take(found, seen, placing, text, article.url)
            before = sentence.after
    return found


def _readable(paragraph: str) -> Iterator[str]:
    if LINK.match(paragraph):
        return iter(())
    return (text for text in sentences(paragraph) if len(text) <= LONGEST_SENTENCE)


def _dollar(article: Article) -> mentions.Dollar:
    host = urlsplit(article.url).hostname or ""
    return mentions.dollar_of(article.text, is_official=f".{host}".endswith(OFFICIAL))


def _take(found: Found, seen: set[tuple[str, ...]], placing: Placing, text: str, url: str) -> None:
    """Add a row, unless it is there already; or what was skipped, which a claims file would refuse too."""
    if placing.reason or placing.period is None:
        found.skipped.append(Skipped(placing.number, placing.reason, text))
        return
    metric, value, unit = placing.placed
    key = (metric, placing.period.label, value, unit)
    if key in seen:
        return
    cells = (f"A{len(found.rows) + 1:03}", text[:LONGEST_CELL], *key, url)
    row = dict(zip(COLUMNS, cells, strict=True))
    try:
        if len(found.rows) >= MOST_ROWS:
            raise ClaimError(f"at most {MOST_ROWS} claims are proposed of one article")
        parse_claim(row)
    except ClaimError as error:
        found.skipped.append(Skipped(placing.number, str(error), text))
        return
    seen.add(key)
    found.rows.append(row)


def _calendar(article: Article, paragraphs: list[list[str]], names: Names) -> Calendar:
    """Return the calendar of an article, with its topic: the first month that it names, or else the first period."""
    scanned = [(text, clauses(scan(text, names))) for paragraph in paragraphs for text in paragraph]
    tokens = [token for text, parts in scanned for clause in parts for token in of_figures(text, clause)]
    undated = Calendar(None)
    explicit = [period for token in tokens if token.kind in DATED and (period := undated.period(token, None))]
    calendar = Calendar(limit_of(article.published, explicit), is_dated=article.published is not None)
    topics = [token for text, parts in scanned for clause in parts for token in own(text, clause)]
    return replace(calendar, topic=_topic(calendar, topics))


def _topic(calendar: Calendar, tokens: list[Token]) -> Period | None:
    months = [token for token in tokens if token.kind in ("month", "last_month")]
    longer = [token for token in tokens if token.kind in ("quarter", "half", "year_to_month")]
    named = (calendar.period(token, None) for token in (*months, *longer))
    return next((period for period in named if period), None)
