"""Self-contained pages: text is escaped, and only the page's own scripts may run."""

import base64
import hashlib

import pytest
from jinja2 import UndefinedError

from orchestration.pages import html


def test_policy_allows_each_script_by_its_hash_and_nothing_else() -> None:
    digest = base64.b64encode(hashlib.sha256(b"let a = 1").digest()).decode()
    policy = html.content_security_policy(["let a = 1"])
    assert policy.startswith(f"default-src 'none'; script-src 'sha256-{digest}';")
    assert "http" not in policy


@pytest.mark.parametrize("script", ["x = '</script>'", "x = '</SCRIPT '", "<!-- x"])
def test_script_that_would_end_its_own_element_is_refused(script: str) -> None:
    with pytest.raises(html.UnsafeScript, match="end of its own element"):
        html.render("page.html.j2", {}, [script])


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "JAVASCRIPT:x", "", None, "//x", "ftp://x"]
)
def test_only_web_addresses_are_links(address: str | None) -> None:
    assert html.web_address(address) == ""
    assert html.web_address("https://www.censtatd.gov.hk/") == "https://www.censtatd.gov.hk/"


def test_text_in_backticks_becomes_code_and_the_rest_is_escaped() -> None:
    assert html.with_code("`<b>` & `month`") == "<code>&lt;b&gt;</code> &amp; <code>month</code>"


def test_template_with_an_undefined_value_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="report"):
        html.render("report.html.j2", {})
