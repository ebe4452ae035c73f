"""The gate: whether the build file is what a full build would make, and every check has seen it as it is.

It judges by the log of the build file, so it does not matter who built the tables, in which order, and how.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

from orchestration.releases.errors import StaleBuild
from orchestration.releases.lineage import Kind, Lineage, Node
from orchestration.warehouse.build_log import Log

BUILT = frozenset({"success", "no-op", "reused"})
ENDED = frozenset({"pass", "warn", "fail", "error"})
MOST_NAMED = 5


@dataclass(frozen=True)
class Gate:
    """What the log of a build file says, for one version of the code.

    Attributes:
        tables: Why a table or view is not what a full build would make, by its name in the log. One that only reads
            such a table is in `behind`.
        behind: What reads a table that is not what a full build would make.
        changes: The number of the event since which what a table shows may be different.
    """

    log: Log
    code: str
    tables: Mapping[str, str]
    behind: Collection[str]
    changes: Mapping[str, int]

    def has_seen(self, check: str, reads: Collection[str]) -> bool:
        """Return True if a check ended, by this version of the code, after the last change of what it reads."""
        entry = self.log.get(check)
        if entry is None or entry.state not in ENDED or entry.code != self.code:
            return False
        return all(self.changes[name] <= entry.number for name in reads)

    def is_current(self, names: Collection[str]) -> bool:
        """Return True if all of these tables are what a full build would make."""
        return not any(name in self.tables or name in self.behind for name in names)


def gate(lineage: Lineage, log: Log, code: str) -> Gate:
    """Return what the log of a build file says of its tables."""
    tables, behind, changes = dict[str, str](), set[str](), dict[str, int]()
    for name in TopologicalSorter({key: set(node.reads) for key, node in lineage.tables.items()}).static_order():
        node = lineage.tables[name]
        changes[name] = _last_change(name, node, log, changes)
        if any(read in tables or read in behind for read in node.reads):
            behind.add(name)
        elif reason := _fault(name, lineage, log, code, changes):
            tables[name] = reason
    return Gate(log, code, tables, behind, changes)


def _last_change(name: str, node: Node, log: Log, changes: Mapping[str, int]) -> int:
    entry = log.get(name)
    if node.kind is not Kind.VIEW:
        return entry.number if entry else 0
    # Creating a view again changes nothing, unless its definition may be another one.
    return max([entry.since if entry else 0, *(changes[read] for read in node.reads)])


def _fault(name: str, lineage: Lineage, log: Log, code: str, changes: Mapping[str, int]) -> str | None:
    """Return why a table is not what a full build would make; None if it is, as long as what it reads is."""
    node, entry = lineage.tables[name], log.get(name)
    if node.kind is Kind.RAW:
        return None
    if entry is None:
        return "was never built"
    if entry.state not in BUILT:
        return "was not built to its end"
    if entry.code != code:
        return "was built by another version of the project"
    if entry.content is None:
        return "does not hold what was built"
    newest = max(node.reads, key=lambda read: changes[read], default=None)
    if node.kind is Kind.DATA and newest and changes[newest] > entry.number:
        return f"was built before {lineage.tables[newest].label} changed"
    return None


def require_whole(judged: Gate, lineage: Lineage, checks: Mapping[str, Collection[str]], build_file: Path) -> None:
    """Raise StaleBuild unless every table is what a full build would make, and every check has seen the tables.

    Args:
        judged: What the log says.
        lineage: What the tables are called, and dbt's tests.
        checks: What each further check reads, by its name in the log.
        build_file: Where the tables are, for the message.
    """
    tests = {name: test.reads for name, test in lineage.tests.items()}
    unseen = [
        lineage.tests[name].label if name in lineage.tests else name.rpartition(".")[2]
        for name, reads in {**tests, **checks}.items()
        if judged.is_current(reads) and not judged.has_seen(name, reads)
    ]
    problems = [
        *_listed([f"{lineage.tables[name].label} {reason}" for name, reason in judged.tables.items()], "tables"),
        *([f"tables made from those: {len(judged.behind)}"] if judged.behind else []),
        *_listed([f"the check {label} has not run since its tables or the code changed" for label in unseen], "checks"),
    ]
    if problems:
        remedy = (
            "Run `entrepot build`, or materialize the tables named with everything downstream of them, and run the"
            " checks named; the last release stays current."
        )
        raise StaleBuild(f"the build file is not ready to be released ({'; '.join(problems)})", build_file, remedy)


def _listed(problems: Sequence[str], kind: str) -> list[str]:
    """Return the first problems, and how many more there are."""
    more = [f"and {len(problems) - MOST_NAMED} more {kind}"] if len(problems) > MOST_NAMED else []
    return [*problems[:MOST_NAMED], *more]
