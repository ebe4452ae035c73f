"""A replay of the United Nations Statistics Division: correlation tables as workbooks, each at its address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from testing.replay.message import HttpRequest, Reply, html_reply
from testing.replay.workbook import xlsx
from testing.replay.world_bank import XLSX

FOLDER = "/unsd/classifications/Econ/tables/"
FILE = "ConversionAndCorrelationTables.xlsx"
HEADINGS = {"HS2022": "HS 2022", "HS2017": "HS2017", "HS2012": "HS 2012", "SITC4": "SITC Rev. 4"}
Pairs = Sequence[tuple[str, str, str]]


@dataclass
class Unsd:
    """The tables by name, such as HS2022toSITC4."""

    tables: dict[str, bytes] = field(default_factory=dict)
    conditional: bool = True

    def answer(self, request: HttpRequest) -> Reply:
        name = request.path.removeprefix(FOLDER).removesuffix(FILE)
        if request.path != f"{FOLDER}{name}{FILE}" or name not in self.tables:
            return html_reply("404 Not Found", 404)
        return Reply(self.tables[name], headers={"Content-Type": XLSX})


def correlation_workbook(name: str, pairs: Pairs, conversions: Mapping[str, str] | None = None) -> bytes:
    """Return a workbook of these pairs; by default each code is converted to the first it is paired with."""
    origin, target = (HEADINGS[each] for each in name.split("to"))
    first = {source: to for source, to, _ in reversed(pairs)} if conversions is None else conversions
    return xlsx(
        {
            f"Conversion {name}": [[f"From {origin}", f"To {target}"], *([*pair] for pair in first.items())],
            f"Correlation {name}": [["Between"], [origin, target, "Relationship"], *([*pair] for pair in pairs)],
        }
    )


def synthetic_tables(codes: int = 5_000) -> dict[str, bytes]:
    """Return the two tables that are fetched, with made-up codes: each maps to itself, and in SITC ten map to one."""
    origins = [f"{number:06d}" for number in range(10_100, 10_100 + codes)]
    same: Pairs = [(code, code, "1:1") for code in origins]
    grouped: Pairs = [(code, code[:5], "n:1") for code in origins]
    return {
        "HS2022toHS2017": correlation_workbook("HS2022toHS2017", same),
        "HS2022toSITC4": correlation_workbook("HS2022toSITC4", grouped),
    }
