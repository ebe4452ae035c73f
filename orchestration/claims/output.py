"""Verdicts as a table for the terminal, CSV, JSON or Markdown."""

import csv
import io
import re
from collections.abc import Callable, Sequence

from rich.table import Table

from orchestration.claims import table, wording
from orchestration.claims.judge import Judged
from orchestration.claims.verdicts import Outcome
from orchestration.terminal import line, to_json

STYLES = {
    Outcome.CONFIRMED: "green",
    Outcome.ROUNDING: "green",
    Outcome.BASIS_DIFFERENCE: "yellow",
    Outcome.MISLABELLED: "red",
    Outcome.CONTRADICTED: "red",
    Outcome.UNVERIFIABLE: "yellow",
}
# Spreadsheets run cells that begin like this as formulas, some with full-width signs; a plain number may have a sign.
FORMULA = re.compile(r"[=+\-@\t\n\uff1d\uff0b\uff0d\uff20]")
PLAIN_NUMBER = re.compile(r"[-+]?\d[\d,.]*")
MARKDOWN_COLUMNS = ("claim_id", "claim", "claimed", "verdict", "sentence", "source_url")


def _csv(judged: Judged) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.COLUMNS)
    for verdict in judged.verdicts:
        writer.writerow(harmless(cell or "") for cell in table.row_of(verdict).values())
    return text.getvalue()


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet runs as a formula and that every CSV reader reads as one cell."""
    cell = cell.replace("\r\n", "\n").replace("\r", "\n")
    is_formula = FORMULA.match(cell) and not PLAIN_NUMBER.fullmatch(cell)
    return f"'{cell}" if is_formula else cell


def _json(judged: Judged) -> str:
    found = {
        "verdicts": [table.row_of(verdict) for verdict in judged.verdicts],
        "errors": [{"place": row.place, "reason": row.reason} for row in judged.bad],
        "more_errors": judged.bad.others,
    }
    return to_json(found) + "\n"


def _markdown(judged: Judged) -> str:
    lines = [_line(MARKDOWN_COLUMNS), _line(["---"] * len(MARKDOWN_COLUMNS))]
    for verdict in judged.verdicts:
        claim = verdict.claim
        cells = (
            claim.claim_id,
            claim.text,
            wording.claimed(claim),
            verdict.outcome.label,
            verdict.sentence,
            claim.source_url,
        )
        lines.append(_line([_escaped(cell) for cell in cells]))
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(cell: str) -> str:
    return re.sub(r"([\\|<>`*_\[\]])", r"\\\1", " ".join(cell.split()))


FORMS: dict[str, Callable[[Judged], str]] = {"csv": _csv, "json": _json, "markdown": _markdown}


def shown(judged: Judged) -> Table:
    """Return the verdicts as a table for the terminal, with their counts as its caption."""
    result = Table(box=None, header_style="bold", padding=(0, 2, 0, 0), caption_justify="left")
    for name in ("claim", "claimed", "verdict", "official"):
        result.add_column(name, no_wrap=name == "verdict", overflow="fold")
    result.add_column("why", overflow="fold", ratio=1)
    for verdict in judged.verdicts:
        claim = verdict.claim
        result.add_row(
            line(claim.claim_id or f"{claim.metric_name} {claim.period.label}"),
            line(wording.claimed(claim)),
            line((verdict.outcome.label, STYLES[verdict.outcome])),
            line(f"{verdict.official_value or '·'} {verdict.official_unit or ''}".strip()),
            line(verdict.sentence),
        )
    counts = [
        f"{count} {outcome.replace('_', ' ')}"
        for outcome in Outcome
        if (count := sum(verdict.outcome is outcome for verdict in judged.verdicts))
    ]
    number = len(judged.verdicts)
    result.caption = f"{number:,} claim{'' if number == 1 else 's'}: {', '.join(counts)}"
    return result
