"""The subject of a number: flows, partners, goods, and numbers that are not about Hong Kong's trade."""

from testing.article_reading import proposed, skipped


def test_exports_to_a_partner_belong_to_that_partner() -> None:
    assert proposed("Exports to Vietnam rose 50.9% in September 2025.") == [
        "partner_exports_yoy:Vietnam 2025-09 50.9 pct"
    ]


def test_partner_may_follow_the_number() -> None:
    text = "Exports to Asia grew 19.3% in July 2025, with a 91.9% increase to Taiwan and an 80.7% rise to Malaysia."
    assert proposed(text) == [
        "partner_exports_yoy:Asia 2025-07 19.3 pct",
        "partner_exports_yoy:Taiwan 2025-07 91.9 pct",
        "partner_exports_yoy:Malaysia 2025-07 80.7 pct",
    ]


def test_growth_in_brackets_takes_the_sign_of_the_sentence() -> None:
    text = (
        "In April 2025 total exports rose to Malaysia (+61.5%) and the mainland of China (the Mainland) (+23.0%)"
        " and fell to South Korea (-26.7%)."
    )
    assert proposed(text) == [
        "partner_exports_yoy:Malaysia 2025-04 61.5 pct",
        "partner_exports_yoy:mainland China 2025-04 23.0 pct",
        "partner_exports_yoy:South Korea 2025-04 -26.7 pct",
    ]


def test_respectively_pairs_a_list_with_its_numbers() -> None:
    assert proposed(
        "Exports and imports increased by 13.4 percent and 13.1 percent respectively in September 2025."
    ) == [
        "exports_yoy 2025-09 13.4 pct",
        "imports_yoy 2025-09 13.1 pct",
    ]
    text = "Exports to South Korea and the United States decreased by 25.6% and 18.4% respectively in May 2025."
    assert proposed(text) == [
        "partner_exports_yoy:South Korea 2025-05 -25.6 pct",
        "partner_exports_yoy:United States 2025-05 -18.4 pct",
    ]


def test_one_number_for_several_partners_or_flows_is_skipped() -> None:
    assert skipped("Exports to Malaysia and Taiwan rose 55% in May 2025.") == [
        ("55%", "it may be of Malaysia or Taiwan")
    ]
    assert skipped("Both exports and imports rose 3% in May 2025.") == [("3%", "it may be of exports or imports")]


def test_number_of_an_unknown_partner_is_skipped() -> None:
    text = "Exports to the European Union fell 5.1% in March."
    assert (proposed(text), skipped(text)) == ([], [("5.1%", "the record has no such partner")])


def test_exports_of_some_goods_are_not_total_exports() -> None:
    text = "Exports of electrical machinery rose 15.7% in August 2025."
    assert (proposed(text), skipped(text)) == ([], [("15.7%", "it is of some goods only")])


def test_category_is_named_in_the_records_words() -> None:
    name = "office machines and automatic data processing machines"
    text = f"Imports of {name} rose by HK$56.0 billion or 130.8% in March 2025."
    assert proposed(text) == [
        f"category_imports_change:{name} 2025-03 56.0 HKD bn",
        f"category_imports_yoy:{name} 2025-03 130.8 pct",
    ]


def test_exports_of_another_place_are_skipped() -> None:
    text = "China's exports rose 5 percent in March, while Hong Kong's exports gained 35.8 percent."
    assert proposed(text) == ["exports_yoy 2026-03 35.8 pct"]
    assert skipped(text) == [("5 percent", "it is about another place")]


def test_partner_may_come_before_its_exports() -> None:
    text = "Japan had the highest growth in shipments in December 2023, with a 46.1 percent surge."
    assert proposed(text) == ["partner_exports_yoy:Japan 2023-12 46.1 pct"]


def test_decrease_of_an_amount_in_imports_is_of_imports() -> None:
    text = "There was a decrease of 13.1 percent in exports and a decrease of 10.7 percent in imports in October 2009."
    assert proposed(text) == ["exports_yoy 2009-10 -13.1 pct", "imports_yoy 2009-10 -10.7 pct"]


def test_numbers_that_are_not_about_trade_are_skipped() -> None:
    assert skipped("GDP grew 3.8 percent in March.") == [("3.8 percent", "it is not about the trade in goods")]


def test_pronoun_refers_to_the_subject_of_the_previous_sentence() -> None:
    text = "Exports rose 15.5 percent in May 2025.\n\nThat compared with a 14.7 percent increase in April."
    assert proposed(text) == ["exports_yoy 2025-05 15.5 pct", "exports_yoy 2025-04 14.7 pct"]


def test_surplus_is_a_balance() -> None:
    assert proposed("A trade surplus of HK$2.1 billion was recorded in January 2025.") == ["balance 2025-01 2.1 HKD bn"]
