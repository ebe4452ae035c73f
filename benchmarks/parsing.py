"""How fast connectors parse the two largest bodies, compared with DuckDB's own JSON reader on the same files.

Both bodies are synthetic, in the publishers' forms and sizes. DuckDB's reader turns JSON into rows and stops there; a
connector also validates every row.
"""

import json
import math
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.periods import hong_kong_day
from orchestration.sources import comtrade_rules, csd
from orchestration.sources.comtrade_bodies import TRADE, read
from testing.replay.csd import Row
from testing.replay.record_rows import HK_MILLION, YEAR_ON_YEAR, csd_row
from testing.replay.synthetic_gold import synthetic_comtrade_record

ROUNDS = 5
TODAY = hong_kong_day(datetime.now(UTC))
COMTRADE_ROWS = 145_677  # Hong Kong's July 2026 at UN Comtrade
FREQUENCIES = ("M", "YTM", "M12M")
READ_CSD = """
select member.* from (select unnest("dataSet") as member from read_json(?, maximum_object_size = 1000000000))
"""
READ_COMTRADE = """
select member.* from (select unnest("data") as member from read_json(?, maximum_object_size = 1000000000))
"""


def synthetic_totals() -> list[Row]:
    """Return 410-50001 in full: every month since 1952 in each statistic, presentation and frequency, and the years."""
    months = [f"{year}{month:02}" for year in range(1952, TODAY.year + 1) for month in range(1, 13)]
    periods = [(freq, month) for freq in FREQUENCIES for month in months if month < f"{TODAY:%Y%m}"]
    periods += [("Y", str(year)) for year in range(1952, TODAY.year)]
    return [row for number, (freq, period) in enumerate(periods) for row in _totals_of(freq, period, number)]


def _totals_of(freq: str, period: str, number: int) -> list[Row]:
    exports, imports = 100_000 + number, 110_000 + 2 * number
    levels = {"VAL_TX": exports, "VAL_IM": imports, "BAL": exports - imports, "VAL_TT": exports + imports}
    growth = dict.fromkeys(levels, round(math.sin(number) * 10, 1))
    presented = ((HK_MILLION, levels), (YEAR_ON_YEAR, growth))
    return [csd_row(freq, period, sv, unit, figure) for unit, figures in presented for sv, figure in figures.items()]


def synthetic_month() -> list[dict[str, Any]]:
    """Return a month of UN Comtrade: as many rows as July 2026 had, by flow, HS subheading and partner."""
    keys = ((flow, 100_000 + code, partner) for code in range(5_000) for flow in "MX" for partner in range(1, 251, 8))
    return [
        synthetic_comtrade_record("202607", flow, partner, str(code), usd=1000.5 + code, kg=10.25 + partner)
        for (flow, code, partner), _ in zip(keys, range(COMTRADE_ROWS), strict=False)
    ]


def parse_csd(body: bytes) -> int:
    return len(csd.parse("410-50001", body, TODAY))


def parse_comtrade(body: bytes) -> int:
    return len(comtrade_rules.trade_rows(read(TRADE, body), "gold", TODAY))


def paired(parse: Callable[[bytes], int], query: str, path: Path, rows: int) -> dict[str, float | int]:
    """Return the medians of a connector and of DuckDB on one file, and of their ratio round by round."""
    rounds = [(_connector(parse, path, rows), _duckdb(query, path, rows)) for _ in range(ROUNDS + 1)][1:]
    ours, theirs = zip(*rounds, strict=True)
    return {
        "rows": rows,
        "megabytes": round(path.stat().st_size / 1e6, 1),
        "seconds": round(statistics.median(ours), 3),
        "duckdb_seconds": round(statistics.median(theirs), 3),
        "rows_a_second": round(rows / statistics.median(ours)),
        "ratio_to_duckdb": round(statistics.median(our / their for our, their in rounds), 2),
    }


def _connector(parse: Callable[[bytes], int], path: Path, rows: int) -> float:
    began = time.perf_counter()
    assert parse(path.read_bytes()) == rows
    return time.perf_counter() - began


def _duckdb(query: str, path: Path, rows: int) -> float:
    began = time.perf_counter()
    with duckdb.connect() as connection:
        assert len(connection.execute(query, [str(path)]).df()) == rows
    return time.perf_counter() - began


def measure(parent: Path) -> dict[str, dict[str, float | int]]:
    """Write both bodies under a folder and measure each."""
    totals, month = synthetic_totals(), synthetic_month()
    header = {"status": {"name": "Success", "code": 0}, "count": {"noOfRecords": len(totals)}}
    table, trade = parent / "synthetic-410-50001.json", parent / "synthetic-comtrade-month.json"
    table.write_text(json.dumps({"header": header, "dataSet": totals}))
    trade.write_text(json.dumps({"elapsedTime": "1 secs", "count": len(month), "data": month, "error": ""}))
    return {
        "parse_csd_410_50001": paired(parse_csd, READ_CSD, table, len(totals)),
        "parse_comtrade_month": paired(parse_comtrade, READ_COMTRADE, trade, len(month)),
    }
