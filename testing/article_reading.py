"""Reads an article of a few sentences with a handful of names, and summarizes what was proposed and skipped."""

from datetime import date

from orchestration.claims.articles.article import Article, read
from orchestration.claims.articles.names import Names
from orchestration.claims.articles.propose import Proposals, propose

NAMES = Names(
    frozenset(
        {
            "asia",
            "vietnam",
            "malaysia",
            "mainland china",
            "the mainland",
            "united states",
            "south korea",
            "japan",
            "taiwan",
        }
    ),
    frozenset({"office machines and automatic data processing machines"}),
)
APRIL_28 = date(2026, 4, 28)


def article(text: str, published: date | None = APRIL_28, url: str = "") -> Article:
    return read(text.encode(), "article.txt", url=url, published=published)


def found(text: str, published: date | None = APRIL_28, url: str = "") -> Proposals:
    return propose(article(text, published, url), NAMES)


def proposed(text: str, published: date | None = APRIL_28, url: str = "") -> list[str]:
    """Return proposals as `metric period value unit`."""
    return [
        f"{row['metric']} {row['period']} {row['claimed_value']} {row['claimed_unit']}"
        for row in found(text, published, url).rows
    ]


def skipped(text: str, published: date | None = APRIL_28) -> list[tuple[str, str]]:
    """Return the skipped numbers, each with its reason."""
    return [(each.number, each.reason) for each in found(text, published).skipped]
