"""Synthetic detail in the real shape: rows by HS code, partner, flow and month, for benchmarks and tests alone.

No figure in it is real. Randomness is DuckDB's `hash`, so that one version of DuckDB always gives the same rows.
Partners and codes are Zipf-like, and a key is present in a month at random; a month does not depend on the months
before it, so that histories of any length agree. `python -m benchmarks.synthetic_detail` writes one.
"""

import argparse
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from orchestration.settings import DBT_PROJECT_DIR
from testing.replay.unsd import correlation_workbook

ROWS_A_MONTH = 568_000  # 10 million rows are 18 months, 100 million are 176
CHAPTERS, SUBHEADINGS = 96, (10, 20, 30, 40, 90)
HEADINGS = (1, 2, 3, 4, 5, 6, 8, 12, 17, 18, 42, 71, 73)  # 7108 is gold, and 8471, 8517 and 8542 are of AI
CODES = [f"{c:02}{h:02}{s}" for c in range(1, CHAPTERS + 1) for h in HEADINGS for s in SUBHEADINGS]
STRIDE = 7_919  # a prime: neighbours by size are in different chapters
PARTNERS = 201
FLOWS = ("imports", "total_exports", "re_exports")
LEAST_CHANCE = 1e-4
MEMORY = "600MB"
# Keys with their weights: the more common a code and a partner, the more likely and the larger their trade.
KEYS = f"""
create table keys as
with codes as (select code, row_number() over () as place from (select unnest($codes) as code)),
ranked as (select code, 1 + (place * {STRIDE}) % {len(CODES)} as rank from codes),
partners as (
    select partner_code, row_number() over (order by hash(partner_code)) as rank
    from read_csv($partners, all_varchar = true)
    where regexp_full_match(partner_code, '[0-9]+') and partner_code not in ('0', '344')
    qualify rank <= {PARTNERS}
)
select
    flow, code as hs_code, partner_code, hash(flow, code, partner_code) as key,
    1 / (pow(ranked.rank, 0.5) * pow(partners.rank, 0.9)) as weight
from (select unnest({list(FLOWS)}) as flow), ranked, partners
"""
LIKELY = f"""
create table likely as
select * exclude (weight), least(1, weight * $scale) as chance from keys where weight * $scale > {LEAST_CHANCE}
order by hs_code, partner_code, flow
"""
# Sums and exports of whole thousands of HK dollars, log-normal; a twentieth of the weights are not reported.
MONTH = """
select
    month,
    flow,
    hs_code,
    case when year(month) < 2017 then 'HS2012' when year(month) < 2022 then 'HS2017' else 'HS2022' end as hs_edition,
    partner_code,
    cast(1000 * greatest(1, round(exp(3 + 5 * chance + 1.6 * normal) * {revised})) as decimal(18, 3)) as value,
    'HKD' as currency,
    case when luck % 20 > 0 then cast(ceil(exp(2 + 6 * chance + 1.8 * normal)) as decimal(18, 3)) end as weight_kg,
    case when unit <> '' then ceil(exp(4 + 3 * chance + 1.8 * normal)) end as quantity,
    nullif(unit, '') as quantity_unit
from (
    select
        cast(date '2012-01-01' + to_months({number}) as date) as month,
        *,
        hash(key, {number}) as luck,
        sqrt(-2 * ln(((hash(key, {number}, 1) >> 32) + 1) / 4294967296)) * cos(
            2 * pi() * (hash(key, {number}, 2) >> 32) / 4294967296
        ) as normal,
        ['', '', 'kg', 'no.', 'm2'][1 + cast(hash(hs_code) % 5 as integer)] as unit
    from likely
    where (hash(key, {number}, 3) >> 32) / 4294967296 < chance
)
"""
# A revision changes the values of one row in fifty.
REVISED = "case when hash(key, {number}, 4) % 50 = 0 then 1.1 else 1 end"
PARQUET = "format parquet, compression zstd, row_group_size 122880"


@dataclass(frozen=True)
class Files:
    """The files of `write`: the history by month, the months after it, one month revised, and correlation tables."""

    parquet: Path
    csv: Path | None
    new_months: tuple[Path, ...]
    revised: Path
    correlations: Path


