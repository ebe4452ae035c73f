"""Vega, Vega-Lite and Vega-Embed as one script, bundled from the copies that vl-convert contains."""

import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

from orchestration.storage.files import write_atomically


@cache
def bundle() -> str:
    """Return the script, which defines `vegaEmbed`.

    Bundling takes 1.3 s, so the result is cached in the Python environment; `make setup` calls this in advance.
    """
    cached = Path(sys.prefix) / "share" / "entrepot" / f"vega-{version('vl-convert-python')}.js"
    try:
        return cached.read_text(encoding="utf-8")
    except FileNotFoundError:
        return _write_cache(_bundle(), cached)


def _bundle() -> str:
    import vl_convert

    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")


def _write_cache(script: str, path: Path) -> str:
    """Write the script atomically and return it. In a read-only environment nothing is cached."""
    try:
        with write_atomically(path) as file:
            file.write(script.encode())
    except OSError:
        pass
    return script
