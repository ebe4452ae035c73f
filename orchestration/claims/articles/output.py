"""Output formats of proposals: a claims file as CSV, JSON with the skipped numbers, and a table."""

import csv
import io
from dataclasses import asdict

from rich.table import Table

from orchestration.claims import output
from orchestration.claims.articles.propose import Proposals
from orchestration.claims.claim import COLUMNS
from orchestration.terminal import line, to_json


def as_csv(found: Proposals) -> str:
    """Return a claims file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([output.harmless(cell) for cell in row.values()] for row in found.rows)
    return text.getvalue()


def as_json(found: Proposals) -> str:
    """Return the claims, in the form that `claims check` reads, and the numbers that were skipped."""
    skipped = [asdict(each) for each in found.skipped]
    return to_json({"claims": found.rows, "skipped": skipped}) + "\n"


def as_table(found: Proposals) -> Table:
    """Return the claims as a table for a terminal."""
    shown = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), caption_justify="left")
    for name in ("claim", "metric", "period", "claimed"):
        shown.add_column(name, overflow="fold")
    shown.add_column("sentence", overflow="fold", ratio=1)
    for row in found.rows:
        claimed = f"{row['claimed_value']} {row['claimed_unit']}"
        shown.add_row(*map(line, (row["claim_id"], row["metric"], row["period"], claimed, row["claim"])))
    shown.caption = f"{len(found.rows):,} claims proposed, {len(found.skipped):,} numbers skipped"
    return shown
