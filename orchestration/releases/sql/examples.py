"""The example queries, one per file, whose first line is the question. They run on PostgreSQL too."""

from dataclasses import dataclass
from pathlib import Path

from rich.console import Group
from rich.table import Table
from rich.text import Text

FOLDER = Path(__file__).with_name("examples")


class UnknownExample(Exception):
    """There is no example of this name."""


@dataclass(frozen=True)
class Example:
    """A question and the query that answers it."""

    name: str
    question: str
    query: str


def examples() -> list[Example]:
    """Return all examples, sorted by name."""
    return [_read(path) for path in sorted(FOLDER.glob("*.sql"))]


def find(name: str) -> Example:
    """Return one example. Raises UnknownExample, which lists the names."""
    gallery = {example.name: example for example in examples()}
    if name not in gallery:
        raise UnknownExample(f"there is no example {name!r}; there are {', '.join(gallery)}")
    return gallery[name]


def _read(path: Path) -> Example:
    question, _, query = path.read_text(encoding="utf-8").partition("\n")
    return Example(path.stem, question.removeprefix("--").strip(), query.strip())


def gallery_table() -> Table:
    """Return a table of the names and questions of all examples."""
    shown = Table(box=None, header_style="bold", padding=(0, 3, 0, 0))
    shown.add_column("example")
    shown.add_column("question")
    for example in examples():
        shown.add_row(example.name, example.question)
    return shown


def render(example: Example) -> Group:
    """Return an example's question and query."""
    return Group(Text(example.question, style="bold"), Text(f"\n{example.query}\n"))
