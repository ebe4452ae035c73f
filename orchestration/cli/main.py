"""The `entrepot` command, assembled from the other modules of `cli/`, and its exit codes for errors.

Output is for people, `--json` for programs. Errors say what went wrong, where, and what to do.
"""

import sys

import duckdb
import typer
from pydantic import ValidationError

from orchestration import releases, storage
from orchestration.archive import ArchiveError
from orchestration.claims.claim import ClaimError
from orchestration.cli import (
    archive,
    build,
    claims,
    faults,
    lake,
    pages,
    postgres,
    row_counts,
    servers,
    sources,
    sql,
    status,
    trace,
)
from orchestration.cli import releases as releases_commands
from orchestration.cli.console import FAILED, WAREHOUSE_LOCKED, WRONG_USE, say_error
from orchestration.dbt.worker import DbtFailure
from orchestration.home import NewerHome
from orchestration.lake.errors import LakeError
from orchestration.releases.sql import examples, results
from orchestration.serving.replica import NotSet
from orchestration.trace import UnknownFigure
from orchestration.warehouse import build_file

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Hong Kong's external merchandise trade and gold: build the warehouse, query it, and prove its numbers.",
    epilog="All files are written under ENTREPOT_HOME (default: var/ in the project).",
)

app.command()(build.build)
app.command()(status.status)
app.command()(sql.sql)
app.command()(trace.trace)
app.command("row-counts")(row_counts.row_counts)
app.command()(servers.ui)
app.command("superset")(servers.serve_superset)
app.command("import")(sources.import_file)
app.command()(pages.report)
app.command()(pages.dictionary)
app.add_typer(releases_commands.app, name="releases")
app.add_typer(sources.app, name="sources")
app.add_typer(archive.app, name="archive")
app.add_typer(postgres.app, name="postgres")
app.add_typer(claims.app, name="claims")
app.add_typer(lake.app, name="lake")


def _setting_problem(location: tuple[int | str, ...], message: str) -> str:
    name = f"ENTREPOT_{location[0]}: ".upper() if location else ""
    return f"{name}{message.removeprefix('Value error, ')}"


def main() -> None:
    """Run the command. Errors that a user can act on are printed without a traceback and set the exit code."""
    try:
        _run()
    finally:
        if (unwritten := faults.flush_output()) and not isinstance(unwritten, BrokenPipeError):
            say_error(f"the output can't be written: {faults.describe(unwritten)}")
            sys.exit(FAILED)


def _run() -> None:
    try:
        app()
    except ValidationError as error:
        say_error("; ".join(_setting_problem(problem["loc"], problem["msg"]) for problem in error.errors()))
        sys.exit(WRONG_USE)
    except build_file.WarehouseHeld as error:
        say_error(str(error))
        sys.exit(WAREHOUSE_LOCKED)
    except NotSet as error:
        say_error(str(error))
        sys.exit(WRONG_USE)
    except (
        releases.ReleaseError,
        UnknownFigure,
        ArchiveError,
        ClaimError,
        LakeError,
        DbtFailure,
        examples.UnknownExample,
        results.NoResult,
        results.UnknownFormat,
        storage.StorageError,
        NewerHome,
        duckdb.Error,
    ) as error:
        say_error(str(error))
        sys.exit(FAILED)
    except BrokenPipeError:  # the reader of the output closed the pipe
        sys.exit(FAILED)
    except Exception as error:
        fault = faults.of_machine(error)
        if fault is None:
            raise
        say_error(faults.describe(fault))
        sys.exit(FAILED)
