"""Text out of an HTML page, without its menus, scripts and footers; and what the page says of itself."""

from datetime import date
from urllib.parse import urlsplit

import trafilatura

from orchestration.claims.articles.article import LARGEST_FILE, ArticleError


def page(content: bytes, name: str) -> tuple[str, date | None, str]:
    """Return a page's text, its day and its address, as its metadata have them. Raises ArticleError."""
    tree = trafilatura.load_html(content, max_size=LARGEST_FILE)
    if tree is None:
        raise ArticleError(f"{name} is no HTML page that can be read")
    metadata = trafilatura.extract_metadata(tree)
    text = trafilatura.extract(tree, include_comments=False, include_tables=False, fast=True)
    if not text:
        raise ArticleError(f"{name} holds no text of an article; save its text and read that")
    return f"{metadata.title or ''}\n\n{text}", _day(metadata.date), _address(metadata.url)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _address(url: str | None) -> str:
    """Return an address of the web, or none: a canonical link may hold anything."""
    return url if url and urlsplit(url).scheme in ("http", "https") else ""
