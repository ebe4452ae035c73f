"""Print benchmark results as a table, and write them as JSON under bench/ in the home."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from orchestration.settings import Settings


def show(results: Mapping[str, Any], targets: Mapping[str, str]) -> Table:
    """Return a table of figures, lists of figures and figures by name; targets go by `name` or `name part`."""
    table = Table("measure", "value", "target", box=None, header_style="bold", padding=(0, 3, 0, 0))
    for name, value in results.items():
        for part, figure in value.items() if isinstance(value, dict) else [("", value)]:
            figures = figure if isinstance(figure, list) else [figure]
            shown = ", ".join(f"{number:,.2f}" for number in figures)
            table.add_row(f"{name} {part}".replace("_", " ").strip(), shown, targets.get(f"{name} {part}".strip(), ""))
    return table


def report(results: Mapping[str, Any], targets: Mapping[str, str]) -> None:
    """Print the table, and write the JSON."""
    Console(width=120).print(show(results, targets))
    target = Settings().home / "bench" / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(results, indent=2))
    print(f"written to {target}")
