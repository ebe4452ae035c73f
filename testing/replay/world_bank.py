"""A replay of the World Bank: a page with the link to this year's workbook, and the workbook."""

import re
from dataclasses import dataclass

from testing.replay.message import HTML, HttpRequest, Reply, html_reply

PAGE = "/en/research/commodity-markets"
NAME = "CMO-Historical-Data-Monthly.xlsx"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass
class WorldBank:
    """The workbook, and the document number in its address, which changes each year."""

    workbook: bytes = b""
    document: str = "74e8be41ceb20fa0da750cda2f6b9e4e-0050012026"
    conditional: bool = True

    def answer(self, request: HttpRequest) -> Reply:
        if request.path == PAGE:
            return Reply(self._page(request).encode(), headers={"Content-Type": HTML})
        if request.path == f"/en/doc/{self.document}/related/{NAME}":
            return Reply(self.workbook, headers={"Content-Type": XLSX})
        return html_reply("404 Not Found", 404)

    def _page(self, request: HttpRequest) -> str:
        """Return the page, with links to the monthly and the annual workbook."""
        folder = f"{request.base}/en/doc/{self.document}/related"
        names = (NAME, re.sub("Monthly", "Annual", NAME))
        links = "".join(f'<li><a href="{folder}/{name}">{name}</a></li>' for name in names)
        return f"<!DOCTYPE html><html><head><title>Commodity Markets</title></head><body><ul>{links}</ul></body></html>"
