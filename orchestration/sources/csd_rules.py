"""What a web table of C&SD must be to be believed: the one that was asked for, and figures that can be."""

import re
from collections import Counter
from collections.abc import Sequence, Set
from datetime import date

import pandas as pd

from orchestration.sources.connector import Refused, refuse_repeats
from orchestration.sources.csd_catalogue import Table
from orchestration.sources.vocabulary import vocabulary

HK_MILLION = "HK$ million"
PERIODS = {
    "Y": r"[0-9]{4}",
    "H": r"[0-9]{4}(?:06|12)",
    "Q": r"[0-9]{4}(?:03|06|09|12)",
    **dict.fromkeys(("M", "M3M", "YTM", "M12M"), r"[0-9]{4}(?:0[1-9]|1[0-2])"),
}
FLAG = re.compile(r"|p|r|a|-|N\.A\.|n\.y\.a\.|\[\*[0-9]{1,2}\]")
NO_REASON = frozenset({"", "p", "r"})
NO_FIGURE = frozenset({"N.A.", "n.y.a."})
# Exports and imports of the twelve months to August 2026 were 13.9 million HK$ million; a figure in HK$ thousand is a
# thousandfold. Staging has room for twelve digits before the point.
LARGEST = {HK_MILLION: 100e6, "Year-on-year % change": 10e3}
LARGEST_OF_ALL = 999e9
CLASSIFICATIONS = {"COMMD": "sitc_division", "EUC": "end_use"}


def refuse_missing_statistics(table: Table, found: Set[str]) -> None:
    """Raises Refused when a statistic that the table must hold is not there."""
    if missing := [sv for sv in table.statistics if sv not in found]:
        raise Refused(f"table {table.id} holds no statistic {', '.join(missing)}; it is not the table expected")


def refuse_other_title(table: Table, title: str) -> None:
    """Raises Refused when a title lacks a word that the table's own must hold."""
    if missing := [word for word in table.title_words if word not in title.lower().replace("end use", "end-use")]:
        raise Refused(f"table {table.id} is titled {title!r}, which says nothing of {missing[0]!r}")


def refuse_implausible(table: Table, frame: pd.DataFrame, on: date) -> None:
    """Refuse figures of another table, of no period, out of range, at odds with each other, or told twice.

    The frame has the columns of `raw.csd__web_tables`, and the number of each row as its index. Raises Refused.
    """
    refuse_missing_statistics(table, set(frame["sv"]))
    _refuse_periods(frame, on)
    _refuse_flags(frame)
    _refuse_out_of_range(frame)
    _refuse_unknown_members(table, frame)
    refuse_repeats(frame, ["member_code", "freq", "period", "sv", "sv_desc"])
    _refuse_wrong_balance(frame)


def _said(frame: pd.DataFrame, *names: str) -> list[tuple[str, ...]]:
    """Return what each row says in some columns."""
    return list(zip(*(frame[name].tolist() for name in names), strict=True))


def _refuse(frame: pd.DataFrame, said: Sequence[tuple[str, ...]], bad: Set[tuple[str, ...]], reason: str) -> None:
    """Refuse the first row that says something bad; the reason may name columns in braces. Raises Refused."""
    if bad:
        number, row = next((n, frame.loc[n]) for n, says in zip(frame.index, said, strict=True) if says in bad)
        raise Refused(f"row {number}, {row['sv']} {row['freq']} {row['period']}: {reason.format_map(row)}")


def _refuse_periods(frame: pd.DataFrame, on: date) -> None:
    said, now = _said(frame, "freq", "period"), f"{on:%Y%m}"
    none = {(freq, period) for freq, period in set(said) if not re.fullmatch(PERIODS[freq], period) or period < "1952"}
    _refuse(frame, said, none, "{period!r} is no period of frequency {freq}")
    ahead = {(freq, period) for freq, period in set(said) if period > now[: len(period)]}
    _refuse(frame, said, ahead, "the period lies in the future")


def _refuse_flags(frame: pd.DataFrame) -> None:
    """Refuse flags that nobody knows, and a figure and a reason for having none that go ill together."""
    said = [(figure and "has one", flags) for figure, flags in _said(frame, "figure", "sd_value")]
    flags = {says: {flag.strip() for flag in says[1].split(",")} for says in set(said)}
    unknown = {says for says, each in flags.items() if not all(FLAG.fullmatch(flag) for flag in each)}
    _refuse(frame, said, unknown, "sd_value {sd_value!r} is no flag of C&SD's that is known here")
    unexplained = {says for says, each in flags.items() if not says[0] and each <= NO_REASON}
    _refuse(frame, said, unexplained, "no figure, and no reason for it in sd_value")
    explained = {says for says, each in flags.items() if says[0] and each & NO_FIGURE}
    _refuse(frame, said, explained, "figure {figure} stands beside {sd_value!r}")


def _refuse_out_of_range(frame: pd.DataFrame) -> None:
    said = _said(frame, "sv", "sv_desc", "figure")
    figures = [(says, float(says[2])) for says in said if says[2]]
    beyond = {says for says, figure in figures if abs(figure) > LARGEST.get(says[1], LARGEST_OF_ALL)}
    _refuse(frame, said, beyond, "{figure} is out of range for {sv_desc!r}")
    levels = [(says, figure) for says, figure in figures if says[1] == HK_MILLION]
    negative = {says for says, figure in levels if figure < 0 and not says[0].startswith("BAL")}
    _refuse(frame, said, negative, "{figure} HK$ million is negative, and only a balance can be")


def _refuse_unknown_members(table: Table, frame: pd.DataFrame) -> None:
    members = {(code, title) for code, title in _said(frame, "member_code", "member_title") if code}
    codes, titles = {code for code, _ in members}, {title for _, title in members}
    if table.dimension == "COUNTRY" and (unknown := codes - set(vocabulary("partners", "csd_code"))):
        raise Refused(f"COUNTRY {min(unknown)!r} is no partner of seeds/partners.csv; add it there")
    if classification := CLASSIFICATIONS.get(table.dimension or ""):
        names = vocabulary("categories", "printed_name", ("classification", classification))
        if unknown := titles - set(names):
            raise Refused(f"{table.dimension} {min(unknown)!r} is no {classification} of seeds/categories.csv")
        if twice := [title for title, codes in Counter(title for _, title in members).items() if codes > 1]:
            raise Refused(f"{table.dimension} {min(twice)!r} stands under several codes")


def _refuse_wrong_balance(frame: pd.DataFrame) -> None:
    """Refuse a table in which exports less imports is not the balance, by more than rounding: columns were swapped."""
    said = _said(frame, "sv_desc", "figure", "sv", "member_code", "freq", "period")
    levels = {tuple(key): float(figure) for presented, figure, *key in said if presented == HK_MILLION and figure}
    for (sv, *when), exports in levels.items():
        imports, balance = levels.get(("VAL_IM", *when)), levels.get(("BAL", *when))
        if sv == "VAL_TX" and imports is not None and balance is not None and abs(exports - imports - balance) > 2:
            raise Refused(f"{' '.join(when).strip()}: exports less imports is not the balance printed")
