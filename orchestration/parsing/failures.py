"""Remembers payloads that made their parser abort, hang or run out of memory, so that no later build tries them again.

Each is parsed again when one of the limits or the program's version changes: its refusal ends with those that it was
made with. `entrepot archive quarantine --undo` forgets it at once.
"""

import hashlib
from importlib.metadata import version

from orchestration.settings import Settings


def stamp(settings: Settings) -> str:
    """Return what a failure of the parser depends on, apart from the payload."""
    limits = (settings.parser_memory_limit, f"{settings.parser_seconds:g} s", f"DuckDB {settings.memory_limit}")
    return f"limits {', '.join(limits)}; version {version('entrepot')}"


def sentence(death: Exception, settings: Settings) -> str:
    """Return the reason for refusing what a parser died of."""
    return f"the parser {death} [{stamp(settings)}]"


def is_lasting(refusal: str, settings: Settings) -> bool:
    """Return True if a refusal was a failure of the parser, with these limits and in this version."""
    return _conditions(refusal) == stamp(settings)


def is_worth_another_try(refusal: str, settings: Settings) -> bool:
    """Return True if a refusal was a failure of the parser, with other limits or in another version."""
    return _conditions(refusal) not in (None, stamp(settings))


def _conditions(refusal: str) -> str | None:
    """Return the conditions under which a parser failed, None if the refusal is of another kind."""
    said, _, conditions = refusal.rpartition(" [")
    is_failure = conditions.endswith("]") and (said.startswith("the parser ") or ": the parser " in said)
    return conditions[:-1] if is_failure else None


def entry_name(source: str, dataset: str, sha256: str, settings: Settings) -> str:
    """Return the name of a payload in the journal, another one for other limits: within those it may be harmless."""
    return f"{source}-{dataset}-{sha256}-{hashlib.sha256(stamp(settings).encode()).hexdigest()[:8]}"
