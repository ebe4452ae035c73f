"""A release in a real PostgreSQL: the same rows, types, keys and comments, for psql, psycopg and SQLAlchemy."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import psycopg
import pytest
import sqlalchemy
from psycopg import sql

from orchestration import releases
from orchestration.releases.as_of import COLUMNS
from orchestration.releases.content import LAKE_VIEWS, Relation, read_relations
from orchestration.releases.sql import examples
from orchestration.serving import postgres as pg
from orchestration.settings import Settings
from testing.postgres_server import Server, emptied, psql
from testing.release_builds import OBSERVATIONS, generation, publish_changed

pytestmark = pytest.mark.xdist_group("postgres")
READER = "entrepot_reader"
EVERY_TYPE = """
create table marts.every_type (
    i integer primary key, ti tinyint, ut utinyint, si smallint, us usmallint, ui uinteger, bi bigint, ub ubigint,
    hi hugeint, f float, d double, v varchar, m decimal(18, 3), b boolean, dt date, t time, ts timestamp, tz timestamptz
);
insert into marts.every_type values
    (1, -128, 255, -32768, 65535, 4294967295, -9223372036854775808, 18446744073709551615,
     170141183460469231731687303715884105727, 0.1, 0.1::double + 0.2::double, 'plain', 999999999999999.999, true,
     '1952-01-01', '23:59:59.999999', '2026-03-01 01:02:03.456789', '2026-03-01 01:02:03+08'),
    (2, 0, 0, 0, 0, 0, 0, 0, 0, 'nan', 'nan', '', 0, false, '0001-01-01', '00:00:00', '1900-01-01',
     '1900-01-01 00:00:00 UTC'),
    (3, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
    (4, 1, 1, 1, 1, 1, 1, 1, 1, 'inf', '-inf', '\\.', -0.001, true, '9999-12-31', '12:00:00', '2026-01-01', null),
    (5, 1, 1, 1, 1, 1, 1, 1, 1, 1.17549435e-38, 5e-324, '\\N', 0, true, null, null, null, null),
    (6, 1, 1, 1, 1, 1, 1, 1, 1, 16777217, 1.7976931348623157e308, 'NULL', 0, true, null, null, null, null),
    (7, 1, 1, 1, 1, 1, 1, 1, 1, 0, '-0.0', ' a,"b"' || chr(13) || chr(10) || chr(9) || '中環 é ', 0, true, null, null,
     null, null);
"""


# Unquoted, each of these values alone on a line would end the data or be null.
LONE_TEXT = "create table marts.lone_text as select * from (values ('\\.'), (''), (null), ('\\N')) as t (text)"


@pytest.fixture
def server(postgres: Server) -> Server:
    """The server with no release in it."""
    return emptied(postgres)


@pytest.fixture
def served(server: Server, built: Settings) -> Server:
    """The server with the embedded record's release."""
    pg.load(server.loader, releases.current_release(built.current), READER)
    return server


@pytest.fixture
def relations(built: Settings) -> Iterator[tuple[duckdb.DuckDBPyConnection, list[Relation]]]:
    with releases.connect(releases.current_release(built.current)) as connection:
        # Views of the lake are not loaded.
        yield connection, [each for each in read_relations(connection, "warehouse") if each.label not in LAKE_VIEWS]


def ask(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def test_reader_sees_every_value_of_the_release(
    served: Server, relations: tuple[duckdb.DuckDBPyConnection, list[Relation]]
) -> None:
    warehouse, tables = relations
    assert len(tables) > 20
    with psycopg.connect(served.reader) as connection:
        for table in tables:
            select = sql.SQL("select * from {}").format(sql.Identifier(table.schema, table.name))
            there = sorted(map(repr, connection.execute(select).fetchall()))
            assert there == sorted(map(repr, warehouse.execute(f"from {table.quoted}").fetchall())), table.label


def test_sqlalchemy_reflects_columns_types_keys_and_comments(
    served: Server, relations: tuple[duckdb.DuckDBPyConnection, list[Relation]]
) -> None:
    engine = sqlalchemy.create_engine(served.reader.replace("postgresql://", "postgresql+psycopg://"))
    inspector = sqlalchemy.inspect(engine)
    for table in relations[1]:
        reflected = inspector.get_columns(table.name, table.schema)
        assert [(c["name"], c["nullable"], c.get("comment")) for c in reflected] == [
            (column.name, column.is_nullable, column.comment) for column in table.columns
        ]
        key = inspector.get_pk_constraint(table.name, table.schema)["constrained_columns"]
        assert tuple(key) == table.primary_key, table.label
        assert inspector.get_table_comment(table.name, table.schema)["text"] == table.comment
    types = {c["name"]: str(c["type"]) for c in inspector.get_columns("fct_trade_balance_monthly", "marts")}
    assert types["month"] == "DATE"
    assert types["balance_hkd_mn"] == "NUMERIC(18, 3)"
    assert types["deficit_pct_of_imports"] == "DOUBLE PRECISION"
    assert types["is_lunar_new_year_distorted"] == "BOOLEAN"
    assert types["source_id"] == "TEXT"
    assert types["deficit_rank"] == "INTEGER"
    indexed = {index["column_names"][0] for index in inspector.get_indexes("fct_observations", "marts")}
    assert {"series", "period_label"} <= indexed
    engine.dispose()


def test_psql_shows_descriptions_keys_and_the_release(served: Server, built: Settings) -> None:
    shown = psql(served.reader, "\\d+ marts.fct_hkd_peg_monthly\n\\dt+ marts.*\n\\dn+")
    assert "0 at 7.75 (strong side), 1 at 7.85 (weak side)" in shown
    assert '"fct_hkd_peg_monthly_pkey" PRIMARY KEY, btree (month)' in shown
    assert "numeric(18,6)" in shown
    assert f"Entrepot release {releases.current_release(built.current).id}, loaded " in shown
    march = "select balance_hkd_mn from marts.fct_trade_balance_monthly where month = '2026-03-01'"
    assert "-89083.000" in psql(served.reader, march)


def test_as_of_equals_the_macro_of_the_release(server: Server, tmp_path: Path) -> None:
    revised = """
        insert into marts.fct_observations by name
            select * replace (2.5 as value, date '2026-02-01' as known_from) from marts.fct_observations
            where line_number < 60;
        update marts.fct_observations set known_until = '2026-02-01' where line_number < 50 and value = 1.5;
        update marts.fct_observations set selection_order = 2 where line_number >= 50 and value = 2.5;
        update marts.fct_observations set selection_order = null where line_number > 90
    """
    release = publish_changed(tmp_path, OBSERVATIONS, revised)
    pg.load(server.loader, release, READER)
    with releases.connect(release) as warehouse:
        for day, sums in (("2025-12-31", 0), ("2026-01-31", 136.5), ("2026-02-01", 186.5), ("2026-03-01", 186.5)):
            query = f"select {', '.join(COLUMNS)} from marts.as_of('{day}')"
            there = ask(server.reader, query)
            assert sorted(map(repr, there)) == sorted(map(repr, warehouse.execute(query).fetchall())), day
            figures = [row[COLUMNS.index("value")] for row in there]
            assert [len(figures), sum(map(float, map(str, figures)))] == [91 if sums else 0, sums]


def test_as_of_today_gives_the_record(
    served: Server, relations: tuple[duckdb.DuckDBPyConnection, list[Relation]]
) -> None:
    warehouse, _ = relations
    query = f"select {', '.join(COLUMNS)} from marts.as_of('2100-01-01')"
    there = ask(served.reader, query)
    assert len(there) > 2_000
    assert sorted(map(repr, there)) == sorted(map(repr, warehouse.execute(query).fetchall()))


def test_every_type_is_loaded_exactly(server: Server, tmp_path: Path) -> None:
    release = publish_changed(tmp_path, EVERY_TYPE, LONE_TEXT)
    pg.load(server.loader, release, READER)
    with releases.connect(release) as warehouse:
        here = warehouse.execute("select * exclude (f, t, tz) from marts.every_type order by i").fetchall()
    names = "i, ti, ut, si, us, ui, bi, ub, hi, d, v, m, b, dt, ts"
    there = ask(server.reader, f"select {names} from marts.every_type order by i")
    assert [list(map(str, row)) for row in there] == [list(map(str, row)) for row in here]
    assert ask(
        server.reader, "select t::text, tz at time zone 'UTC' is not null from marts.every_type where i = 1"
    ) == [("23:59:59.999999", True)]
    # Python has no single precision: DuckDB's client gives 0.1 as the nearest double.
    assert ask(server.reader, "select f::text from marts.every_type where i in (1, 5, 6) order by i") == [
        ("0.1",),
        ("1.1754944e-38",),
        ("1.6777216e+07",),
    ]
    assert ask(server.reader, "select v is null, v = '' from marts.every_type where i in (2, 3) order by i") == [
        (False, True),
        (True, None),
    ]


def test_view_of_a_release_becomes_a_table(server: Server, tmp_path: Path) -> None:
    pg.load(server.loader, publish_changed(tmp_path), READER)
    assert ask(server.reader, "select flow, value_hkd_mn from marts.exports_only") == [
        ("total_exports", Decimal("618401.000"))
    ]
    assert ask(server.reader, "select obj_description('marts.exports_only'::regclass)") == [("Exports alone",)]


def test_newer_release_replaces_the_older_with_other_tables(server: Server, tmp_path: Path) -> None:
    pg.load(server.loader, publish_changed(tmp_path, "create table marts.passing as select 1 as one"), READER)
    newer = publish_changed(tmp_path, generation(2), "create table marts.coming as select 2 as two")
    loaded = pg.load(server.loader, newer, READER)
    assert pg.loaded(server.reader) == pg.LoadedRelease(newer.id, loaded.at.replace(microsecond=0))
    tables = ask(server.reader, "select relname from pg_class where relnamespace = 'marts'::regnamespace order by 1")
    names = {name for (name,) in tables}
    assert "coming" in names
    assert "passing" not in names
    assert ask(server.reader, "select distinct generation from marts.balance") == [(2,)]
    assert ask(server.reader, "select count(*) from pg_namespace where nspname like 'entrepot%'") == [(0,)]


def test_reader_with_an_older_snapshot_sees_the_new_rows(server: Server, tmp_path: Path) -> None:
    pg.load(server.loader, publish_changed(tmp_path), READER)
    with psycopg.connect(server.reader) as reading:
        reading.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reading.execute("select 1")
        pg.load(server.loader, publish_changed(tmp_path, generation(2)), READER)
        assert reading.execute("select count(*), max(generation) from marts.balance").fetchone() == (3, 2)


def test_examples_give_the_same_results_as_the_release(served: Server, built: Settings) -> None:
    for example in examples.examples():
        with releases.connect(releases.current_release(built.current)) as connection:
            in_the_release = connection.execute(example.query).fetchall()
        assert ask(served.reader, example.query) == in_the_release, example.name
