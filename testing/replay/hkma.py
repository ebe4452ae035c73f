"""A replay of the HKMA's open API: pages have a maximum size, whatever size is requested, and no total row count."""

from dataclasses import dataclass, field
from typing import Any

from testing.replay.message import HttpRequest, Reply, html_reply, json_reply

Row = dict[str, Any]
PREFIX = "/public/market-data-and-statistics/"
DEFAULT_PAGE = 100


@dataclass
class Hkma:
    """The data sets by their path below the API's prefix, and the maximum number of rows of a page."""

    sets: dict[str, list[Row]] = field(default_factory=dict)
    page_cap: int = 100
    conditional: bool = True

    def answer(self, request: HttpRequest) -> Reply:
        rows = self.sets.get(request.path.removeprefix(PREFIX))
        if rows is None or not request.path.startswith(PREFIX):
            return html_reply("404 Not Found", 404)  # a retired set
        page = self._page(request, _sorted(request, _chosen(request, rows)))
        header = {"success": True, "err_code": "0000", "err_msg": "No error found"}
        return json_reply({"header": header, "result": {"datasize": len(page), "records": page}})

    def _page(self, request: HttpRequest, rows: list[Row]) -> list[Row]:
        size = min(int(request.one("pagesize", str(DEFAULT_PAGE))), self.page_cap)
        begin = int(request.one("offset", "0"))
        names = request.all("fields")
        return [
            {name: row[name] for name in names if name in row} if names else row for row in rows[begin : begin + size]
        ]


def _chosen(request: HttpRequest, rows: list[Row]) -> list[Row]:
    """Return the rows in the requested range; without `choose` a range has no effect."""
    name = request.one("choose")
    if not name:
        return rows
    first, last = request.one("from"), request.one("to", "~")
    return [row for row in rows if first <= row[name] <= last]


def _sorted(request: HttpRequest, rows: list[Row]) -> list[Row]:
    name = request.one("sortby")
    return sorted(rows, key=lambda row: row[name], reverse=request.one("sortorder") == "desc") if name else rows
