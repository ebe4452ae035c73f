"""`entrepot postgres`: the current release in PostgreSQL."""

from typing import Any

import typer

from orchestration.cli.console import AsJson, err, out, print_json
from orchestration.serving.postgres_replica import PostgresReplica
from orchestration.settings import get_settings

app = typer.Typer(no_args_is_help=True, help="Load the current release into PostgreSQL, or show which is there.")


@app.command("load")
def load_into_postgres(as_json: AsJson = False) -> None:
    """Load the current release into PostgreSQL, replacing the release that is there."""
    loaded = load_current_release()
    if as_json:
        print_json(loaded)
    else:
        out.print(f"release {loaded['release']} is in {loaded['place']}")


def load_current_release() -> dict[str, Any]:
    """Load the current release into PostgreSQL, showing progress; return what was loaded and where."""
    with err.status("loading into PostgreSQL"):
        return PostgresReplica(get_settings()).update()


@app.command("status")
def postgres_status(as_json: AsJson = False) -> None:
    """Show which release PostgreSQL has. The exit code is 0 if it is the current one, else 1."""
    state = PostgresReplica(get_settings()).state()
    if as_json:
        print_json(state)
    else:
        out.print(PostgresReplica.sentence(state))
    if not state["is_current"]:
        raise typer.Exit(1)
