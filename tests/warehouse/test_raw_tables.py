"""Each payload is loaded once and whole; a changed payload is added, and earlier rows stay."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from orchestration.archive import Archive, Sighting
from orchestration.sources.connector import RawTable, Refused
from orchestration.warehouse import raw_tables, vintages

COLUMNS = ["period_label", "measure", "value", "published_on"]


def parse(sighting: Sighting) -> pd.DataFrame:
    rows = [line.split(",") for line in PAYLOADS[sighting.sha256].decode().splitlines()]
    return pd.DataFrame(rows, columns=COLUMNS, dtype="str").assign(line_number=range(2, len(rows) + 2))


PAYLOADS: dict[str, bytes] = {}
TYPES = {
    "period_label": "varchar",
    "measure": "varchar",
    "value": "decimal(18, 6)",
    "published_on": "date",
    "line_number": "integer",
}
TOTALS = RawTable("record__totals", "Synthetic totals.", TYPES)
LAKE_DATASET = "detail"


def refuse_word(sighting: Sighting) -> pd.DataFrame:
    if b"lots" in PAYLOADS[sighting.sha256]:
        raise Refused("lots is not a number")
    return parse(sighting)


def load(
    connection: duckdb.DuckDBPyConnection,
    sightings: Iterable[Sighting],
    accepted: Collection[tuple[str, str]] = (),
    *,
    is_strict: bool = True,
) -> Counter[str]:
    raw_tables.prepare(connection)
    raw_tables.create(connection, TOTALS)
    reader = refuse_word if is_strict else parse
    table_of = {"totals": TOTALS, LAKE_DATASET: None}
    return raw_tables.load(connection, sightings, reader, table_of.__getitem__, accepted)


def loads(connection: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    """Return the log of loads by payload: rows, and the reason of a refusal."""
    query = "select payload_sha256, rows, refusal from raw.archive__loads order by all"
    return connection.execute(query).fetchall()


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


def test_figures_keep_every_digit_and_a_blank_is_null(connection: duckdb.DuckDBPyConnection, archive: Archive) -> None:
    sighting = see(archive, b"2026-03,imports,707484.001,")
    load(connection, [sighting])
    rows = connection.execute("select * from raw.record__totals").fetchall()
    assert rows == [("2026-03", "imports", Decimal("707484.001000"), None, 2, sighting.sha256)]


def test_same_bytes_again_add_nothing(connection: duckdb.DuckDBPyConnection, archive: Archive) -> None:
    sightings = [see(archive, b"2026-03,imports,1,2026-04-28"), see(archive, b"2026-03,imports,1,2026-04-28")]
    assert load(connection, sightings[:1]) == {"record__totals": 1}
    assert load(connection, sightings) == {}
    assert raw_tables.count(connection, "raw.record__totals") == 1


def test_changed_payload_is_added_and_becomes_current(connection: duckdb.DuckDBPyConnection, archive: Archive) -> None:
    old, new = see(archive, b"2026-03,imports,1,"), see(archive, b"2026-03,imports,2,")
    load(connection, [old, new])
    vintages.write(connection, archive)
    values = connection.execute("select value from raw.record__totals order by value").fetchall()
    current = connection.execute("select payload_sha256 from raw.archive__payloads where is_current").fetchall()
    assert values == [(Decimal(1),), (Decimal(2),)]
    assert current == [(new.sha256,)]


def test_payload_that_returns_after_another_is_current_again(
    connection: duckdb.DuckDBPyConnection, archive: Archive
) -> None:
    for payload in (b"2026-03,imports,1,", b"2026-03,imports,2,", b"2026-03,imports,1,"):
        last = see(archive, payload)
        load(connection, [last])
    vintages.write(connection, archive)
    current = connection.execute("select payload_sha256 from raw.archive__payloads where is_current").fetchall()
    assert current == [(last.sha256,)]


def test_error_during_a_load_rolls_back_the_whole_load(connection: duckdb.DuckDBPyConnection, archive: Archive) -> None:
    good, bad = see(archive, b"2026-03,imports,1,"), see(archive, b"2026-03,imports,lots,")
    with pytest.raises(duckdb.Error):
        load(connection, [good, bad], is_strict=False)
    assert raw_tables.count(connection, "raw.record__totals") == 0
    assert loads(connection) == []


def test_refused_payload_is_logged_and_the_others_are_loaded(
    connection: duckdb.DuckDBPyConnection, archive: Archive
) -> None:
    old, bad, new = (see(archive, f"2026-03,imports,{value},".encode()) for value in ("1", "lots", "2"))
    assert load(connection, archive.sightings()) == {"record__totals": 2}
    refused = (bad.sha256, 0, "lots is not a number")
    assert sorted(loads(connection)) == sorted([(old.sha256, 1, None), refused, (new.sha256, 1, None)])
    vintages.write(connection, archive)
    archive.record_release("first", [("record", "totals", "", old.retrieved_at)], [])
    vintages.write(connection, archive)
    payloads = connection.execute("select payload_sha256, is_current from raw.archive__payloads order by 2").fetchall()
    assert payloads == [(old.sha256, False), (new.sha256, True)]


def test_refused_payload_is_loaded_once_it_is_accepted(connection: duckdb.DuckDBPyConnection, archive: Archive) -> None:
    word, number = see(archive, b"2026-03,lots,1,"), see(archive, b"2026-03,imports,1,")
    load(connection, [word, number])
    assert load(connection, [word, number], is_strict=False) == {}
    accepted = {(word.dataset, word.sha256)}
    assert load(connection, [word, number], accepted, is_strict=False) == {"record__totals": 1}
    assert sorted(loads(connection)) == sorted([(word.sha256, 1, None), (number.sha256, 1, None)])


def test_payload_that_was_not_loaded_never_becomes_current(
    connection: duckdb.DuckDBPyConnection, archive: Archive
) -> None:
    good = see(archive, b"2026-03,imports,1,")
    load(connection, [good])
    see(archive, b"2026-03,imports,lots,")
    vintages.write(connection, archive)
    assert connection.execute("select payload_sha256, is_current from raw.archive__payloads").fetchall() == [
        (good.sha256, True)
    ]


def test_answer_to_one_request_does_not_replace_the_answer_to_another(
    connection: duckdb.DuckDBPyConnection, archive: Archive
) -> None:
    first, second = (see(archive, f"2026-03,imports,{n},".encode(), part=f"offset={n}") for n in (1, 2))
    load(connection, [first, second])
    again = see(archive, b"2026-03,imports,1,", part="offset=2")
    assert again.sha256 == first.sha256
    vintages.write(connection, archive)
    current = "select part, payload_sha256 from raw.archive__vintages where known_until is null order by all"
    assert connection.execute(current).fetchall() == [("offset=1", first.sha256), ("offset=2", second.sha256)]


def test_rows_of_the_lake_are_logged_and_go_to_no_raw_table(
    connection: duckdb.DuckDBPyConnection, archive: Archive
) -> None:
    payloads = (b"1,imports,1,", b"1,imports,1,\n", b"1,imports,lots,")
    first, same, bad = (see(archive, payload, LAKE_DATASET) for payload in payloads)
    for _ in range(2):
        assert load(connection, archive.sightings()) == {}
    logged = raw_tables.log(connection)
    assert {key: (entry.rows, entry.same_as, entry.refusal) for key, entry in logged.items()} == {
        ("record", LAKE_DATASET, first.sha256): (1, first.sha256, None),
        ("record", LAKE_DATASET, same.sha256): (1, first.sha256, None),
        ("record", LAKE_DATASET, bad.sha256): (0, None, "lots is not a number"),
    }
    tables = "select table_name from duckdb_tables() where schema_name = 'raw' order by 1"
    assert connection.execute(tables).fetchall() == [("archive__loads",), ("record__totals",)]
    vintages.write(connection, archive)
    current = "select payload_sha256 from raw.archive__payloads where dataset = 'detail'"
    assert connection.execute(current).fetchall() == [(first.sha256,)]
