"""An article of a few sentences, read with a handful of names: what was proposed and what was skipped, in short."""

from datetime import date

from orchestration.claims.articles.article import Article, read
from orchestration.claims.articles.names import Names
from orchestration.claims.articles.propose import Found, propose

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


def found(text: str, published: date | None = APRIL_28, url: str = "") -> Found:
    return propose(article(text, published, url), NAMES)


def proposed(text: str, published: date | None = APRIL_28, url: str = "") -> list[str]:
    """Return proposals as `metric period value unit`."""
    return [
        f"{row['metric']} {row['period']} {row['claimed_value']} {row['claimed_unit']}"
        for row in found(text, published, url).rows
    ]


def skipped(text: str, published: date | None = APRIL_28) -> list[tuple[str, str]]:
    """Return what was skipped as number and reason."""
    return [(each.number, each.reason) for each in found(text, published).skipped]
