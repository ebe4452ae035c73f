"""A release in PostgreSQL, for BI tools: filled beside the old one, compared with the release, and swapped in.

A load is one transaction from its first statement to its last, so a load that fails or is killed leaves nothing behind.
`load` loads a release, `loaded` returns which one PostgreSQL has.
"""

from orchestration.serving.postgres.errors import PostgresBusy, PostgresError, PostgresUnavailable, ReleaseMismatch
from orchestration.serving.postgres.schemas import LoadedRelease
from orchestration.serving.postgres.session import place
from orchestration.serving.postgres.transfer import load, loaded

__all__ = [
    "LoadedRelease",
    "PostgresBusy",
    "PostgresError",
    "PostgresUnavailable",
    "ReleaseMismatch",
    "load",
    "loaded",
    "place",
]
