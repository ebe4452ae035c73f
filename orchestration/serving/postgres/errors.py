"""Errors of loading a release into PostgreSQL. Each names what, where and the remedy; none contains a password."""

from orchestration.releases import ReleaseError


class PostgresError(ReleaseError):
    """A release could not be loaded into PostgreSQL; the release loaded before is unchanged."""


class PostgresUnavailable(PostgresError):
    """The server cannot be reached, or it rejects the role."""


class PostgresBusy(PostgresError):
    """Another load is running, or a reader kept a table locked for as long as a load waits."""


class ReleaseMismatch(PostgresError):
    """The rows in PostgreSQL are not those of the release."""
