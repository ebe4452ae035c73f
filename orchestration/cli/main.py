"""The `entrepot` command. Output is for people; `--json` is for programs; errors say what, where, and what to do.

Exit codes: 0 done, 1 it failed or found something wrong, 2 the command or a setting is wrong, 3 another run holds the
warehouse, 4 partial: released, but without news of a source that was asked, 5 released, but not into PostgreSQL,
6 released, but not copied to ENTREPOT_RELEASES.
"""

import sys

import duckdb
import typer
from pydantic import ValidationError

from orchestration import releases, storage
from orchestration.archive import ArchiveError
from orchestration.claims.claim import ClaimError
from orchestration.cli import build, claims, lake, pages, postgres, row_counts, servers, sources, sql, status, trace
from orchestration.cli import releases as releases_commands
from orchestration.cli.console import say_error
from orchestration.dbt.worker import DbtFailure
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
    epilog="Everything that is written lives under ENTREPOT_HOME (default: var/ in the project).",
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
app.add_typer(postgres.app, name="postgres")
app.add_typer(claims.app, name="claims")
app.add_typer(lake.app, name="lake")


def _setting_problem(place: tuple[int | str, ...], said: str) -> str:
    name = f"ENTREPOT_{place[0]}: ".upper() if place else ""
    return f"{name}{said.removeprefix('Value error, ')}"


def main() -> None:
    """Run the command; turn the errors that a user can act on into one sentence and an honest exit code."""
    try:
        app()
    except ValidationError as error:
        say_error("; ".join(_setting_problem(problem["loc"], problem["msg"]) for problem in error.errors()))
        sys.exit(2)
    except build_file.WarehouseHeld as error:
        say_error(str(error))
        sys.exit(3)
    except NotSet as error:
        say_error(str(error))
        sys.exit(2)
    except (
        releases.ReleaseError,
        UnknownFigure,
        ArchiveError,
        ClaimError,
        LakeError,
        DbtFailure,
        examples.UnknownExample,
        results.NoResult,
        results.UnknownForm,
        storage.StorageError,
        OSError,
        duckdb.Error,
    ) as error:
        say_error(str(error))
        sys.exit(1)
