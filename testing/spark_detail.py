"""A small lake and the correlation tables for it, made up so that each rule of the detail applies to some row."""

import csv
import io
import random
from collections.abc import Iterator
from pathlib import Path

from testing.replay.unsd import Pairs, correlation_workbook

# 2021 is in HS 2017, later years in HS 2022; two months have the same month a year before.
MONTHS = [f"{2021 + number // 12}-{number % 12 + 1:02}-01" for number in range(14)]
IN_US_DOLLARS = MONTHS[3:5]
PLAIN = [f"{number:06}" for number in range(10_100, 15_100)]
# Codes of HS 2017: split in three equals, in two including its own heading, and in several of which one converts.
SPLIT, NEAREST, CONVERTED = "950100", "950200", "950300"
SUCCESSORS = {SPLIT: ("960110", "970110", "980110"), NEAREST: ("950210", "960210"), CONVERTED: ("960310", "970310")}
LATER = [code for codes in SUCCESSORS.values() for code in codes]
UNKNOWN, AI, GOLD = "999999", "854231", "710812"
PARTNERS = ("156", "842", "490", "392", "410", "699", "276", "826")
FLOWS = ("imports", "total_exports", "re_exports")
DETAIL = ("month", "flow", "hs_code", "hs_edition", "partner_code", "value", "currency", "weight_kg")
MIRROR = ("month", "flow", "hs_code", "hs_edition", "reporter_code", "value", "currency", "valuation", "weight_kg")


def correlation_tables() -> dict[str, bytes]:
    """Return tables by dataset: unchanged codes, split codes, and two tables of BEC that disagree."""
    codes = [*PLAIN, AI, GOLD, *LATER]
    backwards = [(later, older, "1:n") for older, laters in SUCCESSORS.items() for later in laters]
    stays: Pairs = [(code, code, "1:1") for code in (*PLAIN, AI, GOLD)]
    sitc: Pairs = [(code, f"{10 + int(code) % 60}{code[-3:]}", "n:1") for code in codes]
    # SPLIT's successors are converted to other codes of HS 2017, so that none of them is its nearest.
    converted = {new: PLAIN[0] if old == SPLIT else old for new, old, _ in backwards}
    elsewhere: Pairs = [(new, PLAIN[0], "n:n") for new, old, _ in backwards if old == SPLIT]
    to = {code: code for code, _, _ in stays} | converted
    return {
        "HS2022toHS2017": correlation_workbook("HS2022toHS2017", [*stays, *backwards, *elsewhere], to),
        "HS2022toSITC4": correlation_workbook("HS2022toSITC4", sitc),
        "HS2022toBEC4": _bec("HS2022", [(code, bec) for code in codes for bec in ("41", "521", "61")[int(code) % 3 :]]),
        "HS2017toBEC4": _bec("HS2017", [(code, "22") for code in (*PLAIN, AI, *SUCCESSORS)]),
    }


def _bec(edition: str, pairs: list[tuple[str, str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([(edition, "BEC4", "Relationship"), *((*pair, "n:n") for pair in pairs)])
    return text.getvalue().encode()


def write_files(folder: Path) -> Iterator[tuple[Path, str, str]]:
    """Write the lake's files; yield each with its source and table: the detail, US dollars, a revision, a mirror."""
    folder.mkdir(parents=True)
    in_hk_dollars = [month for month in MONTHS if month not in IN_US_DOLLARS]
    files = {
        "detail": ("csd_trade_idds", "trade_detail", DETAIL, _rows(in_hk_dollars, "HKD", 1)),
        "dollars": ("un_comtrade", "trade_detail", DETAIL, _rows(IN_US_DOLLARS, "USD", 1)),
        "revision": ("csd_trade_idds", "trade_detail", DETAIL, _rows(MONTHS[6:7], "HKD", 2)),
        "mirror": ("un_comtrade", "trade_mirror", MIRROR, _mirrored()),
    }
    for name, (source_id, table, columns, rows) in files.items():
        path = folder / f"{name}.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([columns, *rows])
        yield path, source_id, table


def _rows(months: list[str], currency: str, seed: int) -> Iterator[tuple[object, ...]]:
    """Yield a few hundred rows a month: most small, some of trillions, so that squares pass what 64 bits hold."""
    for month in months:
        chance = random.Random(f"{month} {seed}")  # noqa: S311
        edition = "HS2017" if month < "2022" else "HS2022"
        own = LATER if edition == "HS2022" else list(SUCCESSORS)
        codes = [*PLAIN[::250], *own, AI, GOLD, UNKNOWN]
        for flow in FLOWS:
            for code in codes:
                for partner in chance.sample(PARTNERS, 3):
                    value = chance.choice((chance.randint(1, 10**7), chance.randint(10**11, 9 * 10**12)))
                    weight = chance.choice(("", f"{chance.randint(1, 10**9)}.{chance.randint(0, 999):03}"))
                    yield month, flow, code, edition, partner, f"{value}.{chance.randint(0, 999):03}", currency, weight


def _mirrored() -> Iterator[tuple[object, ...]]:
    for number, month in enumerate(MONTHS):
        for flow, valuation in (("imports", "cif"), ("total_exports", "fob")):
            for code in ("TOTAL", "01", "85"):
                yield month, flow, code, "HS2022", "156", f"{10**9 + number * 7919}.5", "USD", valuation, ""
