"""Texts and pages that are made to keep the command busy: each is read, or rejected, in a short time.

A pattern that takes the square or the exponential of a length needs minutes for these sizes. The timeout of each test
is many times what it takes.
"""

import random
from contextlib import suppress
from datetime import date
from itertools import product

import pytest

from orchestration.claims.articles import article, isolated, subjects, tokens
from orchestration.claims.articles.article import LARGEST_FILE, LONGEST_TEXT, ArticleError, is_html
from orchestration.claims.articles.propose import LONGEST_SENTENCE, propose
from testing.article_reading import NAMES, found

pytestmark = pytest.mark.timeout(60)


@pytest.mark.parametrize("ending", ["", "<html>", "text", "-->", "<!--"])
@pytest.mark.parametrize("comment", ["<!-- -->", "<!--x--> ", "<!-->", "<!--", "--><!--", "<!---->\n"])
def test_any_number_of_comments_before_a_page_is_read_at_once(comment: str, ending: str) -> None:
    for count in (1, 50, 20_000):
        is_html((comment * count + ending).encode())


def test_page_after_comments_is_a_page() -> None:
    assert is_html(b"\xef\xbb\xbf<!-- a --> <!-- b -->\n<!doctype html>")
    assert not is_html(b"<!-- a --> text <html>")


PAGE = b"<!doctype html><html><body><article>%s<p>Exports rose 35.8%% in March.</p></article></body></html>"


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (b"<p " + b"".join(b"a%d=1 " % n for n in range(300_000)) + b">x</p>", "300,001 attributes in a tag"),
        (b"<p " + b"".join(b"a%d='>' " % n for n in range(200_000)) + b">x</p>", "attributes in a tag"),
        (b"<p " + b"a " * 300_000 + b">x</p>", "attributes in a tag"),
        (b"<b>" * 300_000, "tags; at most"),
        (b"<p>x</p>" * 200_000, "tags; at most"),
        (b"<p" * 300_000, "tags; at most"),
    ],
    ids=lambda value: value[:12].decode() if isinstance(value, bytes) else "",
)
def test_page_with_more_than_any_real_one_is_rejected_at_once(part: bytes, reason: str) -> None:
    with pytest.raises(ArticleError, match=reason):
        article.read(PAGE % part, "page.html")


@pytest.mark.slow
@pytest.mark.parametrize(
    "part",
    [
        b"<" * 1_000_000,
        b'<p "' * 20_000,
        b"<p '" * 20_000,
        b"<div>" * 40_000,
        b"<p " + b"a=1 " * 900 + b">x</p>",
        b"&lt;" * 500_000,
        b"&" * 500_000,
        b"&#" + b"9" * 500_000 + b";",
        b"<![CDATA[" * 20_000,
        b"<!--" * 20_000,
        b"<script>" + b"var a = '<b>';" * 15_000 + b"</script>",
        b"<style>" * 20_000,
        b"x" * 1_000_000,
        "\u200b".encode() * 500_000,
        b"2026-04-28 " * 20_000,
        b'<meta name="date" content="' + b"2026-04-2" * 20_000 + b'">',
        b'<script type="application/ld+json">' + b'{"a":' * 100_000 + b"</script>",
        b"<title>" + b"a - " * 50_000 + b"</title>",
        b"By " * 100_000,
    ],
    ids=lambda part: part[:12].decode(errors="replace"),
)
def test_hostile_page_is_read_or_rejected(part: bytes) -> None:
    with suppress(ArticleError):
        propose(isolated.read(PAGE % part, "page.html"), NAMES)


def test_page_that_exceeds_the_limit_of_time_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated, "LONGEST_WAIT", 0.01)
    with pytest.raises(ArticleError, match=r"page\.html took more than"):
        isolated.read(PAGE % b"", "page.html")


def test_page_that_kills_its_reader_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated, "PROGRAM", ["-c", "import os; os.abort()"])
    with pytest.raises(ArticleError, match=r"page\.html can't be read as a page \(SIGABRT"):
        isolated.read(PAGE % b"", "page.html")


