"""`entrepot report` and `entrepot dictionary`: the pages of a release."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestration import releases
from orchestration.cli.console import AsJson, fail, out, print_json
from orchestration.cli.releases import find_release
from orchestration.pages.report import DICTIONARY
from orchestration.pages.report import FILE as REPORT
from orchestration.pages.report import render_bytes as render_report
from orchestration.settings import get_settings


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
        written = report_of(find_release(get_settings(), release_id), to)
    if as_json:
        print_json(written)
    else:
        out.print(f"report of release {written['release']}: {written['file']} ({written['bytes']:,} bytes)")


def dictionary(
    html: Annotated[
        Path | None,
        typer.Option("--html", help="Write the page to this file; without it, print where the current release's is."),
    ] = None,
) -> None:
    """Show the data dictionary: every table and column, on one HTML page with a search box.

    Each release contains its own, data-dictionary.html. With --html the page is written anew from the models'
    descriptions as they are now; this needs no release.
    """
    if html:
        _write_dictionary(html)
        out.print(f"written: {html}")
        return
    release = find_release(get_settings(), None)
    if release.size_of(DICTIONARY) is None:
        remedy = "Write one with --html FILE."
        raise releases.UnknownRelease(
            "the release was made before releases had a data dictionary", release.path, remedy
        )
    out.print(f"data dictionary of release {release.id}: {release.path / DICTIONARY}")


def _write_dictionary(path: Path) -> None:
    from orchestration.dbt import project  # dbt is slow to import, and no other command here needs it
    from orchestration.pages.dictionary import page

    manifest = project.manifest(get_settings())
    with _writing(path):
        page.write(manifest, path)


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
            text = render_report(connection, releases.describe(release))
    if to is not None:
        to.write_bytes(text)
    file = to or release.path / REPORT
    return {"release": release.id, "file": str(file.absolute()), "bytes": len(text), "made_with_the_release": held}
