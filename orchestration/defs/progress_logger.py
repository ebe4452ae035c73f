"""Progress of a run on the terminal: what was just built, and how far the run is."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

NAME = "entrepot.progress"


class _ProgressHandler(logging.Handler):
    """Turns Dagster's event records into steps of a progress bar."""

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
    """Return the logger that `show_progress` listens to."""
    logger = logging.getLogger(NAME)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    return logger


@contextmanager
def show_progress(console: Console, total: int) -> Iterator[None]:
    """Show the progress of the run inside the block, which must use `progress_logger`.

    Args:
        console: Where to show it.
        total: The number of assets and checks in the run.
    """
    columns = (
        SpinnerColumn(),
        BarColumn(24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    logger = logging.getLogger(NAME)
    with Progress(*columns, console=console, transient=True) as progress:
        handler = _ProgressHandler(progress, total)
        logger.addHandler(handler)
        try:
            yield
        finally:
            logger.removeHandler(handler)
