"""Errors of releases. Each says what went wrong, where, and what to do."""


class ReleaseError(Exception):
    """A release could not be made, found, read or made current."""

    def __init__(self, what: str, where: object, remedy: str) -> None:
        self.what, self.where, self.remedy = what, str(where), remedy
        super().__init__(f"{what}: {where}. {remedy}")


def first_line(error: Exception) -> str:
    """Return the first line of a DuckDB error; the others point into a statement that the user did not write."""
    return str(error).partition("\n")[0]


class BuildUnavailable(ReleaseError):
    """The build file is missing, damaged, or locked by another process."""


class Unpublishable(ReleaseError):
    """The build file has no table to publish, one that the project does not declare or describe, or misses one; or it
    has a view that reads a table that is not published."""


class BlockingCheckFailed(ReleaseError):
    """A check that gates the release did not pass."""


class StaleBuild(ReleaseError):
    """The build file is not what a full build would make, or a check has not seen it as it is."""


class WriteFailed(ReleaseError):
    """A release, or the link to it, could not be written."""


class AuditFailed(ReleaseError):
    """The file written for a release differs from the build file."""


class NoRelease(ReleaseError):
    """There is no current release."""


class UnknownRelease(ReleaseError):
    """There is no release of that id."""


class ReleaseDamaged(ReleaseError):
    """A file of a release is missing, or is not the one that its datapackage.json describes."""


class ReleaseUnavailable(ReleaseError):
    """A release is whole but cannot be opened, such as when this process has it open with other settings."""


class ReleasesLocked(ReleaseError):
    """Another process is publishing or rolling back."""
