"""Fetches: the day as of which payloads are parsed, and the files of the embedded record."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.archive import Archive
from orchestration.ingestion import figure_files, parsed
from orchestration.settings import Settings
from orchestration.sources import hkma
from orchestration.sources.connector import Refused, Request
from orchestration.sources.record import ADDRESS

RATE_OF_30_JUNE = (
    b'{"header":{"success":true},"result":{"datasize":1,"records":[{"end_of_day":"2026-06-30","usd":7.844}]}}'
)


@pytest.mark.parametrize(
    ("retrieved_at", "is_accepted"),
    [
        # Midnight in Hong Kong is 16:00 UTC of the day before.
        (datetime(2026, 6, 29, 15, 59, tzinfo=UTC), False),
        (datetime(2026, 6, 29, 16, 0, tzinfo=UTC), True),
    ],
)
def test_frame_is_parsed_on_the_day_in_hong_kong_of_the_retrieval(
    tmp_path: Path, retrieved_at: datetime, *, is_accepted: bool
) -> None:
    settings = Settings(home=tmp_path)
    archive = Archive.of(settings)
    stored = archive.store(
        RATE_OF_30_JUNE, source="hkma", dataset="exchange_rates_daily", url="https://hkma.example", licence="free"
    )
    sighting = replace(stored, retrieved_at=retrieved_at)
    if is_accepted:
        assert list(parsed.frame(settings, hkma.SOURCE, archive, {}, sighting)["period"]) == ["2026-06-30"]
    else:
        with pytest.raises(Refused, match="'2026-06-30' is in the future"):
            parsed.frame(settings, hkma.SOURCE, archive, {}, sighting)


def test_missing_figures_file_is_refused_with_its_name_and_folder(tmp_path: Path) -> None:
    request = Request("trade_by_end_use", f"{ADDRESS}trade_by_end_use.csv")
    message = f"trade_by_end_use.csv: the file is missing from {tmp_path}; every dataset has one"
    with pytest.raises(Refused) as refused:
        figure_files.FigureFiles(tmp_path).send(request)
    assert str(refused.value) == message
