"""A release in PostgreSQL, for every BI tool that speaks it: filled beside the old one, held against it, swapped in.

A load is one transaction from its first statement to its last, so that whatever fails or is killed leaves nothing
behind. `load` makes one, `loaded` says which release is there.
"""

from orchestration.serving.postgres.errors import NotTheRelease, PostgresError, PostgresHeld, PostgresUnavailable
from orchestration.serving.postgres.schemas import Loaded
from orchestration.serving.postgres.session import place
from orchestration.serving.postgres.transfer import load, loaded

__all__ = [
    "Loaded",
    "NotTheRelease",
    "PostgresError",
    "PostgresHeld",
    "PostgresUnavailable",
    "load",
    "loaded",
    "place",
]
