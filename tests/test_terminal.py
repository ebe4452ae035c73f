"""Data for terminals: printed as it is, with what a terminal would act on or hide as escapes."""

import json

import pytest

from orchestration.terminal import line, link, to_json, visible

# What a terminal would act on or hide -> how it is shown.
UNSAFE = {
    "\x1b[31mred\x1b[0m": r"\x1b[31mred\x1b[0m",
    "\x1b]8;;https://evil.example\x07link": r"\x1b]8;;https://evil.example\x07link",
    "\x9b31mred": r"\x9b31mred",
    "over\rwritten": r"over\rwritten",
    "back\b\b\b": r"back\x08\x08\x08",
    "nul\0": r"nul\x00",
    "\u202e1.5": r"\u202e1.5",
    "\u2066isolated\u2069": r"\u2066isolated\u2069",
    "zero\u200bwidth": r"zero\u200bwidth",
    "\ufeffmark": r"\ufeffmark",
    "a\u2028b": r"a\u2028b",
    "tag\U000e0041": r"tag\U000e0041",
    "half \udc80": r"half \udc80",
}
PLAIN = [
    "[red]x[/red]",
    "[/]",
    "[link=https://evil.example]x[/link]",
    ":100:",
    r"\[",
    "香港 café €",
    "two\nlines\tand a tab",
]


@pytest.mark.parametrize(("text", "shown"), UNSAFE.items())
def test_characters_that_a_terminal_acts_on_or_hides_are_escaped(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert line(("a style: ", "bold"), text).plain == f"a style: {shown}"


@pytest.mark.parametrize("text", PLAIN)
def test_other_texts_are_unchanged(text: str) -> None:
    assert visible(text) == text
    assert line((text, "red")).plain == text


@pytest.mark.parametrize("text", [*UNSAFE, *PLAIN])
def test_json_is_the_same_to_a_program_and_plain_to_a_terminal(text: str) -> None:
    printed = to_json({text: [text]})
    assert json.loads(printed) == {text: [text]}
    assert visible(printed) == printed


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://www.censtatd.gov.hk/a?b=c", "https://www.censtatd.gov.hk/a?b=c"),
        ("https://a.example/ red", None),
        ("https://a.example/\x1b\\x", None),
        ("javascript:alert(1)", None),
        ("http://[", None),
        ("", None),
    ],
)
def test_only_plain_web_addresses_become_links(url: str, kept: str | None) -> None:
    assert link(url).link == kept
