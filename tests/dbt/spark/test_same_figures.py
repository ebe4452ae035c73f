"""The macros in which a figure could differ by its last unit, on DuckDB and on Spark, for numbers near the limits."""

import math
import random
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from jinja2 import Environment

from orchestration.dbt.spark import session
from orchestration.settings import DBT_PROJECT_DIR, Settings

pytestmark = [pytest.mark.spark, pytest.mark.timeout(300), pytest.mark.usefixtures("spark_installed")]

MACROS = "".join((DBT_PROJECT_DIR / "macros" / "sql" / f"{name}.sql").read_text() for name in ("decimals", "ratios"))


def rendered(expression: str) -> str:
    return Environment().from_string(f"{MACROS}{{{{ {expression} }}}}").render().strip()  # noqa: S701


def telling_numbers(count: int = 20_000) -> list[float]:
    """Return doubles at, just above and just below half a step of the third place, of many sizes, and plain ones."""
    chance = random.Random(7)  # noqa: S311
    numbers = [0.0, -0.0, 1.8114999999999999, 32.70049999999999, -25408771.1185]
    while len(numbers) < count:
        half = (chance.randint(-(10 ** chance.randint(1, 12)), 10**12) + 0.5) / 1000
        numbers += [half, math.nextafter(half, math.inf), math.nextafter(half, -math.inf), half / 7]
    return numbers


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the numbers as Parquet, which this process's Spark session reads as `exchange.numbers`."""
    home = tmp_path_factory.mktemp("figures")
    numbers = pd.DataFrame({"x": telling_numbers()})
    read = home / "numbers"
    read.mkdir()
    with duckdb.connect() as connection:
        connection.register("frame", numbers)
        money = "cast(round(x, 3) as decimal(18, 6)) as money, cast(row_number() over () as integer) as place"
        squares = "cast(round(x * 1000) as decimal(19, 0)) * cast(round(x * 1000) as decimal(19, 0)) as squares"
        connection.execute(f"copy (select x, {money}, {squares} from frame) to '{read}/numbers.parquet'")
    session.start(Settings(home=home))
    session.register({"exchange.numbers": str(read)}, {"exchange": str(home / "written")})
    yield home
    from pyspark.sql import SparkSession

    SparkSession.builder.getOrCreate().stop()


def differences(folder: Path, expression: str) -> int:
    """Count the numbers for which an expression has another value, or another text, on the two engines."""
    from pyspark.sql import SparkSession

    out = folder / "out" / str(len(list((folder / "out").glob("*"))) if (folder / "out").exists() else 0)
    spark = SparkSession.builder.getOrCreate()
    spark.sql(f"select place, {expression} as y from exchange.numbers").write.parquet(str(out))
    with duckdb.connect() as connection:
        ours = f"select place, {expression} as y from read_parquet('{folder}/numbers/*.parquet')"
        theirs = f"select place, y from read_parquet('{out}/*.parquet')"
        query = "ours.y::varchar is distinct from theirs.y::varchar"
        counted = connection.execute(
            f"select count(*) from ({ours}) ours join ({theirs}) theirs using (place) where {query}"
        )
        [(count,)] = counted.fetchall()
        return int(count)


def test_plain_cast_of_a_double_gives_other_decimals_on_spark(folder: Path) -> None:
    assert differences(folder, "cast(x as decimal(18, 3))") > 0


@pytest.mark.parametrize(
    "expression",
    [
        "to_decimal('x')",
        "to_decimal('x * 37.429 / 31.1034768')",
        "to_decimal('x / 1000', 6)",
        "pct_of('money', 'money + 1')",
        "growth_pct('money', 'money + 3')",
        "nearest_double('squares')",
    ],
)
def test_macro_gives_the_same_figure_on_both_engines(folder: Path, expression: str) -> None:
    assert differences(folder, rendered(expression)) == 0


def test_plain_cast_of_a_large_integer_gives_another_double_on_spark(folder: Path) -> None:
    assert differences(folder, "cast(squares as double)") > 0


def test_decimals_of_decimals_are_the_same_on_both_engines(folder: Path) -> None:
    assert differences(folder, "cast(money * 0.001 as decimal(18, 3))") == 0
