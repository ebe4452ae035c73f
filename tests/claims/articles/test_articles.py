"""Articles as files: HTML and text, metadata of pages, and malicious input."""

import time
from datetime import date

import pytest

from orchestration.claims import reading
from orchestration.claims.articles import output
from orchestration.claims.articles.article import LARGEST_FILE, LONGEST_TEXT, ArticleError, read
from orchestration.claims.articles.propose import propose
from orchestration.claims.claim import COLUMNS
from testing.article_reading import NAMES, found

PAGE = """<!DOCTYPE html><html><head><title>Trade in March</title>
<link rel="canonical" href="https://paper.example/trade">
<meta property="article:published_time" content="2026-04-28T16:30:00+08:00">
<script>var text = "Exports rose 99% in March.";</script>
<style>p { content: "Imports rose 98% in March." }</style>
</head><body>
<nav><a href="/">Home</a> <a href="/x">Exports fell 97% in May</a></nav>
<article><h1>Trade in March</h1>
<p>Total exports of Hong Kong rose by 35.8 percent in March, the department said on Tuesday.</p>
<p>Imports of goods rose by 41.2 percent to HK$707.5 billion, which left a deficit of HK$89.1 billion.</p></article>
<footer>Copyright</footer></body></html>"""


def test_html_page_gives_text_day_and_address_without_menus() -> None:
    article = read(PAGE.encode(), "page.html")
    assert (article.published, article.url) == (date(2026, 4, 28), "https://paper.example/trade")
    rows = propose(article, NAMES).rows
    assert [(row["metric"], row["period"], row["claimed_value"]) for row in rows] == [
        ("exports_yoy", "2026-03", "35.8"),
        ("imports_yoy", "2026-03", "41.2"),
        ("imports", "2026-03", "707.5"),
        ("trade_deficit", "2026-03", "89.1"),
    ]
    assert {row["source_url"] for row in rows} == {"https://paper.example/trade"}


def test_given_day_and_address_override_the_metadata() -> None:
    article = read(PAGE.encode(), "page.html", url="https://b.example/", published=date(2025, 4, 28))
    assert (article.published, article.url) == (date(2025, 4, 28), "https://b.example/")


def test_canonical_address_that_is_not_a_web_address_is_ignored() -> None:
    article = read(PAGE.replace("https://paper.example/trade", "javascript:alert(1)").encode(), "page.html")
    assert article.url == ""


def test_proposal_is_a_claims_file_row_with_its_sentence() -> None:
    rows = found("Exports rose 35.8% in March. Imports rose 41.2% in March.").rows
    assert [tuple(row) for row in rows] == [COLUMNS, COLUMNS]
    assert [(row["claim_id"], row["claim"]) for row in rows] == [
        ("A001", "Exports rose 35.8% in March."),
        ("A002", "Imports rose 41.2% in March."),
    ]


def test_csv_and_json_output_is_accepted_by_claims_check() -> None:
    proposals = found("Exports rose 35.8% in March. The deficit was HK$89.1 billion. GDP grew 3.8%.")
    from_csv = reading.parse(output.as_csv(proposals).encode(), "claims.csv")
    from_json = reading.parse(output.as_json(proposals).encode(), "claims.json", is_json=True)
    assert ([claim.metric_name for _, claim in from_csv.claims], from_csv.bad) == (["exports_yoy", "trade_deficit"], [])
    assert [claim for _, claim in from_json.claims] == [claim for _, claim in from_csv.claims]


def test_repeated_claim_is_proposed_once() -> None:
    assert len(found("Exports rose 35.8% in March.\n\nIn March exports rose 35.8%.").rows) == 1


def test_sentence_that_a_spreadsheet_would_execute_is_escaped() -> None:
    proposals = found("=HYPERLINK(1) exports rose 35.8% in March.")
    assert "\nA001,'=HYPERLINK" in output.as_csv(proposals)


def test_wrapped_lines_are_one_paragraph() -> None:
    text = (
        "The value of total exports of goods\nincreased by 35.8%\nover a year earlier in March.\n\nImports rose 41.2%."
    )
    assert [row["claimed_value"] for row in found(text).rows] == ["35.8", "41.2"]


def test_link_to_another_article_is_ignored() -> None:
    assert (
        found("READ MORE: Exports up 35.8% in March\nImports rose 41.2% in March.").rows[0]["metric"] == "imports_yoy"
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"Exports rose 5% \xff\xe9 in March", "not UTF-8 text"),
        (b"\xff\xfeE\x00x\x00\xd8", "not UTF-8 text"),
        (b"Exports\0rose", "it is not text"),
        (b"x" * (LARGEST_FILE + 1), "at most"),
        (b"Exports rose. " * (LONGEST_TEXT // 14 + 1), "characters of text"),
        (b"<!doctype html><html><body></body></html>", "no text of an article"),
        (b"<html>" + b"<div>" * 100_000, "100,001 tags"),
    ],
)
def test_content_that_is_not_an_article_is_rejected_with_a_reason(content: bytes, reason: str) -> None:
    with pytest.raises(ArticleError, match=reason):
        read(content, "article")


@pytest.mark.parametrize(
    "text",
    [
        f"Exports rose {'9' * 5000}% in March.",
        f"Exports reached HK${'9' * 5000} billion in March.",
        f"Exports reached HK$1{',000' * 2000} billion in March.",
        "Exports rose for the 999999999999999th month in a row in March.",
        "Exports rose 5% in the first 99 months of 2025.",
        "Exports rose 5% in March 0000.",
        "Exports rose 5% from December to January 2026.",
    ],
)
def test_impossible_numbers_and_months_are_skipped(text: str) -> None:
    assert found(text).rows == []


@pytest.mark.parametrize(
    "piece",
    ["(", "HK$1 ", "1,000", "exports and ", "5% ", "largest ", "first ", "January to ", "a-", "March ", "\u202e"],
)
def test_pathological_text_is_read_within_seconds(piece: str) -> None:
    started = time.monotonic()
    found(piece * (100_000 // len(piece)))
    assert time.monotonic() - started < 20


def test_bidirectional_control_characters_are_removed() -> None:
    assert found("Exports rose \u202e35.8%\u202c in March.").rows[0]["claim"] == "Exports rose 35.8% in March."
