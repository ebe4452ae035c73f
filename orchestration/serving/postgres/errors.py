"""What can go wrong with a release in PostgreSQL. Each says what, where, and what to do; none holds a password."""

from orchestration.releases import ReleaseError


class PostgresError(ReleaseError):
    """A release could not be loaded into PostgreSQL; what was loaded before is as it was."""


class PostgresUnavailable(PostgresError):
    """The server cannot be reached, or refuses the role."""


class PostgresHeld(PostgresError):
    """Another load is under way, or a reader kept a table for as long as a load waits."""


class NotTheRelease(PostgresError):
    """The rows in PostgreSQL are not those of the release."""
