"""Amounts of memory such as 2GB, as settings and DuckDB write them."""

from typing import Annotated

from pydantic import AfterValidator, ByteSize, Field, TypeAdapter

PATTERN = r"^[1-9][0-9]*(\.[0-9]+)?(MB|GB|MiB|GiB)$"
LARGEST = "100000GB"


def in_bytes(memory: str) -> int:
    """Return an amount of memory in bytes."""
    return TypeAdapter(ByteSize).validate_python(memory)


def _at_least(least: str) -> AfterValidator:
    """Return the rule that an amount is at least the given one, and not more than a machine can have."""

    def check(memory: str) -> str:
        if not in_bytes(least) <= in_bytes(memory) <= in_bytes(LARGEST):
            raise ValueError(f"must be from {least} to {LARGEST}")
        return memory

    return AfterValidator(check)


DatabaseMemory = Annotated[str, Field(pattern=PATTERN), _at_least("100MB")]
# The embedded record can be parsed with 200MB; with a few MB every payload would be refused.
ParserMemory = Annotated[str, Field(pattern=PATTERN), _at_least("300MB")]
