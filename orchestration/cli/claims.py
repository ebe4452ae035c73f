"""`entrepot claims`: check printed numbers, find the claims of an article, list the metrics."""

import os
import sys
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track
from rich.table import Table

from orchestration import releases
from orchestration.claims import members, metrics, output, reading, record, units
from orchestration.claims.claim import Claim, ClaimError
from orchestration.claims.judge import Judged, judge_all
from orchestration.claims.reading import Batch
from orchestration.cli.console import PARTIAL, err, fail, out, say_error, write_result
from orchestration.cli.releases import find_release
from orchestration.settings import get_settings
from orchestration.storage.input_files import (
    STANDARD_INPUT,
    UnreadableFile,
    is_utf8,
    read_file_or_pipe,
    read_standard_input,
)

# Fewer claims are judged in less than a second.
WORTH_A_BAR = 2_000

app = typer.Typer(
    no_args_is_help=True, help="Check printed numbers against the record, and find out what is wrong with them."
)


class VerdictFormat(StrEnum):
    """Output formats of verdicts."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    MARKDOWN = "markdown"


class ProposalFormat(StrEnum):
    """Output formats of proposed claims."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


@app.command("check")
def check_claims(
    claims: Annotated[
        str, typer.Argument(help="A claims file (CSV, or JSON by its suffix), - for standard input, or one claim.")
    ],
    form: Annotated[VerdictFormat, typer.Option("--format", help="How to print the verdicts.")] = VerdictFormat.TABLE,
    as_of: Annotated[str | None, typer.Option(help="A day, 2026-04-28: judge by what was published by then.")] = None,
    release_id: Annotated[
        str | None, typer.Option("--release", help="A release id; the current one if none is given.")
    ] = None,
) -> None:
    """Judge claims by the figures of a release: print the verdict, its explanation and the figures behind it.

    A claims file has the columns claim_id, claim, metric, period, claimed_value, claimed_unit and source_url. The
    digits of a value set the precision of the claim; the page at source_url is no evidence for it. Exit code 4: some
    rows could not be read as claims; each is listed with its line and the reason.

    Example: entrepot claims check "trade_deficit 2026-Q1 168.4 HKD bn"
    """
    batch = _read(claims)
    with releases.connect(find_release(get_settings(), release_id)) as connection:
        figures = record.read(connection, _day(as_of))
    judged = judge_all(figures, _with_progress(batch), batch.bad)
    _print(judged, form)
    for row in judged.bad:
        say_error(str(row))
    if judged.bad.others:
        say_error(f"and {judged.bad.others:,} more rows could not be read as claims")
    if judged.bad:
        raise typer.Exit(PARTIAL if judged.verdicts else 1)


def _read(claims: str) -> Batch:
    try:
        if claims == "-":
            return reading.parse(read_standard_input(reading.LARGEST_FILE), STANDARD_INPUT)
        if os.path.lexists(claims) or len(claims.split()) < 2:
            return reading.read(Path(claims))
        return Batch([("the claim", reading.parse_line(claims))])
    except (ClaimError, UnreadableFile) as error:
        fail(str(error))


def _codes(release_id: str | None) -> dict[str, frozenset[tuple[str, str]]]:
    """Return the names of partners and categories in a release, each with what it may stand for."""
    with releases.connect(find_release(get_settings(), release_id)) as connection:
        return record.members(connection).codes


def _content(article: str) -> tuple[str, bytes]:
    """Return the name and the bytes of an article."""
    from orchestration.claims.articles.article import LARGEST_FILE

    if article == "-":
        return STANDARD_INPUT, read_standard_input(LARGEST_FILE)
    return Path(article).name, read_file_or_pipe(Path(article), LARGEST_FILE)


def _day(text: str | None, option: str = "--as-of") -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a day such as 2026-04-28", param_hint=option) from None


def _with_progress(batch: Batch) -> Iterator[tuple[str, Claim]]:
    if len(batch.claims) < WORTH_A_BAR:
        yield from batch.claims
    else:
        yield from track(batch.claims, description="judging", console=err, transient=True)


def _print(judged: Judged, form: VerdictFormat) -> None:
    if form is not VerdictFormat.TABLE:
        write_result(output.FORMS[form](judged))
    elif judged.verdicts:
        out.print(output.shown(judged))
        if len(judged.verdicts) == 1:
            for url in judged.verdicts[0].source_urls:
                out.print(f"rests on {url}")


@app.command("find")
def find_claims(
    article: Annotated[str, typer.Argument(help="An article as plain text or HTML, - for standard input.")],
    url: Annotated[str, typer.Option(help="The article's address; for HTML its canonical link if none is given.")] = "",
    published: Annotated[
        str | None, typer.Option(help='The article\'s day, 2026-04-28: it settles what "January" means.')
    ] = None,
    form: Annotated[
        ProposalFormat | None,
        typer.Option("--format", help="How to print them; by default a table in a terminal, else CSV."),
    ] = None,
    release_id: Annotated[
        str | None,
        typer.Option("--release", help="The release with the names of partners and goods; by default the current one."),
    ] = None,
) -> None:
    """Propose claims from an article: each number with its metric, its period and its sentence.

    A number whose metric or period is unclear is not proposed but listed on standard error with the reason. Without the
    article's day (--published, its metadata, a dateline or its address), months without a year are unclear.

    Example: entrepot claims find article.html > claims.csv && entrepot claims check claims.csv
    """
    from orchestration.claims.articles import isolated
    from orchestration.claims.articles import output as forms
    from orchestration.claims.articles.article import ArticleError
    from orchestration.claims.articles.names import names_of
    from orchestration.claims.articles.propose import propose

    if not is_utf8(url):
        raise typer.BadParameter("the address is not UTF-8 text", param_hint="--url")
    try:
        name, content = _content(article)
        read = isolated.read(content, name, url=url, published=_day(published, "--published"))
        found = propose(read, names_of(_codes(release_id), members.PRESS_NAMES))
    except (ArticleError, UnreadableFile) as error:
        fail(str(error))
    chosen = form or (ProposalFormat.TABLE if sys.stdout.isatty() else ProposalFormat.CSV)
    if chosen is ProposalFormat.TABLE:
        out.print(forms.as_table(found))
    else:
        write_result(forms.as_csv(found) if chosen is ProposalFormat.CSV else forms.as_json(found))
    for each in found.skipped:
        err.print(f"skipped {each.number}: {each.reason}; {each.sentence}")
    if not found.rows:
        fail("no number of the article could be placed")


@app.command("metrics")
def list_metrics() -> None:
    """List the metrics that claims can be about, and their units."""
    listed = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("metric", "what it is", "units"):
        listed.add_column(name, overflow="fold")
    for metric in metrics.every().values():
        if not metric.view:
            kind = metric.quantity.member_kind
            member = f" ({'from or to' if kind == 'partner' else 'of'} one {kind})" if kind else ""
            listed.add_row(metric.name, metric.words + member, ", ".join(units.examples(metric.kinds)))
    out.print(listed)
    out.print(
        "\nFor one partner or category, add its name or code after a colon: partner_exports_yoy:Vietnam.\n"
        "For the place of a month among all months, add _record (in since_year, since_month or years), _rank (in rank)"
        " or _streak (in months) to a metric.\n"
        "Periods: 2026-03, 2026-Q1, 2025-H1, 2025, 2026-01..2026-05. Approximate numbers: _approx after the unit."
    )
