"""What "$" means: by the author of the text, and by the other dollar that the text marks."""

from testing.article_reading import proposed, skipped

SENTENCE = "In March 2026 exports reached $618.4 billion."


def test_dollar_sign_on_a_government_page_is_hkd() -> None:
    assert proposed(SENTENCE, url="https://www.info.gov.hk/gia/1.htm") == ["exports 2026-03 618.4 HKD bn"]
    assert proposed(SENTENCE, url="https://www.info.gov.hk.example/1.htm") == []


def test_dollar_sign_in_a_report_of_the_census_department_is_hkd() -> None:
    text = f"{SENTENCE} The Census and Statistics Department said so."
    assert proposed(text) == ["exports 2026-03 618.4 HKD bn"]


def test_dollar_sign_is_usd_in_a_text_that_marks_hkd() -> None:
    text = "The deficit was HK$89.1 billion ($11.4 billion) in March 2026."
    assert proposed(text) == ["trade_deficit 2026-03 89.1 HKD bn", "trade_deficit 2026-03 11.4 USD bn"]


def test_dollar_sign_is_hkd_in_a_text_that_marks_usd() -> None:
    assert proposed("Exports reached $618.4 billion (US$79.0 billion) in March 2026.") == [
        "exports 2026-03 618.4 HKD bn",
        "exports 2026-03 79.0 USD bn",
    ]


def test_ambiguous_dollar_sign_is_skipped() -> None:
    assert skipped(SENTENCE) == [("$618.4 billion", "nothing says which dollars are meant by $")]


def test_other_spellings_of_amounts_are_read() -> None:
    assert proposed("Exports reached 618.4 billion HK dollars in March 2026.") == ["exports 2026-03 618.4 HKD bn"]
    assert proposed("Exports reached HK$618.4b in March 2026.") == ["exports 2026-03 618.4 HKD bn"]
    assert skipped("Exports reached 618.4 billion in March 2026.") == [("618.4 billion", "it has no currency")]