def test_page_is_read_alike_in_its_own_process() -> None:
    content = PAGE % b"<h1>Trade\xc2\xa0in March</h1>"
    here = article.read(content, "page.html", url="https://a.example/x", published=date(2026, 4, 28))
    assert isolated.read(content, "page.html", url="https://a.example/x", published=date(2026, 4, 28)) == here
    with pytest.raises(ArticleError, match="no text of an article"):
        isolated.read(b"<!doctype html><html></html>", "page.html")


UNITS = [
    *(
        "9",
        "9,999,",
        "1.",
        "HK$9",
        "9%",
        "9%,",
        "5% ",
        "HK$1 billion ",
        "1-",
        "9-9",
        "in a row ",
        "a",
        "Aa",
        "a-",
        "a ",
    ),
    *("exports, and ", ", and", "exports ", "and ", "goods ", "visible ", "a month ", "first 5 months ", "from a "),
    *("largest ", "since ", "to A", "to the A. ", "(", ")", "((", '"', "'", "\u200b", "\xad", ".", "...", "? ", "\n"),
    *("\n\n", "U.S. ", "Vietnam ", "Vietnam, and ", "exports and imports 5% and 6% respectively ", "twenty", "the "),
    *(
        "hundred ",
        "of ",
        "share of ",
        " ",
        "\t",
        "\u2028",
        "e\u0301",
        "😀",
        "M",
        "May ",
        "2026 ",
        "2026-05-",
        "expected ",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.strip() or repr(unit))
def test_repeated_text_of_the_largest_size_is_read(unit: str) -> None:
    found((unit * (LONGEST_TEXT // len(unit)))[: LONGEST_TEXT - 50] + " Exports rose 5% in March.")


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.strip() or repr(unit))
def test_longest_sentences_of_repeated_text_are_read(unit: str) -> None:
    sentence = (
        f"Exports {unit * (LONGEST_SENTENCE // len(unit))}"[: LONGEST_SENTENCE - 40] + " imports rose 5% in March."
    )
    found("\n".join([sentence] * 20))


@pytest.mark.slow
def test_mixed_texts_are_read() -> None:
    chosen = random.Random(15)  # noqa: S311
    for _ in range(30):
        parts = [chosen.choice(UNITS) * chosen.choice((1, 1, 5, 200)) for _ in range(60)]
        found("".join(parts)[:20_000])


@pytest.mark.parametrize("before", ["", "exports"])
@pytest.mark.parametrize("words", [(", and",), (",", "and"), ("of", "the"), (" ", ","), ("total", "to")])
def test_gap_of_a_list_is_matched_at_once(words: tuple[str, ...], before: str) -> None:
    for count in (10, 1_000, 50_000):
        assert not subjects.LIST_GAP.match(" ".join(words * count) + " x")
    assert subjects.LIST_GAP.match(", and the total of both")


def test_numbers_are_scanned_at_once() -> None:
    for digits, separator, tail in product(("9", "999,", "9."), ("", "-", "to "), ("", "x", "%")):
        text = digits * 400 + separator + digits * 400 + tail
        tokens.scan(text, NAMES)


def test_sentence_with_more_numbers_than_a_sentence_has_is_skipped_as_a_table() -> None:
    skipped = found("Exports rose " + "5% and " * 200 + "6% in March.").skipped
    assert [(each.number, each.reason) for each in skipped] == [("201 numbers", "the sentence is a table")]


@pytest.mark.parametrize("url", ["http://[", "https://[::1", "http://a\x00b", "x" * 100_000, "\udc80"])
def test_any_address_is_accepted(url: str) -> None:
    found("Exports rose 5% in March.", url=url)


def test_sizes_beyond_the_limits_are_rejected() -> None:
    for content in (b"x" * (LARGEST_FILE + 1), b"x" * (LONGEST_TEXT + 1), b"9" * 1_000_000):
        with pytest.raises(ArticleError, match="at most"):
            isolated.read(content, "article")
