"""The rules that a web table of C&SD must satisfy: it is the table requested, and its figures are plausible."""

import re
from collections import Counter
from collections.abc import Sequence, Set
from datetime import date

import pandas as pd

from orchestration.sources.connector import Refused, refuse_repeats, refuse_rows
from orchestration.sources.csd_catalogue import Table
from orchestration.sources.exact import PLACES, is_exact
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
# Exports and imports of the twelve months to August 2026 were 13.9 million HK$ million together; in HK$ thousand they
# would be a thousand times as much. Staging models cast figures to twelve digits before the decimal point.
LARGEST = {HK_MILLION: 100e6, "Year-on-year % change": 10e3}
LARGEST_OF_ALL = 999e9
LONGEST = 400  # whole digits: what is too large is refused with a reason of its own
CLASSIFICATIONS = {"COMMD": "sitc_division", "EUC": "end_use"}


def refuse_missing_statistics(table: Table, found: Set[str]) -> None:
    """Refuse a table without one of its expected statistics. Raises Refused."""
    if missing := [sv for sv in table.statistics if sv not in found]:
        raise Refused(f"table {table.id} has no statistic {', '.join(missing)}; it is not the table expected")


def refuse_other_title(table: Table, title: str) -> None:
    """Refuse a table whose title lacks an expected word. Raises Refused."""
    if missing := [word for word in table.title_words if word not in title.lower().replace("end use", "end-use")]:
        raise Refused(f"table {table.id} has the title {title!r}, which does not contain {missing[0]!r}")


def refuse_implausible(table: Table, frame: pd.DataFrame, on: date) -> None:
    """Refuse another table's figures, and figures with a wrong period, out of range, contradictory or repeated.

    Args:
        table: The table that was requested.
        frame: The columns of `raw.csd__web_tables` as text; the index is the number of each row.
        on: The day in Hong Kong on which the payload was retrieved.

    Raises:
        Refused: for the first rule that is broken.
    """
    refuse_missing_statistics(table, set(frame["sv"]))
    _refuse_periods(frame, on)
    _refuse_flags(frame)
    _refuse_out_of_range(frame)
    _refuse_unknown_members(table, frame)
    refuse_repeats(frame, ["member_code", "freq", "period", "sv", "sv_desc"])
    _refuse_wrong_balance(frame)


Values = tuple[str, ...]


def _values(frame: pd.DataFrame, *columns: str) -> list[Values]:
    """Return the values of some columns, row by row. Rules look at each distinct combination once: rows repeat them."""
    return list(zip(*(frame[name].tolist() for name in columns), strict=True))


def _refuse(frame: pd.DataFrame, values: Sequence[Values], bad: Set[Values], column: str, reason: str) -> None:
    """Refuse rows whose values, in the order of the frame, are bad. Raises Refused."""
    if bad:
        refuse_rows(frame, [each in bad for each in values], column, reason, key=("sv", "freq", "period"))


def _refuse_periods(frame: pd.DataFrame, on: date) -> None:
    values, month = _values(frame, "freq", "period"), f"{on:%Y%m}"
    distinct = set(values)
    # The web tables begin in 1952.
    wrong = {(freq, period) for freq, period in distinct if not re.fullmatch(PERIODS[freq], period) or period < "1952"}
    _refuse(frame, values, wrong, "period", "is not a period of its frequency")
    future = {(freq, period) for freq, period in distinct if period > month[: len(period)]}
    _refuse(frame, values, future, "period", "is in the future")


def _refuse_flags(frame: pd.DataFrame) -> None:
    """Refuse unknown flags, missing figures without a reason, and figures with a reason for being missing."""
    values = [(figure and "has figure", flags) for figure, flags in _values(frame, "figure", "sd_value")]
    flags = {each: {flag.strip() for flag in each[1].split(",")} for each in set(values)}
    unknown = {each for each, found in flags.items() if not all(FLAG.fullmatch(flag) for flag in found)}
    _refuse(frame, values, unknown, "sd_value", "is not a known flag of C&SD")
    unexplained = {each for each, found in flags.items() if not each[0] and found <= NO_REASON}
    _refuse(frame, values, unexplained, "sd_value", "gives no reason for the missing figure")
    explained = {each for each, found in flags.items() if each[0] and found & NO_FIGURE}
    _refuse(frame, values, explained, "sd_value", "says that there is no figure, but there is one")


def _refuse_out_of_range(frame: pd.DataFrame) -> None:
    values = _values(frame, "sv", "sv_desc", "figure")
    lossy = {each for each in set(values) if each[2] and not is_exact(each[2], PLACES, LONGEST)}
    _refuse(frame, values, lossy, "figure", f"has more than {PLACES} decimal places, which would be lost")
    figures = [(each, float(each[2])) for each in values if each[2]]
    beyond = {each for each, figure in figures if abs(figure) > LARGEST.get(each[1], LARGEST_OF_ALL)}
    for presentation in sorted({each[1] for each in beyond}):
        bad = {each for each in beyond if each[1] == presentation}
        _refuse(frame, values, bad, "figure", f"is out of range for {presentation!r}")
    levels = [(each, figure) for each, figure in figures if each[1] == HK_MILLION]
    negative = {each for each, figure in levels if figure < 0 and not each[0].startswith("BAL")}
    _refuse(frame, values, negative, "figure", f"is negative in {HK_MILLION}; only a balance can be")


def _refuse_unknown_members(table: Table, frame: pd.DataFrame) -> None:
    members = {(code, title) for code, title in _values(frame, "member_code", "member_title") if code}
    codes, titles = {code for code, _ in members}, {title for _, title in members}
    if table.dimension == "COUNTRY" and (unknown := codes - set(vocabulary("partners", "csd_code"))):
        raise Refused(f"COUNTRY {min(unknown)!r} is not a partner in seeds/partners.csv; add it there")
    if classification := CLASSIFICATIONS.get(table.dimension or ""):
        names = vocabulary("categories", "printed_name", ("classification", classification))
        if unknown := titles - set(names):
            raise Refused(f"{table.dimension} {min(unknown)!r} is not a {classification} in seeds/categories.csv")
        if twice := [title for title, codes in Counter(title for _, title in members).items() if codes > 1]:
            raise Refused(f"{table.dimension} {min(twice)!r} has several codes")


def _refuse_wrong_balance(frame: pd.DataFrame) -> None:
    """Refuse a balance that is not exports less imports, such as when columns are swapped; rounding is allowed."""
    values = _values(frame, "sv_desc", "figure", "sv", "member_code", "freq", "period")
    levels = {
        tuple(key): float(figure) for presentation, figure, *key in values if presentation == HK_MILLION and figure
    }
    for (sv, *when), exports in levels.items():
        imports, balance = levels.get(("VAL_IM", *when)), levels.get(("BAL", *when))
        # Each of the three figures is rounded to a million, so they may be apart by up to 1.5.
        if sv == "VAL_TX" and imports is not None and balance is not None and abs(exports - imports - balance) > 2:
            raise Refused(f"{' '.join(when).strip()}: exports less imports is not the balance printed")
