"""`entrepot lake`: import files of trade detail, show the lake's contents, and verify its files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from orchestration.archive import Archive, Sighting
from orchestration.cli.console import AsJson, err, fail, out, print_json
from orchestration.lake import file_import, files
from orchestration.lake.errors import LakeError
from orchestration.lake.manifest import Manifest
from orchestration.lake.table_store import table_stores
from orchestration.settings import get_settings
from orchestration.sources.lake_tables import TABLES, TRADE_DETAIL
from orchestration.sources.vocabulary import vocabulary
from orchestration.storage.input_files import require_file
from orchestration.terminal import visible
from orchestration.warehouse import build_file

app = typer.Typer(no_args_is_help=True, help="The lake: trade by HS code, partner and month, with every vintage kept.")


def _columns() -> str:
    """Return the columns of a file for each table."""
    listed = {table.name: [name for name in table.columns if name != "line_number"] for table in TABLES.values()}
    return " ".join(f"Columns of {table}: {', '.join(names)}." for table, names in listed.items())


@app.command("import", epilog=f"{_columns()} These may be missing: {', '.join(files.OPTIONAL)}.")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV or Parquet file.")],
    source_id: Annotated[str, typer.Option(help="The source of the figures, as in reference.sources.")],
    table: Annotated[str, typer.Option(help="The table of the lake.")] = TRADE_DETAIL.name,
    as_json: AsJson = False,
) -> None:
    """Import a file of trade detail into the archive and the lake; the next build publishes it.

    A month of the file replaces the month that was imported from the same source before. All months change at once or
    none does: a file with one invalid row is rejected as a whole, and the error names the line.
    """
    _check_names(table, source_id)
    require_file(file)
    seen, result = _import(file, source_id, table)
    if result and result.refusal:
        fail(f"refused: {result.refusal}")
    if as_json:
        print_json({"payload_sha256": seen.sha256, "is_new": result is not None, **(vars(result) if result else {})})
    elif result is None:
        out.print(f"{file.name} was imported before; nothing changed")
    else:
        out.print(
            f"{result.rows:,} rows of {result.months} months; {result.new_vintages} of the months are new or revised"
        )


def _check_names(table: str, source_id: str) -> None:
    if table not in TABLES:
        raise typer.BadParameter(f"no table {table!r}; there are {', '.join(TABLES)}", param_hint="--table")
    sources = vocabulary("sources", "source_id")
    if source_id not in sources:
        known = ", ".join(sorted(sources))
        raise typer.BadParameter(f"no source {source_id!r}; there are {known}", param_hint="--source-id")


def _import(file: Path, source_id: str, table: str) -> tuple[Sighting, file_import.ImportResult | None]:
    """Return the file's entry in the archive and the result of its import; None if it was imported before.

    Exits with an error if the file was rejected before.
    """
    settings = get_settings()
    archive = Archive.of(settings)
    with (
        build_file.hold(settings, "entrepot lake import"),
        build_file.connect(settings) as connection,
        _progress() as on_progress,
    ):
        url, licence = f"file:{visible(file.name)}", "as agreed with the provider of the file"
        seen = archive.store_file(
            file, source=file_import.PROVIDER, dataset=table, url=url, licence=licence, part=source_id
        )
        if seen.problem:
            fail(f"{file.name} is {seen.problem}; see `entrepot archive quarantine --undo`")
        stores = table_stores(settings)
        results = file_import.import_files(settings, connection, archive, stores, on_progress)
    # The import also catches up on files that an interrupted import left in the archive.
    result = next((result for result in results if result.payload_sha256 == seen.sha256), None)
    if result is None and (reason := stores[table].manifest().refused.get(seen.sha256)):
        fail(f"refused, as it was before: {reason}")
    return seen, result


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show what the lake contains, by table, provider and dataset, and which files were refused."""
    stores = table_stores(get_settings())
    datasets = [line for table in TABLES for line in _summarize(table, stores[table].manifest())]
    refused = {sha256: why for store in stores.values() for sha256, why in store.manifest().refused.items()}
    if as_json:
        print_json({"held": datasets, "refused": refused})
        return
    shown = Table(box=None, header_style="bold", padding=(0, 3, 0, 0))
    for column in ("table", "provider", "dataset", "months", "from", "to", "rows", "MB", "vintages"):
        shown.add_column(column, justify="right" if column in ("months", "rows", "MB", "vintages") else "left")
    for line in datasets:
        size = f"{line['bytes'] / 1e6:,.1f}"
        months, rows, vintages = (f"{line[name]:,}" for name in ("months", "rows", "vintages"))
        shown.add_row(
            *(line["table"], line["provider"], line["dataset"], months, line["first_month"], line["last_month"]),
            *(rows, size, vintages),
        )
    out.print(shown if datasets else "the lake is empty: import a file, or backfill months in the Dagster UI")
    for sha256, why in refused.items():
        err.print(f"refused {sha256[:12]}: {why}")


def _summarize(table: str, manifest: Manifest) -> Iterator[dict[str, Any]]:
    """Yield the months, rows, bytes and vintages of each dataset; rows and bytes are those of the latest vintages."""
    datasets = sorted({(key.provider, key.dataset) for key in manifest.partitions})
    for provider, dataset in datasets:
        partitions = {
            key: each for key, each in manifest.partitions.items() if (key.provider, key.dataset) == (provider, dataset)
        }
        months = sorted(f"{key.month:%Y-%m}" for key in partitions)
        yield {
            "table": table,
            "provider": provider,
            "dataset": dataset,
            "months": len(months),
            "first_month": months[0],
            "last_month": months[-1],
            "rows": sum(vintages[-1].rows for vintages in partitions.values()),
            "bytes": sum(vintages[-1].bytes for vintages in partitions.values()),
            "vintages": sum(len(vintages) for vintages in partitions.values()),
        }


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Check the hash of every file of the lake, of all vintages."""
    stores = table_stores(get_settings())
    vintages = [(store, vintage) for store in stores.values() for _, vintage in store.manifest().vintages()]
    problems = []
    with _progress() as on_progress:
        for number, (store, vintage) in enumerate(vintages):
            on_progress(number, len(vintages), vintage.file)
            try:
                store.verify(vintage)
            except LakeError as error:
                problems.append(str(error))
    if as_json:
        print_json({"files": len(vintages), "problems": problems})
    if problems:
        fail("\n".join(problems))
    if not as_json:
        out.print(f"{len(vintages)} files are as written")


@contextmanager
def _progress() -> Iterator[file_import.OnProgress]:
    columns = (BarColumn(24), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, of, what: progress.update(task, completed=done, total=of, description=what)
