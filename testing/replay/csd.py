"""A replay of C&SD's web tables: HTTP 200 on errors, HTML 403 from the gateway, tables and their metadata files."""

import re
from dataclasses import dataclass, field
from typing import Any

from testing.replay.message import HttpRequest, Reply, html_reply, json_reply

Row = dict[str, Any]

# Observed presentation codes, by the text that rows have for them; OTHER_PRESENTATION is for all other texts.
PRESENTATIONS = {"HK$ million": "Raw_M_hkd_d", "Year-on-year % change": "YoY_1dp_%_s"}
OTHER_PRESENTATION = "Raw_1dp_idx_n"
EMPTY_QUERY = "N4XyA"  # `{}` as C&SD packs it
COMPONENTS = re.compile(r"/data/table_([^/]+)_comp\.json")
TITLES = re.compile(r"/data/en/table_([^/]+)_lang\.json")


@dataclass
class Description:
    """C&SD's metadata of a table. The format of the two dates was not observed."""

    title: str
    statistics: dict[str, str]
    classes: dict[str, str] = field(default_factory=dict)
    since: str = "201801"
    last_modified: str = "2026-09-24 16:30:00"


@dataclass
class Csd:
    """The tables by id, and their descriptions."""

    tables: dict[str, list[Row]] = field(default_factory=dict)
    descriptions: dict[str, Description] = field(default_factory=dict)
    conditional: bool = True

    def publish(self, name: str, rows: list[Row], last_modified: str) -> None:
        """Replace the rows of a table, and update the date in its component file."""
        self.tables[name] = rows
        self.descriptions[name].last_modified = last_modified

    def answer(self, request: HttpRequest) -> Reply:
        if not request.is_from_a_browser or "{" in request.raw_query:
            return html_reply("403 Forbidden", 403)
        if request.path == "/api/get.php":
            return self._table(request)
        if found := COMPONENTS.fullmatch(request.path):
            return self._components(found[1])
        if found := TITLES.fullmatch(request.path):
            return self._titles(found[1])
        return html_reply("404 Not Found", 404)

    def _table(self, request: HttpRequest) -> Reply:
        name, wanted = request.one("id"), request.one("param")
        if name not in self.tables:
            return _fail(f"Table ID ({name}) is not defined")
        if request.one("full_series") != "1" and not wanted:
            return _fail("Parameter is not defined")
        if wanted and wanted != EMPTY_QUERY:
            raise NotImplementedError(f"the replay can't unpack param={wanted}")
        rows = [] if wanted else self.tables[name]
        header = {
            "status": {"name": "Success", "code": 0},
            "title": self.descriptions[name].title,
            "tablenote": [],
            "source": "Census and Statistics Department",
            "count": {"noOfRecords": len(rows)},
        }
        return json_reply({"header": header, "dataSet": rows})

    def _components(self, name: str) -> Reply:
        if name not in self.descriptions:
            return html_reply("404 Not Found", 404)
        presented = dict.fromkeys((row["sv"], row["svDesc"]) for row in self.tables[name])
        listed = [{"stat_var": sv, "stat_pres": PRESENTATIONS.get(text, OTHER_PRESENTATION)} for sv, text in presented]
        described = self.descriptions[name]
        return json_reply(
            {
                "table_component_list": listed,
                "since": described.since,
                "last_modified_date": described.last_modified,
            }
        )

    def _titles(self, name: str) -> Reply:
        if name not in self.descriptions:
            return html_reply("404 Not Found", 404)
        described = self.descriptions[name]
        return json_reply(
            {
                "tb_title": described.title,
                "sv_list": described.statistics,
                "cv_list": described.classes,
            }
        )


def _fail(message: str) -> Reply:
    return json_reply({"header": {"status": {"name": "Fail", "code": 1, "message": [message]}}})
