"""SQL that the modules of the lake share."""

from pathlib import Path


def literal(text: Path | str) -> str:
    """Return a path or text as SQL says it; folders may have an apostrophe in their names."""
    return "'" + str(text).replace("'", "''") + "'"
