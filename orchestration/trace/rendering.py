"""Draw a trace for the terminal."""

from decimal import Decimal

from rich import box
from rich.console import Group, JustifyMethod, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from orchestration.terminal import line, link, visible
from orchestration.trace.observations import Observation
from orchestration.trace.payloads import Payload
from orchestration.trace.provenance import Trace

BASIS_WORDS = {"published": "as published", "sum_of_months": "sum of the months"}
MARKS = {"used": ("✓", "green"), "beside": ("·", "cyan"), "not chosen": ("✗", "dim")}


def render(trace: Trace) -> RenderableType:
    """Return the figure, the published figures behind it, the archived lines and the rules, top to bottom."""
    return Group(
        _headline(trace),
        _heading("Published figures behind it"),
        _observations(trace),
        _heading("The very lines, as archived"),
        *(_payload(payload, trace.observations) for payload in trace.payloads),
        _heading("Rules applied"),
        _rules(trace),
    )


def _rules(trace: Trace) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    for rule in trace.rules:
        table.add_row(rule.name, rule.sentence)
    return Padding(table, (0, 2))


def _heading(text: str) -> RenderableType:
    return Padding(Text(text, style="bold cyan"), (1, 0, 0, 0))


def _headline(trace: Trace) -> RenderableType:
    table = Table.grid(padding=(0, 3))
    table.add_column(justify="right", style="bold", no_wrap=True)
    table.add_column(no_wrap=True)
    for each in trace.served:
        basis = BASIS_WORDS[each.basis] if trace.period.months > 1 else each.note
        how = each.working if each.working == "as printed" else f"= {each.working}"
        table.add_row(_amount(each.value, trace.measure.unit), basis, how)
    if trace.late_corrections is not None:
        difference = _amount(trace.late_corrections, trace.measure.unit, sign="+")
        table.add_row(Text(difference, "yellow"), Text("published less sum", "yellow"), "late corrections")
    title = line((f"{trace.measure.words}, {trace.period.words}", "bold"))
    place = Text(f"served as {trace.served[0].table}.{trace.served[0].column}", style="dim")
    return Group(Panel(table, title=title, title_align="left", expand=False), Padding(place, (0, 2)))


def _amount(value: Decimal | float, unit: str, sign: str = "-") -> str:
    """Return a number with its unit: a decimal with all its digits, a float (a quotient) with two."""
    number = f"{value:{sign},.2f}" if isinstance(value, float) else f"{Decimal(value).normalize():{sign},f}"
    return f"{number} {unit}".rstrip()


def _observations(trace: Trace) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    for column in ("", "period", "series", "printed", "source", "read from"):
        justify: JustifyMethod = "right" if column == "printed" else "left"
        table.add_column(column, justify=justify, no_wrap=column != "source", overflow="fold")
    for each in trace.observations:
        mark, style = MARKS[each.status]
        table.add_row(
            Text(mark, style),
            each.period_label,
            each.series,
            f"{each.printed_value.normalize():,f} {each.printed_unit}",
            _source(each),
            f"{each.payload_sha256[:8]}:{each.line_number}",
            style="" if each.status == "used" else "dim",
        )
    return table


def _source(each: Observation) -> Text:
    day = f"published {each.published_on}" if each.published_on else f"edition {each.vintage}" if each.vintage else ""
    facts = ", ".join(filter(None, [each.source_id, each.evidence, day]))
    source = line((facts, link(each.source_url)))
    return source + line((f"\n{each.reason}", "italic")) if each.reason else source


def _payload(payload: Payload, observations: tuple[Observation, ...]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", style="dim")
    lines = {each.line_number: each.line for each in observations if each.payload_sha256 == payload.sha256}
    for number, archived in sorted(lines.items()):
        table.add_row(str(number), Text(visible(archived), overflow="fold"))
    published = f", published {payload.published_on}" if payload.published_on else ""
    retrieved = f"first retrieved {payload.first_retrieved_on}, last {payload.last_retrieved_on}"
    facts = f"\nsha256 {payload.sha256}\nhash verified, {payload.bytes:,} bytes, {retrieved}{published}"
    return Padding(Group(line(payload.url, (facts, "dim")), table), (0, 2, 1, 2))
