"""Trace rows of the detail (HS code and partner) back to the bytes that they were read from."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import duckdb
from rich.console import RenderableType
from rich.table import Table

from orchestration.archive import Archive, ArchiveError, Sighting
from orchestration.trace.measures import UnknownFigure

MAX_ROWS = 50
ROWS = """
select
    strftime(detail.month, '%Y-%m') as month, detail.flow, detail.hs_code, detail.hs_edition, detail.partner_code,
    detail.value_hkd_mn, detail.value, detail.currency, detail.source_id, detail.vintage, vintages.known_from,
    detail.payload_sha256, detail.line_number
from marts.fct_trade_detail_monthly as detail
inner join marts.fct_trade_detail_vintages as vintages
    on detail.month = vintages.month and detail.vintage = vintages.vintage and vintages.is_served
left join marts.dim_partner as partners on detail.partner_code = partners.partner_code
where
    strftime(detail.month, '%Y-%m') = $month and detail.flow = $flow and starts_with(detail.hs_code, $hs)
    and ($partner is null or detail.partner_code = $partner or partners.iso2 = upper($partner))
order by detail.hs_code, detail.partner_code
"""


@dataclass(frozen=True)
class DetailFigure:
    """A row of the detail, its vintage, and the line of the payload that it was read from. `value` is in `currency`."""

    month: str
    flow: str
    hs_code: str
    hs_edition: str
    partner_code: str
    value_hkd_mn: Decimal
    value: Decimal
    currency: str
    source_id: str
    vintage: str
    known_from: date
    payload_sha256: str
    line_number: int
    url: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the row as plain values, ready for JSON."""
        amounts = {"value_hkd_mn": float(self.value_hkd_mn), "value": float(self.value)}
        return {**asdict(self), **amounts, "known_from": self.known_from.isoformat()}


def trace_detail(
    connection: duckdb.DuckDBPyConnection, archive: Archive, month: str, flow: str, hs: str, partner: str | None
) -> list[DetailFigure]:
    """Return the rows of a month's flow whose codes begin with `hs`, of one partner (its code or ISO code) or of all.

    Raises UnknownFigure if there are none or more than MAX_ROWS, ArchiveError if the archive lacks their payload.
    """
    wanted = {"month": month, "flow": flow, "hs": hs, "partner": partner}
    found = connection.execute(ROWS, wanted).fetchmany(MAX_ROWS + 1)
    if not found:
        raise UnknownFigure(
            f"no detail is held of {flow} of {hs or 'anything'} in {month}; see `entrepot lake status`."
        )
    if len(found) > MAX_ROWS:
        raise UnknownFigure(f"more than {MAX_ROWS} rows match {hs or 'all goods'}; name a longer code, or a partner.")
    names = [field.name for field in fields(DetailFigure)][:-1]
    addresses = _addresses(archive, {row[names.index("payload_sha256")] for row in found})
    return [
        DetailFigure(**row, url=addresses[row["payload_sha256"]])
        for row in (dict(zip(names, cells, strict=True)) for cells in found)
    ]


def _addresses(archive: Archive, payloads: set[str]) -> dict[str, str]:
    seen = {each.sha256: _address(each) for each in archive.sightings() if each.sha256 in payloads}
    if missing := sorted(payloads - seen.keys()):
        raise ArchiveError(f"{archive.ledger} does not list payload {missing[0]}; is this the archive of this release?")
    return seen


def _address(seen: Sighting) -> str:
    return f"{seen.url}?{urlencode(seen.parameters)}" if seen.parameters else seen.url


def render_detail(figures: Sequence[DetailFigure]) -> RenderableType:
    """Return the rows as a table, each with its vintage, payload and line."""
    first = figures[0]
    table = Table(title=f"{first.flow}, {first.month}", title_justify="left", box=None, header_style="bold")
    for column in ("HS", "partner", "HK$ million", "as reported", "vintage, known from", "payload:line", "address"):
        table.add_column(column, justify="right" if column in ("HK$ million", "as reported") else "left")
    for each in figures:
        table.add_row(
            *(f"{each.hs_code} ({each.hs_edition})", each.partner_code, f"{each.value_hkd_mn:,}"),
            *(f"{each.value.normalize():,f} {each.currency}", f"{each.vintage}, {each.known_from}"),
            *(f"{each.payload_sha256[:12]}:{each.line_number}", each.url),
        )
    return table
