"""Damages good bytes at random and gives them to every parser: `make fuzz`.

Every case has a number: the same seed and number give the same bytes. A case is a finding if its parser aborts, exceeds
the limits, or raises something other than the exceptions that it rejects bytes with. In the product none of these harms
anything but the payload, since parsers run in a child process; each is worth a look nevertheless. The bytes of findings
are kept in `bench/fuzz/` in the home.
"""

import argparse
import random
import tempfile
import time
from collections import Counter
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.fuzzing.mutations import mutate
from benchmarks.fuzzing.targets import Target, targets
from orchestration.parsing.child import Child, ChildDied, ChildRaised, Limits
from orchestration.settings import Settings

LIMITS = Limits(memory_bytes=1_000_000_000, seconds=20)
SLOW_SECONDS = 5


def outcome(child: Child, target: Target, payload: bytes) -> str:
    """Return accepted, rejected, or how the parser failed."""
    began = time.monotonic()
    try:
        child.call(target.function, target.arguments, payload, limits=LIMITS)
    except ChildRaised as error:
        kind = error.type.rpartition(":")[2]
        return "rejected" if kind in target.rejections else f"{kind}: {error}"
    except ChildDied as death:
        return f"the parser {death}"
    return "accepted" if time.monotonic() - began < SLOW_SECONDS else f"took more than {SLOW_SECONDS} s"


def fuzz(found: list[Target], seconds: float, seed: int, keep: Path) -> dict[str, Counter[str]]:
    """Fuzz all targets in turn for some seconds; return the outcomes of each."""
    outcomes: dict[str, Counter[str]] = {target.name: Counter() for target in found}
    end, child = time.monotonic() + seconds, Child()
    for number in count():
        if time.monotonic() > end:
            break
        target = found[number % len(found)]
        pick = random.Random(f"{seed} {number}")  # noqa: S311 - damage, not secrets
        payload = mutate(pick.choice(target.seeds), pick)
        result = outcome(child, target, payload)
        if not child.is_alive():
            child = Child()
        outcomes[target.name][result if result in ("accepted", "rejected") else "found"] += 1
        if result not in ("accepted", "rejected"):
            print(f"case {number}, {target.name}: {result[:300]}", flush=True)
            (keep / f"{seed}-{number}").write_bytes(payload)
    child.close()
    return outcomes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    keep = Settings().home / "bench" / "fuzz"
    keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="entrepot-fuzz-") as folder:
        outcomes = fuzz(targets(Path(folder)), options.seconds, options.seed, keep)
    table = Table("parser", "cases", "accepted", "rejected", "found", box=None)
    for name, counts in outcomes.items():
        figures = (counts.total(), *(counts[kind] for kind in ("accepted", "rejected", "found")))
        table.add_row(name, *(f"{figure:,}" for figure in figures))
    Console(width=120).print(table)
    print(f"seed {options.seed}; bytes of findings are in {keep}")


if __name__ == "__main__":
    main()
