"""Vega, Vega-Lite and Vega-Embed as one script, bundled by vl-convert, which carries them."""

import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

from orchestration.storage.files import write_atomically


@cache
def bundle() -> str:
    """Return the script. Bundling takes 1.3 s, so it is kept in the environment that the library is installed in.

    `make setup` calls this ahead of the first report.
    """
    kept = Path(sys.prefix) / "share" / "entrepot" / f"vega-{version('vl-convert-python')}.js"
    try:
        return kept.read_text(encoding="utf-8")
    except FileNotFoundError:
        return _keep(_bundle(), kept)


def _bundle() -> str:
    import vl_convert

    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")


def _keep(script: str, path: Path) -> str:
    """Keep the script for the next process, whole or not at all; an environment that is read-only goes without."""
    try:
        with write_atomically(path) as file:
            file.write(script.encode())
    except OSError:
        pass
    return script
