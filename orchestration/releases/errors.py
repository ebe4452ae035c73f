"""What can go wrong with a release. Each error says what, where, and what to do."""


class ReleaseError(Exception):
    """A release could not be made, found, read or moved to."""

    def __init__(self, what: str, where: object, remedy: str) -> None:
        self.what, self.where, self.remedy = what, str(where), remedy
        super().__init__(f"{what}: {where}. {remedy}")


def first_line(error: Exception) -> str:
    """Return what DuckDB says, without the lines that point into a statement which no user wrote."""
    return str(error).partition("\n")[0]


class BuildUnavailable(ReleaseError):
    """The build file is missing, damaged, or held by another process."""


class Unpublishable(ReleaseError):
    """The build file has no table that users read, or a view that reads what is not published."""


class BlockingCheckFailed(ReleaseError):
    """A check that gates the release did not pass."""


class WriteFailed(ReleaseError):
    """A release, or the link to it, could not be written."""


class AuditFailed(ReleaseError):
    """The file written for a release does not hold what the build file holds."""


class NoRelease(ReleaseError):
    """`current` leads to no release."""


class UnknownRelease(ReleaseError):
    """No release of that id is kept."""


class ReleaseDamaged(ReleaseError):
    """A file of a release is missing, or is not the one that its datapackage.json describes."""


class ReleaseUnavailable(ReleaseError):
    """A release is whole but cannot be opened here and now."""


class ReleasesHeld(ReleaseError):
    """Another process is publishing or rolling back."""
