"""From an article to the rows of a claims file, and the numbers that were skipped, each with the reason."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from syntok import segmenter

from orchestration.claims.articles import printed_numbers
from orchestration.claims.articles.article import Article
from orchestration.claims.articles.clauses import clauses
from orchestration.claims.articles.dates import Calendar, limit_of
from orchestration.claims.articles.names import Names
from orchestration.claims.articles.sentence import ArticleContext, NumberReading, PrecedingContext, Sentence
from orchestration.claims.articles.sentence_periods import CarriedPeriod, figure_periods, own_periods
from orchestration.claims.articles.tokens import Token, scan
from orchestration.claims.claim import COLUMNS, LONGEST_CELL, ClaimError, parse_claim
from orchestration.periods import Period

# Sites of Hong Kong's government.
OFFICIAL = ".gov.hk"
# Periods that date an article without a day of publication. A year does not: "in 2027" may be an outlook.
DATED = ("month", "rolling", "quarter", "half", "year_to_month")
# Characters. Longer ones are lists of links or worse.
LONGEST_SENTENCE = 1_500
# A sentence with more numbers is a table. Reading one takes the square of their count.
MOST_NUMBERS = 60
# Lines between paragraphs that link to other articles.
LINK = re.compile(r"(?:also read|read (?:also|more|next)|related(?: stories| news)?|see also|more)\s*:", re.IGNORECASE)
# No article makes more claims; a file with more is a table.
MOST_ROWS = 999


@dataclass(frozen=True)
class SkippedNumber:
    """A number that was not proposed, the reason, and its sentence."""

    number: str
    reason: str
    sentence: str


@dataclass
class Proposals:
    """The proposed claims, as rows with the columns of a claims file, and the numbers that were skipped."""

    rows: list[dict[str, str]] = field(default_factory=list)
    skipped: list[SkippedNumber] = field(default_factory=list)


def propose(article: Article, names: Names) -> Proposals:
    """Return the claims that an article makes, each once, and the numbers that were skipped."""
    paragraphs = [list(_readable(paragraph)) for paragraph in article.paragraphs]
    context = ArticleContext(names, _calendar(article, paragraphs, names), _dollar(article))
    found, seen = Proposals(), set[tuple[str, ...]]()
    before = PrecedingContext()
    for paragraph in paragraphs:
        before = replace(before, carried=before.carried if before.carried.is_adjusted else CarriedPeriod())
        for text in paragraph:
            sentence = Sentence(text, context, before)
            numbers = [token.text for token in sentence.tokens if token.is_number]
            if len(numbers) > MOST_NUMBERS:
                found.skipped.append(SkippedNumber(f"{len(numbers)} numbers", "the sentence is a table", text))
                continue
            for reading in sentence.readings():
                _add(found, seen, reading, text, article.url)
            before = sentence.after
    return found


def sentences(paragraph: str) -> Iterator[str]:
    """Yield the sentences of a paragraph, verbatim; none is cut at "U.S." or "Oct."."""
    for part in segmenter.analyze(paragraph):
        for sentence in part:
            tokens = list(sentence)
            yield paragraph[tokens[0].offset : tokens[-1].offset + len(tokens[-1].value)].strip()


def _readable(paragraph: str) -> Iterator[str]:
    if LINK.match(paragraph):
        return iter(())
    return (text for text in sentences(paragraph) if len(text) <= LONGEST_SENTENCE)


def _dollar(article: Article) -> printed_numbers.Dollar:
    try:
        host = urlsplit(article.url).hostname or ""
    except ValueError:  # such as http://[
        host = ""
    return printed_numbers.dollar_of(article.text, is_official=f".{host}".endswith(OFFICIAL))


def _add(found: Proposals, seen: set[tuple[str, ...]], reading: NumberReading, text: str, url: str) -> None:
    """Add a reading to the rows, unless it is there already, or to the skipped numbers if it cannot be a claim."""
    if reading.figure is None or reading.period is None:
        found.skipped.append(SkippedNumber(reading.number, reading.reason, text))
        return
    metric, value, unit = reading.figure
    key = (metric, reading.period.label, value, unit)
    if key in seen:
        return
    cells = (f"A{len(found.rows) + 1:03}", text[:LONGEST_CELL], *key, url)
    row = dict(zip(COLUMNS, cells, strict=True))
    try:
        if len(found.rows) >= MOST_ROWS:
            raise ClaimError(f"at most {MOST_ROWS} claims are proposed of one article")
        parse_claim(row)
    except ClaimError as error:
        found.skipped.append(SkippedNumber(reading.number, str(error), text))
        return
    seen.add(key)
    found.rows.append(row)


def _calendar(article: Article, paragraphs: list[list[str]], names: Names) -> Calendar:
    """Return the calendar of an article. Its topic is the first month that it names, or else the first period."""
    scanned = [(text, clauses(scan(text, names))) for paragraph in paragraphs for text in paragraph]
    tokens = [token for text, parts in scanned for clause in parts for token in figure_periods(text, clause)]
    undated = Calendar(None)
    explicit = [period for token in tokens if token.kind in DATED and (period := undated.period(token, None))]
    calendar = Calendar(limit_of(article.published, explicit), is_dated=article.published is not None)
    topics = [token for text, parts in scanned for clause in parts for token in own_periods(text, clause)]
    return replace(calendar, topic=_topic(calendar, topics))


def _topic(calendar: Calendar, tokens: list[Token]) -> Period | None:
    months = [token for token in tokens if token.kind in ("month", "last_month")]
    longer = [token for token in tokens if token.kind in ("quarter", "half", "year_to_month")]
    named = (calendar.period(token, None) for token in (*months, *longer))
    return next((period for period in named if period), None)
