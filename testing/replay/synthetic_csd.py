"""C&SD tables without figures in the record: small synthetic tables in C&SD's format."""

from collections.abc import Iterator, Mapping, Sequence

from testing.replay.csd import Row
from testing.replay.record_rows import HK_MILLION, YEAR_ON_YEAR, csd_row, months_of

INDEX = "Index"  # C&SD's wording is not known
PARTNERS = {
    "631": ("Chinese Mainland", 0.45),
    "612": ("Taiwan", 0.12),
    "697": ("Singapore", 0.08),
    "111": ("USA", 0.05),
}


def synthetic_total_trade(totals: list[Row]) -> list[Row]:
    """Return exports plus imports of each month; C&SD's own sum may differ by rounding."""
    imports = dict(months_of(totals, "VAL_IM"))
    exports = months_of(totals, "VAL_TX")
    return [csd_row("M", month, "VAL_TT", HK_MILLION, figure + imports[month]) for month, figure in exports]


def synthetic_partners(totals: list[Row], sv: str, months: Sequence[str]) -> list[Row]:
    """Return a statistic by COUNTRY: the total as published, and partners at made-up shares of it."""
    rows = []
    for month, figure in months_of(totals, sv):
        if month in months:
            for code, (title, share) in {"": ("Total", 1.0), **PARTNERS}.items():
                rows.append(
                    {**_member("COUNTRY", code, title), **csd_row("M", month, sv, HK_MILLION, round(figure * share))}
                )
    return rows


def synthetic_indices(statistics: Sequence[str], months: Sequence[str]) -> list[Row]:
    """Return index numbers that grow from 100, and their changes on the year in per cent."""
    return [row for place, sv in enumerate(statistics) for row in _series(sv, months, INDEX, 100.0 + place)]


def synthetic_members(
    dimension: str, members: Mapping[str, str], statistics: Sequence[str], months: Sequence[str], presentation: str
) -> list[Row]:
    """Return statistics by the members of a dimension; the total of HK$ million is the sum of the members."""
    total = len(members) if presentation == HK_MILLION else 1
    return [
        {**_member(dimension, code, title), **row}
        for sv in statistics
        for code, title in {"": "Total", **members}.items()
        for row in _series(sv, months, presentation, 1000.0 if code else 1000.0 * total)
    ]


def _series(sv: str, months: Sequence[str], presentation: str, first: float) -> Iterator[Row]:
    """Yield a figure for each month, each higher by 1 % of the first, and from the second year on its yearly change."""
    figures = [round(first * (1 + step / 100), 1) for step in range(len(months))]
    for step, month in enumerate(months):
        yield csd_row("M", month, sv, presentation, figures[step])
        if step >= 12:
            change = round(100 * (figures[step] / figures[step - 12] - 1), 1)
            yield csd_row("M", month, sv, YEAR_ON_YEAR, change)


def _member(dimension: str, code: str, title: str) -> Row:
    return {dimension: code, f"{dimension}Desc": title}
