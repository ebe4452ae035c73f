"""The files of the embedded record, in the place of a publisher."""

from collections.abc import Mapping
from pathlib import Path

from orchestration.sources.client import Answer
from orchestration.sources.connector import Refused, Request
from orchestration.sources.record import ADDRESS
from orchestration.storage.input_files import UnreadableFile, read_file

# Bytes; the largest file of the record has a fiftieth of it.
LARGEST_FIGURES = 10_000_000


class FigureFiles:
    """Answers the requests of the embedded record from the folder of its files, as `Client` does over HTTP."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.requests = self.bytes = 0

    def send(self, request: Request, _known: Mapping[str, str] | None = None) -> Answer:
        """Return a file's bytes. Raises Refused when it is missing or can't be read."""
        path = self._folder / request.url.removeprefix(ADDRESS)
        if not path.exists():
            raise Refused(f"{path.name}: the file is missing from {self._folder}; every dataset has one")
        try:
            payload = read_file(path, LARGEST_FIGURES)
        except UnreadableFile as error:
            raise Refused(str(error)) from None
        self.requests, self.bytes = self.requests + 1, self.bytes + len(payload)
        return Answer(None, payload)
