"""Self-contained HTML pages: one file each, which loads nothing from the network. Templates escape all text.

A page has its own Content-Security-Policy: only the scripts written into it may run, each allowed by its hash, and
nothing may be loaded. If text from a mart ever reached the page as a script, the browser would refuse to run it.
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

PAGES_DIR = Path(__file__).parent
TEMPLATE_DIRS = (PAGES_DIR / "templates", PAGES_DIR / "report" / "templates")


class UnsafeScript(ValueError):
    """A script contains `</script` or `<!--`, so it would end its own element early."""


@cache
def _environment() -> Environment:
    loaders = ChoiceLoader([FileSystemLoader(folder) for folder in TEMPLATE_DIRS])
    environment = Environment(loader=loaders, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.lstrip_blocks = True
    environment.filters |= {"web_address": web_address, "with_code": with_code}
    return environment


@cache
def static(name: str) -> str:
    """Return the text of a style sheet or script in `static/`."""
    return (PAGES_DIR / "static" / name).read_text(encoding="utf-8")


def web_address(text: str | None) -> str:
    """Return an http(s) address unchanged and an empty text for anything else, such as `javascript:`."""
    return text if text and text.startswith(("https://", "http://")) else ""


def with_code(text: str) -> Markup:
    """Return a text, escaped, with the parts in backticks marked as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped above


def render(template: str, content: Mapping[str, Any], scripts: Sequence[str] = ()) -> str:
    """Return a page rendered from a template.

    Args:
        template: the template's file name.
        content: the values that the template uses.
        scripts: scripts to write into the page after its own, in order.

    Raises:
        UnsafeScript: a script would end its own element early.
        jinja2.UndefinedError: the template uses a value that is not in `content`.
    """
    inlined = [static("tables.js"), *scripts]
    if any("</script" in script.lower() or "<!--" in script for script in inlined):
        raise UnsafeScript("a script contains the end of its own element")
    policy = content_security_policy(inlined)
    style = static("page.css")
    return _environment().get_template(template).render(**content, scripts=inlined, policy=policy, style=style)


def content_security_policy(scripts: Sequence[str]) -> str:
    """Return a policy that allows these inline scripts, inline styles and nothing else."""
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
