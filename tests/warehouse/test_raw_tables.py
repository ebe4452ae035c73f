"""Payloads become raw rows once, whole or not at all, and a changed payload is added beside the old one."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from orchestration.archive import Archive, Sighting
from orchestration.warehouse import raw_tables, vintages

COLUMNS = ["period_label", "measure", "value", "published_on"]


def parse(sighting: Sighting) -> pd.DataFrame:
    rows = [line.split(",") for line in PAYLOADS[sighting.sha256].decode().splitlines()]
    return pd.DataFrame(rows, columns=COLUMNS, dtype="str").assign(line_number=range(2, len(rows) + 2))


PAYLOADS: dict[str, bytes] = {}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


def see(archive: Archive, payload: bytes, dataset: str = "totals", part: str = "") -> Sighting:
    origin = {"source": "record", "dataset": dataset, "url": "https://example.org", "licence": "free"}
    sighting = archive.store(payload, part=part, **origin)
    PAYLOADS[sighting.sha256] = payload
    return sighting


def test_figures_keep_every_digit_and_a_blank_is_missing(
    connection: duckdb.DuckDBPyConnection, archive: Archive
) -> None:
    sighting = see(archive, b"2026-03,imports,707484.001,")
    raw_tables.load(connection, [sighting], parse)
    rows = connection.execute("select * from raw.record__totals").fetchall()
    assert rows == [("2026-03", "imports", Decimal("707484.001000"), None, 2, sighting.sha256)]


def test_the_same_bytes_again_add_nothing(connection: duckdb.DuckDBPyConnection, archive: Archive) -> None:
    sightings = [see(archive, b"2026-03,imports,1,2026-04-28"), see(archive, b"2026-03,imports,1,2026-04-28")]
    [first] = raw_tables.load(connection, sightings[:1], parse)
    [second] = raw_tables.load(connection, sightings[1:], parse)
    assert (first.rows_added, first.rows) == (1, 1)
    assert (second.rows_added, second.rows) == (0, 1)


def test_a_changed_payload_is_added_and_becomes_the_current_one(
    connection: duckdb.DuckDBPyConnection, archive: Archive
) -> None:
    old, new = see(archive, b"2026-03,imports,1,"), see(archive, b"2026-03,imports,2,")
    raw_tables.load(connection, [old, new], parse)
    vintages.write(connection, archive)
    values = connection.execute("select value from raw.record__totals order by value").fetchall()
    current = connection.execute("select payload_sha256 from raw.archive__payloads where is_current").fetchall()
    assert values == [(Decimal(1),), (Decimal(2),)]
    assert current == [(new.sha256,)]


def test_a_payload_that_comes_back_is_current_again(connection: duckdb.DuckDBPyConnection, archive: Archive) -> None:
    for payload in (b"2026-03,imports,1,", b"2026-03,imports,2,", b"2026-03,imports,1,"):
        last = see(archive, payload)
        raw_tables.load(connection, [last], parse)
    vintages.write(connection, archive)
    current = connection.execute("select payload_sha256 from raw.archive__payloads where is_current").fetchall()
    assert current == [(last.sha256,)]


def test_one_bad_payload_loads_nothing_of_the_others(connection: duckdb.DuckDBPyConnection, archive: Archive) -> None:
    good, bad = see(archive, b"2026-03,imports,1,"), see(archive, b"2026-03,imports,lots,", dataset="press")
    with pytest.raises(duckdb.Error):
        raw_tables.load(connection, [good, bad], parse)
    assert connection.execute("select count(*) from duckdb_tables()").fetchone() == (0,)


class RefusedError(Exception):
    pass


def test_a_lost_build_file_is_made_again_from_the_archive_without_what_was_refused(
    connection: duckdb.DuckDBPyConnection, archive: Archive
) -> None:
    old, bad, new = (see(archive, f"2026-03,imports,{value},".encode()) for value in ("1", "lots", "2"))

    def strict(sighting: Sighting) -> pd.DataFrame:
        if sighting.sha256 == bad.sha256:
            raise RefusedError
        return parse(sighting)

    raw_tables.restore(connection, archive.sightings(), strict, RefusedError)
    vintages.write(connection, archive)
    held = connection.execute("select payload_sha256, is_current from raw.archive__payloads order by 2").fetchall()
    assert held == [(old.sha256, False), (new.sha256, True)]


def test_a_refused_payload_never_takes_the_place_of_the_good_one_before_it(
    connection: duckdb.DuckDBPyConnection, archive: Archive
) -> None:
    good = see(archive, b"2026-03,imports,1,")
    raw_tables.load(connection, [good], parse)
    see(archive, b"2026-03,imports,lots,")
    vintages.write(connection, archive)
    assert connection.execute("select payload_sha256, is_current from raw.archive__payloads").fetchall() == [
        (good.sha256, True)
    ]


def test_rows_that_answer_one_question_take_no_other_questions_place(
    connection: duckdb.DuckDBPyConnection, archive: Archive
) -> None:
    first, second = (see(archive, f"2026-03,imports,{n},".encode(), part=f"offset={n}") for n in (1, 2))
    raw_tables.load(connection, [first, second], parse)
    again = see(archive, b"2026-03,imports,1,", part="offset=2")
    assert again.sha256 == first.sha256
    vintages.write(connection, archive)
    current = "select part, payload_sha256 from raw.archive__vintages where known_until is null order by all"
    assert connection.execute(current).fetchall() == [("offset=1", first.sha256), ("offset=2", second.sha256)]


def test_rows_that_go_to_the_lake_are_logged_once_and_are_in_no_raw_table(
    connection: duckdb.DuckDBPyConnection, archive: Archive
) -> None:
    first, same, bad = (see(archive, payload, "detail") for payload in (b"1,imports,1,", b"1,imports,1,\n", b"bad"))
    total = see(archive, b"2026-03,imports,1,", "totals")

    def strict(sighting: Sighting) -> pd.DataFrame:
        if sighting.sha256 == bad.sha256:
            raise RefusedError("synthetic")
        return parse(sighting)

    for _ in range(2):
        added = raw_tables.restore(connection, archive.sightings(), strict, RefusedError, lake={"detail"})
    logged = raw_tables.log(connection)
    assert added == {}
    assert {key: (one.rows, one.same_as, one.refusal) for key, one in logged.items()} == {
        ("record", "detail", first.sha256): (1, first.sha256, None),
        ("record", "detail", same.sha256): (1, first.sha256, None),
        ("record", "detail", bad.sha256): (0, None, "synthetic"),
        ("record", "totals", total.sha256): (1, total.sha256, None),
    }
    tables = connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'raw' order by 1"
    ).fetchall()
    assert tables == [("archive__loads",), ("record__totals",)]
    vintages.write(connection, archive)
    current = "select payload_sha256 from raw.archive__payloads where dataset = 'detail'"
    assert connection.execute(current).fetchall() == [(first.sha256,)]
