"""Pages that carry all they need: what is given is escaped, and only scripts of their own may run."""

import base64
import hashlib

import pytest
from jinja2 import UndefinedError

from orchestration.pages import html


def test_a_policy_names_each_script_by_its_hash_and_nothing_else() -> None:
    digest = base64.b64encode(hashlib.sha256(b"let a = 1").digest()).decode()
    policy = html.content_security_policy(["let a = 1"])
    assert policy.startswith(f"default-src 'none'; script-src 'sha256-{digest}';")
    assert "http" not in policy


@pytest.mark.parametrize("script", ["x = '</script>'", "x = '</SCRIPT '", "<!-- x"])
def test_a_script_that_would_end_its_element_is_refused(script: str) -> None:
    with pytest.raises(html.UnsafeScript, match="end of its own element"):
        html.render("page.html.j2", {}, [script])


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "JAVASCRIPT:x", "", None, "//x", "ftp://x"]
)
def test_only_web_addresses_are_links(address: str | None) -> None:
    assert html.web_address(address) == ""
    assert html.web_address("https://www.censtatd.gov.hk/") == "https://www.censtatd.gov.hk/"


def test_code_in_backticks_is_shown_as_code_and_the_rest_is_escaped() -> None:
    assert html.with_code("`<b>` & `month`") == "<code>&lt;b&gt;</code> &amp; <code>month</code>"


def test_a_template_that_lacks_something_says_so() -> None:
    with pytest.raises(UndefinedError, match="report"):
        html.render("report.html.j2", {})
