"""`entrepot trace`: show where a number comes from."""

from typing import Annotated

import typer

from orchestration import releases
from orchestration import trace as tracing
from orchestration.archive import Archive
from orchestration.cli.console import AsJson, out, print_json
from orchestration.lake.partitions import TRADE_FLOWS
from orchestration.settings import get_settings


def trace(
    period: Annotated[str, typer.Argument(help="Such as 2026-03, 2026-Q1, 2025-H1, 2025, 2026-01..2026-05.")],
    measure: Annotated[str, typer.Argument(help="Such as balance, imports, exports_yoy, deficit_pct_of_imports.")],
    flow: Annotated[str, typer.Option(help=f"For `detail`: {', '.join(TRADE_FLOWS)}.")] = "imports",
    hs: Annotated[str, typer.Option(help="For `detail`: the first digits of the HS code.")] = "",
    partner: Annotated[
        str | None, typer.Option(help="For `detail`: a partner's code, or its ISO 3166 code such as CN.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Trace a number to the archived bytes it was read from: rules, published figures, payloads, addresses.

    For rows by HS code and partner, trace the measure `detail`: entrepot trace 2026-03 detail --hs 8542 --partner CN
    """
    if flow not in TRADE_FLOWS:
        raise typer.BadParameter(f"no flow {flow!r}; there are {', '.join(TRADE_FLOWS)}", param_hint="--flow")
    settings = get_settings()
    if measure == "detail":
        with releases.connect_with_lake(releases.current_release(settings.current)) as connection:
            rows = tracing.trace_detail(connection, Archive.of(settings), period, flow, hs, partner)
        if as_json:
            print_json([row.to_dict() for row in rows])
        else:
            out.print(tracing.render_detail(rows))
        return
    with releases.connect(releases.current_release(settings.current)) as connection:
        traced = tracing.trace(connection, Archive.of(settings), period, measure)
    if as_json:
        print_json(traced.to_dict())
    else:
        out.print(tracing.render(traced))
