"""Reads an article, an HTML page in a process of its own: no page can keep the command busy or exhaust its memory.

The libraries that find a page's text take the square of some of its sizes, and their C code can't be interrupted. The
limits of `article` reject what is known to do so; this process ends the rest. Plain text needs none.
"""

import json
import resource
import subprocess
import sys
from datetime import date
from signal import Signals

from orchestration.claims.articles.article import Article, ArticleError, is_html
from orchestration.claims.articles.article import read as read_here

# Seconds of processing; the largest real pages take two. The longest wait allows for a busy machine.
LONGEST_PROCESSING = 20
LONGEST_WAIT = 120
LARGEST_MEMORY = 2_000_000_000
PROGRAM = ["-m", "orchestration.claims.articles.isolated"]


def read(content: bytes, name: str, *, url: str = "", published: date | None = None) -> Article:
    """Return the article in a file's bytes, as `article.read` does. Raises ArticleError."""
    if not is_html(content):
        return read_here(content, name, url=url, published=published)
    request = json.dumps({"name": name, "url": url, "published": published.isoformat() if published else None})
    try:
        child = subprocess.run(
            [sys.executable, *PROGRAM, request],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=LONGEST_WAIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ArticleError(
            f"{name} took more than {LONGEST_WAIT} seconds to read; save its text and read that"
        ) from None
    if child.returncode:
        why = Signals(-child.returncode).name if child.returncode < 0 else f"exit code {child.returncode}"
        raise ArticleError(f"{name} can't be read as a page ({why} within its limits); save its text and read that")
    answer = json.loads(child.stdout)
    if "error" in answer:
        raise ArticleError(answer["error"])
    day = date.fromisoformat(answer["published"]) if answer["published"] else None
    return Article(tuple(answer["paragraphs"]), day, answer["url"])


def _answer(content: bytes, name: str, url: str, published: str | None) -> dict[str, object]:
    try:
        article = read_here(content, name, url=url, published=date.fromisoformat(published) if published else None)
    except ArticleError as error:
        return {"error": str(error)}
    day = article.published.isoformat() if article.published else None
    return {"paragraphs": article.paragraphs, "published": day, "url": article.url}


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_PROCESSING, LONGEST_PROCESSING))
    resource.setrlimit(resource.RLIMIT_AS, (LARGEST_MEMORY, LARGEST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    output, sys.stdout = sys.stdout, sys.stderr  # what a library prints must not get into the answer
    output.write(json.dumps(_answer(sys.stdin.buffer.read(), **json.loads(sys.argv[1]))))


if __name__ == "__main__":
    main()
