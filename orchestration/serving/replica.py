"""A replica: the current release kept in a second place, for users who do not read the file in ENTREPOT_HOME."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from orchestration import releases
from orchestration.releases import Release, ReleaseError
from orchestration.settings import Settings
from orchestration.storage import StorageError


class NotSet(Exception):
    """The setting that gives the address of the replica is not set."""


class Replica(ABC):
    """Keeps a copy of the current release at `place`.

    `state` and `update` return dictionaries because the command prints them as JSON: their keys are public.
    """

    # The part of `state` that describes what was found, while nothing was.
    NOTHING: ClassVar[dict[str, Any]] = {"release": None}

    def __init__(self, settings: Settings) -> None:
        """Raises NotSet without an address."""
        self.settings = settings
        self.place = self._place()

    def update_if_stale(self) -> tuple[str, bool]:
        """Copy the current release unless the replica has it.

        Returns:
            The id of the current release, and True if it was copied now.

        Raises:
            ReleaseError, StorageError: The release can't be read or copied; the replica keeps what it had.
        """
        current = self.current()
        if self._has(current):
            return current.id, False
        return str(self.update()["release"]), True

    def state(self) -> dict[str, Any]:
        """Return the replica's place and release, the current release, and whether they are the same.

        `problem` is the reason why the replica can't be read, or None. Raises NoRelease.
        """
        state = {"place": self.place, "current": self.current().id}
        try:
            found = self._found()
        except (ReleaseError, StorageError) as error:
            return {**state, **self.NOTHING, "is_current": False, "problem": str(error)}
        return {**state, **found, "is_current": found["release"] == state["current"], "problem": None}

    def current(self) -> Release:
        """Return the current release of the home. Raises NoRelease."""
        return releases.current_release(self.settings.current)

    @abstractmethod
    def update(self) -> dict[str, Any]:
        """Copy the current release, even if the replica has it; return `place`, `release` and details of the copy.

        Raises ReleaseError or StorageError; the replica then keeps what it had.
        """

    @staticmethod
    @abstractmethod
    def sentence(state: dict[str, Any]) -> str:
        """Return a state as a sentence, with the command to run if the replica is not current."""

    @abstractmethod
    def _place(self) -> str:
        """Return the address without secrets. Raises NotSet."""

    @abstractmethod
    def _found(self) -> dict[str, Any]:
        """Return the replica's release and details, under the keys of NOTHING."""

    @abstractmethod
    def _has(self, release: Release) -> bool:
        """Return True if the replica is a copy of this release."""
