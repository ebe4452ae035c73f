"""Progress of a run on the terminal: the names of what was just built and how far the run is."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

_handler: logging.Handler = logging.NullHandler()


class _ProgressHandler(logging.Handler):
    """Turns Dagster's event records into steps of a progress bar; failures are printed above it as they come."""

    def __init__(self, progress: Progress, total: int) -> None:
        super().__init__(logging.DEBUG)
        self.progress = progress
        self.task = progress.add_task("starting", total=total)

    def emit(self, record: logging.LogRecord) -> None:
        event: dg.DagsterEvent | None = getattr(record, "dagster_meta", {}).get("dagster_event")
        if event is None:
            return
        if event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION and event.asset_key:
            self.progress.update(self.task, advance=1, description=event.asset_key.path[-1])
        elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            self.progress.update(self.task, advance=1, description=event.asset_check_evaluation_data.check_name)


@dg.logger({}, description="A progress bar; used by `entrepot build`.")
def progress_logger(_: dg.InitLoggerContext) -> logging.Logger:
    logger = logging.Logger("entrepot.progress", logging.DEBUG)
    logger.addHandler(_handler)
    return logger


@contextmanager
def shown(console: Console, total: int) -> Iterator[None]:
    """Show the progress of the run inside, which must use `progress_logger`; `total` counts its assets and checks."""
    global _handler
    columns = (
        SpinnerColumn(),
        BarColumn(24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        _handler = _ProgressHandler(progress, total)
        yield