def files(folder: Path, new_months: int, *, csv: bool) -> Files:
    """Return the paths of the files that `write` writes."""
    names = [f"synthetic-new-{number + 1}.parquet" for number in range(new_months)]
    return Files(
        parquet=folder / "synthetic-history.parquet",
        csv=folder / "synthetic-history.csv" if csv else None,
        new_months=tuple(folder / name for name in names),
        revised=folder / "synthetic-revised.parquet",
        correlations=folder / "synthetic-correlations",
    )


def write(written: Files, months: int, rows_a_month: int = ROWS_A_MONTH) -> int:
    """Write a history of months from 2012-01 and its other files; return its row count. One month is revised."""
    folder = written.parquet.parent
    written.correlations.mkdir(parents=True, exist_ok=True)
    for dataset, table in correlations().items():
        (written.correlations / dataset).write_bytes(table)
    with _generator(folder, rows_a_month) as connection, TemporaryDirectory(dir=folder) as staging:
        of_months = [Path(staging) / f"{number:04}.parquet" for number in range(months)]
        for number, path in enumerate([*of_months, *written.new_months]):
            connection.execute(f"copy ({_month(number)}) to '{path}' ({PARQUET})")
        connection.execute(f"copy ({_month(months // 2, is_revised=True)}) to '{written.revised}' ({PARQUET})")
        history = f"from read_parquet({[str(path) for path in of_months]})"
        [(rows,)] = connection.execute(f"copy ({history}) to '{written.parquet}' ({PARQUET})").fetchall()
        if written.csv:
            connection.execute(f"copy ({history}) to '{written.csv}' (format csv, header true)")
    return int(rows)


def _month(number: int, *, is_revised: bool = False) -> str:
    return MONTH.format(number=number, revised=REVISED.format(number=number) if is_revised else 1)


@contextmanager
def _generator(folder: Path, rows_a_month: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection with the keys that are likely enough, and their probability in a month."""
    partners = str(DBT_PROJECT_DIR / "seeds" / "partners.csv")
    with TemporaryDirectory(dir=folder) as spill, duckdb.connect(f"{spill}/keys.duckdb") as connection:
        connection.execute(f"set memory_limit = '{MEMORY}'; set temp_directory = '{spill}'")
        connection.execute(KEYS, {"codes": CODES, "partners": partners})
        low, high = 1e-3, 1e7
        for _ in range(18):
            middle = math.sqrt(low * high)
            [(expected,)] = connection.execute("select sum(least(1, weight * ?)) from keys", [middle]).fetchall()
            low, high = (middle, high) if expected < rows_a_month else (low, middle)
        connection.execute(LIKELY, {"scale": low})
        yield connection


def correlations() -> dict[str, bytes]:
    """Return made-up correlation tables of these codes by dataset: workbooks, and CSV for BEC.

    The shares of codes with one, a nearest, or several equal successors are about those of the official tables.
    """
    divisions, categories = (
        range(10, 77),
        ("111", "112", "21", "22", "31", "41", "42", "51", "522", "53", "61", "62", "63"),
    )
    pairs = [(code, code, "n:n") for code in CODES]
    pairs += [(code, CODES[at - 1], "n:n") for at, code in enumerate(CODES) if at % 5 == 0 and at]
    sitc = [(code, f"{divisions[at // 5 % len(divisions)]}{at % 1000:03}", "n:1") for at, code in enumerate(CODES)]
    bec = [(code, categories[at // 65 % len(categories)], "n:1") for at, code in enumerate(CODES)]
    bec += [
        (code, categories[(at // 65 + more) % len(categories)], "n:n")
        for at, code in enumerate(CODES)
        for more in (1, 2)
        if at % 50 == 0
    ]
    csv = "\r\n".join([",".join(row) for row in bec])
    return {
        **{name: correlation_workbook(name, pairs) for name in ("HS2022toHS2017", "HS2017toHS2012")},
        "HS2022toSITC4": correlation_workbook("HS2022toSITC4", sitc),
        **{
            f"{edition}toBEC4": f"{edition},BEC4,Relationship\r\n{csv}\r\n".encode() for edition in ("HS2022", "HS2017")
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--months", type=int, default=18)
    parser.add_argument("--rows-a-month", type=int, default=ROWS_A_MONTH)
    parser.add_argument("--new-months", type=int, default=3)
    parser.add_argument("--csv", action="store_true")
    options = parser.parse_args()
    written = files(options.folder, options.new_months, csv=options.csv)
    print(json.dumps({"rows": write(written, options.months, options.rows_a_month)}))


if __name__ == "__main__":
    main()
