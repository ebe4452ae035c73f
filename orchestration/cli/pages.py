"""`entrepot report` and `entrepot dictionary`: the pages of a release."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestration import releases
from orchestration.cli import output_file
from orchestration.cli.console import AsJson, fail, out, print_json
from orchestration.cli.releases import find_release
from orchestration.pages import DICTIONARY_FILE, REPORT_FILE
from orchestration.settings import get_settings


@contextmanager
def _writing(path: Path | None) -> Iterator[None]:
    """Turn a failure to write a file into an error message and exit code 1."""
    try:
        yield
    except OSError as error:
        fail(f"{path or error.filename} cannot be written: {error.strerror}; name another file")


def report(
    to: Annotated[
        Path | None, typer.Option("--out", help="Write the report to this file; without it, print its path.")
    ] = None,
    release_id: Annotated[
        str | None, typer.Option("--release", help="A release id; the current one if none is given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show or write the report of a release: the latest month in figures and charts, in one HTML file.

    Each release contains its report. For one that was made before there were reports, --out makes it from the tables.
    """
    settings = get_settings()
    target = output_file.checked(to, settings) if to else None
    with _writing(to):
        written = report_of(find_release(settings, release_id), target)
    if as_json:
        print_json(written)
    else:
        out.print(f"report of release {written['release']}: {written['file']} ({written['bytes']:,} bytes)")


def dictionary(
    html: Annotated[
        Path | None,
        typer.Option("--html", help="Write the page to this file; without it, print its path."),
    ] = None,
) -> None:
    """Show the data dictionary: every table and column, on one HTML page with a search box.

    Each release contains its own, data-dictionary.html. With --html the page is made from the models' current
    descriptions; this needs no release.
    """
    if html:
        _write_dictionary(output_file.checked(html, get_settings(), "--html"))
        out.print(f"written: {html}")
        return
    release = find_release(get_settings(), None)
    if release.size_of(DICTIONARY_FILE) is None:
        remedy = "Write one with --html FILE."
        raise releases.UnknownRelease(
            "the release was made before releases had a data dictionary", release.path, remedy
        )
    out.print(f"data dictionary of release {release.id}: {release.path / DICTIONARY_FILE}")


def _write_dictionary(path: Path) -> None:
    from orchestration.dbt import project  # dbt is slow to import, and no other command here needs it
    from orchestration.pages.dictionary import page

    manifest = project.manifest(get_settings())
    with _writing(path):
        output_file.write(path, page.render(manifest).encode())


def report_of(release: releases.Release, to: Path | None) -> dict[str, Any]:
    """Return the path and size of a release's report, and write it to a file if one is given.

    A release without a report gets one made from its tables, in that file. Raises UnknownRelease if there is no report
    and no file to write one to, ReleaseDamaged if the report is not as published, OSError if the file can't be written.
    """
    has_report = release.size_of(REPORT_FILE) is not None
    if has_report:
        releases.verify(release, REPORT_FILE)
        text = (release.path / REPORT_FILE).read_bytes()
    elif to is None:
        remedy = "Use --out FILE to make one from its tables."
        raise releases.UnknownRelease("the release was made before releases had a report", release.path, remedy)
    else:
        from orchestration.pages.report import render_bytes  # slow to import, and few commands need it

        with releases.connect(release) as connection:
            text = render_bytes(connection, releases.describe(release))
    if to is not None:
        output_file.write(to, text)
    file = str((to or release.path / REPORT_FILE).absolute())
    return {"release": release.id, "file": file, "bytes": len(text), "made_with_the_release": has_report}
