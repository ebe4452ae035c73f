"""`python -m benchmarks.private_apis [rounds]`: what each acceleration saves, switched off by itself.

The main job is `entrepot build` from process start to a new release. The click is on "Materialize all", until the run
has succeeded. Each round measures everything on and then each acceleration off, so that a machine that gets slower or
faster affects all of them. Processor time is of all processes; it varies less than seconds on a busy machine.
"""

import shutil
import statistics
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from orchestration.settings import ACCELERATIONS
from testing import dagster_ui

ON = "everything on"
ENOUGH_PCT = 10  # an acceleration that saves less of both is not worth a private API
WARM_UP_MS = 8_000


@dataclass(frozen=True)
class Cost:
    """What a main job and a click cost, in seconds; `click` is None where there is no browser."""

    job: float
    job_processor: float
    click: float | None

    def saving_pct(self, on: "Cost") -> "Cost":
        """Return by how many percent `on`, with all accelerations, costs less than this."""

        def saving(off: float, on: float) -> float:
            return 100 * (off - on) / off

        click = None if self.click is None or on.click is None else saving(self.click, on.click)
        return Cost(saving(self.job, on.job), saving(self.job_processor, on.job_processor), click)


def measure(home: Path, standard: str) -> Cost:
    """Return the cost of one main job and one click with some accelerations switched off."""
    job, processor = _main_job(home, standard)
    return Cost(job, processor, _click(home, standard) if dagster_ui.CHROMIUM.exists() else None)


def _main_job(home: Path, standard: str) -> tuple[float, float]:
    """Return the seconds of a main job that publishes, and its processor time, child processes included."""
    from benchmarks.__main__ import main_job

    before = psutil.Process().cpu_times()
    seconds = main_job(home, {"ENTREPOT_STANDARD": standard})
    after = psutil.Process().cpu_times()
    children = (after.children_user - before.children_user) + (after.children_system - before.children_system)
    return seconds, children


def _click(home: Path, standard: str) -> float:
    with dagster_ui.serve(home, ENTREPOT_STANDARD=standard) as address, dagster_ui.browser() as page:
        dagster_ui.open_lineage(page, address)
        page.wait_for_timeout(WARM_UP_MS)  # as a person would wait
        outcome, seconds = dagster_ui.click_to_success(page, address)
        assert outcome == "Success"
        return seconds


def compare(home: Path, rounds: int) -> Mapping[str, Cost]:
    """Return the median cost with everything on, and with each acceleration off, after a round to warm up."""
    variants = {ON: "", **{f"without {name}": name for name in ACCELERATIONS}, "without any": "all"}
    costs: dict[str, list[Cost]] = {variant: [] for variant in variants}
    for number in range(rounds + 1):
        for variant, standard in variants.items():
            cost = measure(home, standard)
            if number:
                costs[variant].append(cost)
    return {variant: _median(measured) for variant, measured in costs.items()}


def _median(costs: list[Cost]) -> Cost:
    clicks = [cost.click for cost in costs if cost.click is not None]
    return Cost(
        statistics.median(cost.job for cost in costs),
        statistics.median(cost.job_processor for cost in costs),
        statistics.median(clicks) if clicks else None,
    )


def render(costs: Mapping[str, Cost]) -> Table:
    """Return a table of seconds, and of the saving of each acceleration in percent."""
    columns = ("", "main job s", "saves %", "processor s", "saves %", "click s", "saves %", "")
    table = Table(*columns, box=None, header_style="bold", padding=(0, 3, 0, 0))
    for variant, cost in costs.items():
        if variant == ON:
            table.add_row(ON, _number(cost.job), "", _number(cost.job_processor), "", _number(cost.click), "", "")
            continue
        saving = cost.saving_pct(costs[ON])
        is_enough = max(saving.job, saving.click or 0) >= ENOUGH_PCT
        pairs = [(cost.job, saving.job), (cost.job_processor, saving.job_processor), (cost.click, saving.click)]
        cells = [_number(figure) for pair in pairs for figure in pair]
        table.add_row(variant, *cells, "" if is_enough else f"under {ENOUGH_PCT} %")
    return table


def _number(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:.2f}"


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    home = Path(tempfile.mkdtemp(prefix="entrepot-bench-"))
    try:
        costs = compare(home, rounds)
    finally:
        shutil.rmtree(home)
    Console(width=140).print(render(costs))


if __name__ == "__main__":
    main()
