"""The rows of archived payloads, each parsed once per run."""

import pandas as pd

from orchestration.archive import Archive, Sighting
from orchestration.parsing import payloads
from orchestration.parsing.journal import Journal
from orchestration.periods import hong_kong_day
from orchestration.settings import Settings
from orchestration.sources.connector import Source

# Rows by dataset and hash.
Frames = dict[tuple[str, str], pd.DataFrame]


def frame(settings: Settings, source: Source, archive: Archive, frames: Frames, sighting: Sighting) -> pd.DataFrame:
    """Return a payload's rows, parsed once per run: `frames` keeps them. Raises Refused."""
    key = (sighting.dataset, sighting.sha256)
    if key not in frames:
        payload = archive.read(sighting.source, sighting.dataset, sighting.sha256)
        on, journal = hong_kong_day(sighting.retrieved_at), Journal(settings.parsing_dir)
        frames[key] = payloads.parse(settings, source, sighting.dataset, payload, on, journal)
    return frames[key]
