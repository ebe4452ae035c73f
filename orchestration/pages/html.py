"""Self-contained HTML pages: one file, nothing asked of any host. Templates escape whatever they are given.

A page carries its own Content-Security-Policy: only the scripts written into it, each by its hash, may run, and nothing
may be loaded. Text from a mart that looks like a script is shown as text; should it ever reach the page as a script,
the browser refuses it.
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

HERE = Path(__file__).parent
ROOMS = (HERE, HERE / "report")


class UnsafeScript(ValueError):
    """A script would end its own element early, so it cannot be written into a page."""


@cache
def _environment() -> Environment:
    loaders = ChoiceLoader([FileSystemLoader(room / "templates") for room in ROOMS])
    environment = Environment(loader=loaders, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.lstrip_blocks = True
    environment.filters |= {"web_address": web_address, "with_code": with_code}
    return environment


@cache
def static(name: str) -> str:
    """Return a file of `static/`: style or script."""
    return (HERE / "static" / name).read_text(encoding="utf-8")


def web_address(text: str | None) -> str:
    """Return an address that a link may lead to, or nothing: `javascript:` and its like stay text."""
    return text if text and text.startswith(("https://", "http://")) else ""


def with_code(text: str) -> Markup:
    """Return a text, escaped, with what stands in backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - it is escaped


def render(template: str, content: Mapping[str, Any], scripts: Sequence[str] = ()) -> str:
    """Return a page made of a template, what it shows, and the scripts that run in it, in order.

    Raises UnsafeScript, and jinja2.UndefinedError when the template asks for what it was not given.
    """
    inlined = [static("tables.js"), *scripts]
    if any("</script" in script.lower() or "<!--" in script for script in inlined):
        raise UnsafeScript("a script holds the end of its own element")
    policy = content_security_policy(inlined)
    style = static("page.css")
    return _environment().get_template(template).render(**content, scripts=inlined, policy=policy, style=style)


def content_security_policy(scripts: Sequence[str]) -> str:
    """Return a policy under which these inline scripts run, and nothing else does; styles are inline too."""
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
