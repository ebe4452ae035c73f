"""A replay of the HKMA's open API: pages have a maximum size, whatever size is requested, and no total row count."""

from dataclasses import dataclass, field
from typing import Any

from testing.replay.message import Question, Reply, html_reply, json_reply

Row = dict[str, Any]
PREFIX = "/public/market-data-and-statistics/"
DEFAULT_PAGE = 100


@dataclass
class Hkma:
    """The sets by their path below the API's prefix, and the most rows that a page holds."""

    sets: dict[str, list[Row]] = field(default_factory=dict)
    page_cap: int = 100
    conditional: bool = True

    def answer(self, question: Question) -> Reply:
        rows = self.sets.get(question.path.removeprefix(PREFIX))
        if rows is None or not question.path.startswith(PREFIX):
            return html_reply("404 Not Found", 404)  # a retired set
        page = self._page(question, _sorted(question, _chosen(question, rows)))
        header = {"success": True, "err_code": "0000", "err_msg": "No error found"}
        return json_reply({"header": header, "result": {"datasize": len(page), "records": page}})

    def _page(self, question: Question, rows: list[Row]) -> list[Row]:
        size = min(int(question.one("pagesize", str(DEFAULT_PAGE))), self.page_cap)
        begin = int(question.one("offset", "0"))
        names = question.all("fields")
        return [
            {name: row[name] for name in names if name in row} if names else row for row in rows[begin : begin + size]
        ]


def _chosen(question: Question, rows: list[Row]) -> list[Row]:
    """Return the rows in the range asked for; without `choose` a range has no effect."""
    name = question.one("choose")
    if not name:
        return rows
    first, last = question.one("from"), question.one("to", "~")
    return [row for row in rows if first <= row[name] <= last]


def _sorted(question: Question, rows: list[Row]) -> list[Row]:
    name = question.one("sortby")
    return sorted(rows, key=lambda row: row[name], reverse=question.one("sortorder") == "desc") if name else rows
