"""`entrepot postgres`: the current release in PostgreSQL."""

from typing import Any

import typer

from orchestration.cli.console import AsJson, err, out, print_json
from orchestration.serving.postgres_replica import PostgresReplica
from orchestration.settings import get_settings

app = typer.Typer(no_args_is_help=True, help="Load the current release into PostgreSQL; say which is there.")


@app.command("load")
def load_into_postgres(as_json: AsJson = False) -> None:
    """Load the current release into PostgreSQL, in the place of the one that it has."""
    loaded = load_current_release()
    if as_json:
        print_json(loaded)
    else:
        out.print(f"release {loaded['release']} is in {loaded['place']}", markup=False)


def load_current_release() -> dict[str, Any]:
    with err.status("loading into PostgreSQL"):
        return PostgresReplica(get_settings()).update()


@app.command("status")
def postgres_status(as_json: AsJson = False) -> None:
    """Say which release PostgreSQL has. The exit code is 0 when it is the current one."""
    state = PostgresReplica(get_settings()).state()
    if as_json:
        print_json(state)
    else:
        out.print(PostgresReplica.sentence(state), markup=False)
    if not state["is_current"]:
        raise typer.Exit(1)
