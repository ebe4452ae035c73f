"""A month is assembled from its current payloads; it is complete when there is one for every part.

The publishers' own answers go this way in tests/integration/test_detail_backfill.py.
"""

import errno
import itertools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from orchestration.lake import assemble, manifest
from orchestration.lake.manifest import PartitionKey
from orchestration.sources.connector import LakeRows, Refused
from orchestration.sources.lake_tables import TRADE_DETAIL
from testing.lake_files import APRIL, MARCH, Lake

PARTS = ("M 2026-03 01", "M 2026-03 02", "X 2026-03 01")
CREATE = """
create schema raw;
create table raw.archive__vintages (
    source varchar, dataset varchar, part varchar, payload_sha256 varchar, since timestamp, known_until date
);
create table raw.unsd__correlations (from_classification varchar, from_code varchar, to_classification varchar,
    to_code varchar, payload_sha256 varchar)
"""


def rows_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows of the lake from a frame of month, flow, code and value."""
    constant = {
        "hs_edition": "HS2022",
        "partner_code": "156",
        "currency": "HKD",
        "weight_kg": None,
        "quantity": None,
        "quantity_unit": None,
        "line_number": 1,
    }
    return frame.assign(**constant)[list(TRADE_DETAIL.columns)]


HOW = LakeRows("trade_detail", rows_of, "csd_trade_idds", lambda answered, *_: set(PARTS) <= set(answered))


@dataclass
class Publisher:
    """A publisher whose payloads are frames, and the raw tables that record which payloads are current."""

    lake: Lake
    clock: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    parts: dict[str, bool] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lake.connection.execute(CREATE)

    def answer(self, part: str, payload: str, *rows: tuple[date, str, str, float]) -> datetime:
        """Replace the payload of a part; return the time."""
        since = datetime(2026, 5, 1) + timedelta(days=next(self.clock))  # noqa: DTZ001 - raw tables name no zone
        execute = self.lake.connection.execute
        close = "update raw.archive__vintages set known_until = $at where part = $part and known_until is null"
        execute(close, {"at": since, "part": part})
        execute("insert into raw.archive__vintages values ('s', 'd', ?, ?, ?, null)", [part, payload, since])
        self.frames[payload] = pd.DataFrame(rows, columns=["month", "flow", "hs_code", "value"]).astype(
            {"month": object}
        )
        self.parts[part] = True
        return since.replace(tzinfo=UTC)

    def assemble(self) -> dict[PartitionKey | str, str | None]:
        """Assemble; return the months that changed, and those newly refused with the reason."""

        def read(source: str, dataset: str, payload: str) -> pd.DataFrame:
            self.reads.append(payload)
            return self.frames[payload]

        datasets = {("s", "d"): HOW}
        parts = {("s", "d"): self.parts}
        before = self.lake.store.manifest()
        refused = assemble.assemble(self.lake.connection, datasets, self.lake.stores, read, parts)
        now = self.lake.store.manifest()
        newly = {key: reason for key, reason in refused.items() if reason not in before.refused.values()}
        changed = (key for key in now.partitions if now.partitions[key] != before.partitions.get(key))
        return {**newly, **dict.fromkeys(changed)}

    def vintages(self, month: date = MARCH) -> list[Any]:
        return self.lake.store.manifest().partitions.get(PartitionKey(month, "s", "d"), [])


@pytest.fixture
def publisher(lake: Lake) -> Publisher:
    return Publisher(lake)


def answer_all(publisher: Publisher) -> None:
    publisher.answer(PARTS[0], "aa", (MARCH, "imports", "01", 1.0))
    publisher.answer(PARTS[1], "bb", (MARCH, "imports", "02", 2.0))
    publisher.answer(PARTS[2], "cc", (MARCH, "total_exports", "01", 3.0))


def test_month_is_assembled_from_all_its_payloads(publisher: Publisher) -> None:
    answer_all(publisher)
    assert publisher.assemble() == {PartitionKey(MARCH, "s", "d"): None}
    [vintage] = publisher.vintages()
    assert (vintage.rows, vintage.payloads, vintage.is_complete) == (3, ("aa", "bb", "cc"), True)
    assert (vintage.source_id, vintage.hs_digits) == ("csd_trade_idds", 2)
    assert publisher.lake.rows("flow", "hs_code", "value::double", "payload_sha256") == [
        ("imports", "01", 1.0, "aa"),
        ("imports", "02", 2.0, "bb"),
        ("total_exports", "01", 3.0, "cc"),
    ]


def test_month_is_incomplete_until_every_part_is_answered(publisher: Publisher) -> None:
    publisher.answer(PARTS[0], "aa", (MARCH, "imports", "01", 1.0))
    publisher.answer(PARTS[2], "cc", (MARCH, "total_exports", "01", 3.0))
    publisher.parts[PARTS[1]] = False
    publisher.assemble()
    assert [v.is_complete for v in publisher.vintages()] == [False]
    publisher.answer(PARTS[1], "bb", (MARCH, "imports", "02", 2.0))
    publisher.assemble()
    assert [v.is_complete for v in publisher.vintages()] == [False, True]


def test_month_is_complete_when_its_last_part_has_no_rows(publisher: Publisher) -> None:
    publisher.answer(PARTS[0], "aa", (MARCH, "imports", "01", 1.0))
    publisher.answer(PARTS[2], "cc", (MARCH, "total_exports", "01", 3.0))
    publisher.assemble()
    publisher.answer(PARTS[1], "nil")
    assert publisher.assemble() == {PartitionKey(MARCH, "s", "d"): None}
    [vintage] = publisher.vintages()
    assert (vintage.is_complete, vintage.rows) == (True, 2)
    assert publisher.assemble() == {}


def test_unchanged_payloads_are_not_read_again(publisher: Publisher) -> None:
    answer_all(publisher)
    publisher.assemble()
    before, publisher.reads[:] = publisher.lake.store.manifest(), []
    assert publisher.assemble() == {}
    assert publisher.reads == []
    assert publisher.lake.store.manifest() == before


def test_revision_makes_a_vintage_of_its_own_months_only(publisher: Publisher) -> None:
    answer_all(publisher)
    publisher.answer("M 2026-04 01", "dd", (APRIL, "imports", "01", 4.0))
    publisher.assemble()
    april = publisher.vintages(APRIL)
    revised = publisher.answer(PARTS[1], "b2", (MARCH, "imports", "02", 2.5))
    assert publisher.assemble() == {PartitionKey(MARCH, "s", "d"): None}
    first, second = publisher.vintages()
    assert (first.payloads, second.payloads) == (("aa", "bb", "cc"), ("aa", "b2", "cc"))
    assert first.known_until == second.known_from == revised
    assert publisher.vintages(APRIL) == april


def test_same_figures_in_other_bytes_make_no_vintage(publisher: Publisher) -> None:
    answer_all(publisher)
    publisher.assemble()
    before = publisher.vintages()
    publisher.answer(PARTS[1], "b2", (MARCH, "imports", "02", 2.0))
    assert publisher.assemble() == {}
    assert publisher.vintages() == before


def test_payload_that_returns_is_a_new_vintage(publisher: Publisher) -> None:
    publisher.answer(PARTS[0], "aa", (MARCH, "imports", "01", 1.0))
    publisher.assemble()
    second = publisher.answer(PARTS[0], "bb", (MARCH, "imports", "01", 2.0))
    publisher.assemble()
    third = publisher.answer(PARTS[0], "aa", (MARCH, "imports", "01", 1.0))
    publisher.assemble()
    one, other, again = publisher.vintages()
    assert (one.known_until, other.known_from, other.known_until, again.known_from) == (second, second, third, third)
    assert one.known_from < second < third
    assert (one.id, one.file) == (again.id, again.file)
    assert again.known_until is None


@pytest.mark.parametrize("is_damaged", [False, True])
def test_file_of_a_payload_that_returns_is_kept_if_it_is_whole(publisher: Publisher, is_damaged: bool) -> None:
    for value in (1.0, 2.0):
        publisher.answer("any", f"v{value}", (MARCH, "imports", "01", value))
        publisher.assemble()
    first = publisher.lake.store.local_file(publisher.vintages()[0])
    inode = first.stat().st_ino
    if is_damaged:
        first.chmod(0o644)
        first.write_bytes(b"damaged")
    publisher.answer("any", "v1.0", (MARCH, "imports", "01", 1.0))
    publisher.assemble()
    assert len(publisher.vintages()) == 3
    assert (first.stat().st_ino == inode) is not is_damaged
    for vintage in publisher.vintages():
        publisher.lake.store.verify(vintage)


def test_part_without_rows_ends_the_vintage_that_had_its_rows(publisher: Publisher) -> None:
    answer_all(publisher)
    publisher.assemble()
    emptied = publisher.answer(PARTS[1], "nil")
    publisher.assemble()
    first, second = publisher.vintages()
    assert first.known_from < first.known_until == second.known_from == emptied
    assert (second.rows, second.payloads) == (2, ("aa", "cc"))


def test_invalid_month_is_recorded_and_the_last_good_vintage_stays(publisher: Publisher) -> None:
    answer_all(publisher)
    publisher.answer("M 2026-04 01", "dd", (APRIL, "imports", "01", 4.0))
    publisher.assemble()
    before = publisher.vintages()
    publisher.answer(PARTS[1], "b2", (MARCH, "imports", "02", -1.0))
    [(key, reason)] = publisher.assemble().items()
    assert (key, reason) == (PartitionKey(MARCH, "s", "d"), "line 1: value -1.0 is not an amount from 0 to 10 trillion")
    assert publisher.vintages() == before
    assert publisher.assemble() == {}
    publisher.answer(PARTS[1], "b3", (MARCH, "imports", "02", 9.0))
    publisher.assemble()
    assert len(publisher.vintages()) == 2


@pytest.mark.parametrize("is_known", [True, False], ids=["whose months are known", "that is new"])
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Refused("row 7: it breaks a newer rule"), "row 7: it breaks a newer rule"),
        (ZeroDivisionError("division by zero"), "an unexpected ZeroDivisionError: division by zero"),
    ],
)
def test_payload_that_can_no_longer_be_read_delays_only_its_own_month(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str, *, is_known: bool
) -> None:
    answer_all(publisher)
    if is_known:
        publisher.assemble()
        (publisher.lake.store.folder / manifest.FILE).unlink()
    publisher.answer("M 2026-04 01", "dd", (APRIL, "imports", "01", 4.0))
    frames = publisher.frames

    class Unreadable(dict[str, pd.DataFrame]):
        def __getitem__(self, payload: str) -> pd.DataFrame:
            if payload == "bb":
                raise error
            return super().__getitem__(payload)

    publisher.frames = Unreadable(frames)
    refused = publisher.assemble()
    name: PartitionKey | str = PartitionKey(MARCH, "s", "d") if is_known else "payload bb of s d"
    expected: dict[PartitionKey | str, str | None] = {PartitionKey(APRIL, "s", "d"): None, name: reason}
    if not is_known:  # the payload's month is not known, so that the others make it up
        expected[PartitionKey(MARCH, "s", "d")] = None
    assert refused == expected
    publisher.frames = frames
    publisher.assemble()
    assert publisher.vintages()[-1].rows == 3


def test_fault_of_this_machine_ends_the_assembly(publisher: Publisher) -> None:
    answer_all(publisher)

    class OnFullDisk(dict[str, pd.DataFrame]):
        def __getitem__(self, payload: str) -> pd.DataFrame:
            raise OSError(errno.ENOSPC, "No space left on device")

    publisher.frames = OnFullDisk()
    with pytest.raises(OSError, match="No space left"):
        publisher.assemble()


def test_one_month_of_a_payload_can_be_refused_and_the_other_stored(publisher: Publisher) -> None:
    both = ((MARCH, "imports", "01", -1.0), (APRIL, "imports", "01", 4.0))
    publisher.answer("M 2026-03 2026-04 01", "aa", *both)
    changed = publisher.assemble()
    assert [reason is None for reason in changed.values()] == [False, True]
    assert publisher.vintages() == []
    assert [v.rows for v in publisher.vintages(APRIL)] == [1]


def test_two_months_of_one_payload_have_different_vintage_ids(publisher: Publisher) -> None:
    publisher.answer("M 2026-03 2026-04 01", "aa", (MARCH, "imports", "01", 1.0), (APRIL, "imports", "01", 1.0))
    publisher.assemble()
    [march], [april] = publisher.vintages(), publisher.vintages(APRIL)
    assert march.id != april.id


def test_completeness_uses_the_subheadings_of_the_months_edition(lake: Lake) -> None:
    publisher, calls = Publisher(lake), []
    publisher.answer(PARTS[0], "aa", (MARCH, "imports", "01", 1.0))
    pairs = "('HS2022', '010121', 'HS2017', '010110', 'cc'), ('HS2017', '9', 'BEC4', '1', 'cc')"
    lake.connection.execute(f"insert into raw.unsd__correlations values {pairs}")
    lake.connection.execute("insert into raw.archive__vintages values ('unsd', 'd', '', 'cc', now(), null)")

    def is_whole(answered: Collection[str], refused: Collection[str], codes: Collection[str]) -> bool:
        calls.append((list(answered), list(refused), list(codes)))
        return False

    how = {("s", "d"): LakeRows("trade_detail", rows_of, "csd_trade_idds", is_whole)}
    parts: Mapping[tuple[str, str], Mapping[str, bool]] = {
        ("s", "d"): {PARTS[0]: True, PARTS[1]: False, "M 2026-04 01": True}
    }
    assemble.assemble(lake.connection, how, lake.stores, lambda *_: publisher.frames["aa"], parts)
    assert calls == [([PARTS[0]], [PARTS[1]], ["010121"])]


def test_order_of_payloads_does_not_matter(tmp_path: Path) -> None:
    files = []
    for order in itertools.permutations(range(3)):
        publisher = Publisher(Lake(tmp_path / "".join(map(str, order))))
        given = [
            (PARTS[0], "aa", (MARCH, "imports", "01", 1.0)),
            (PARTS[1], "bb", (MARCH, "imports", "02", 2.0)),
            (PARTS[2], "cc", (MARCH, "total_exports", "01", 3.0)),
        ]
        for number in order:
            publisher.answer(*given[number])
        publisher.assemble()
        [vintage] = publisher.vintages()
        files.append((vintage.id, vintage.sha256))
    assert len(set(files)) == 1
