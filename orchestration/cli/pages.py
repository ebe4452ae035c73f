"""`entrepot report` and `entrepot dictionary`: the pages of a release."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestration import releases
from orchestration.cli.console import AsJson, fail, out, print_json
from orchestration.cli.releases import find
from orchestration.pages.report import FILE as REPORT
from orchestration.pages.report import write as write_report
from orchestration.settings import PROJECT_DIR, get_settings


@contextmanager
def _writing(path: Path | None) -> Iterator[None]:
    """Say in a sentence that a file cannot be written, and exit with 1."""
    try:
        yield
    except OSError as error:
        fail(f"{error.filename or path} cannot be written: {error.strerror}; name another file")


def report(
    to: Annotated[
        Path | None, typer.Option("--out", help="Write the report to this file; without it, say where it lies.")
    ] = None,
    release_id: Annotated[
        str | None, typer.Option("--release", help="A release id; the current one if none is given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the report of a release: the latest month in figures and charts, one HTML file that opens from disk.

    Each release holds its report. One that was made before there were reports has none; with --out its report is made.
    """
    with _writing(to):
        written = report_of(find(get_settings(), release_id), to)
    if as_json:
        print_json(written)
    else:
        out.print(f"report of release {written['release']}: {written['file']} ({written['bytes']:,} bytes)")


def dictionary(
    html: Annotated[
        Path | None, typer.Option("--html", help="Write it as one HTML page with a search box, to this file.")
    ] = None,
) -> None:
    """Write the data dictionary, docs/data-dictionary.md, from the descriptions of the models."""
    from orchestration.dbt import project
    from orchestration.pages.dictionary import markdown as pages
    from orchestration.pages.dictionary import page

    manifest = project.manifest(get_settings())
    if html:
        with _writing(html):
            page.write(manifest, html)
        out.print(f"written: {html}")
    else:
        path = PROJECT_DIR / "docs" / "data-dictionary.md"
        pages.write(manifest, path)
        out.print(f"written: {path.relative_to(PROJECT_DIR)}")


def report_of(release: releases.Release, to: Path | None) -> dict[str, Any]:
    """Return where a release's report lies, or write it to a file: as released, or made now if it was not released.

    Raises UnknownRelease when it has none and nothing says where to write one, ReleaseDamaged when it is not as
    published, OSError when the file cannot be written.
    """
    held = release.size_of(REPORT) is not None
    if held:
        releases.verify(release, REPORT)
        text = (release.path / REPORT).read_bytes()
    elif to is None:
        remedy = "Say with --out where to write one, made from its tables as they are."
        raise releases.UnknownRelease("the release was made before releases had a report", release.path, remedy)
    else:
        with releases.connect(release) as connection:
            text = write_report(connection, releases.describe(release))
    if to is not None:
        to.write_bytes(text)
    file = to or release.path / REPORT
    return {"release": release.id, "file": str(file.absolute()), "bytes": len(text), "made_with_the_release": held}
