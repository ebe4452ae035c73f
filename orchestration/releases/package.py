"""Reading a release's datapackage.json: its shape is checked once, so that every command can rely on it."""

import hashlib
import json
from datetime import date
from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, ValidationError

# The hash of the description without this entry. Descriptions by versions before it have none.
OWN_HASH = "descriptionHash"


def _within_release(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or "\0" in path or PurePosixPath(path).is_absolute() or ".." in parts:
        raise ValueError(f"the file {path!r} is not inside the release")
    return path


Hash = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class _Resource(BaseModel):
    name: str
    path: Annotated[str, AfterValidator(_within_release)]
    hash: Hash
    bytes: Annotated[int, Field(ge=0)]
    rows: Annotated[int, Field(ge=0)] | None = None
    contentHash: Hash | None = None  # noqa: N815


class _Check(BaseModel):
    name: str
    passed: bool
    blocking: bool
    description: str = ""


class _Source(BaseModel):
    title: str
    path: str
    licence: str
    sha256: str
    publishedOn: date | None = None  # noqa: N815


class _LakeFile(BaseModel):
    path: str
    bytes: int
    sha256: str
    month: date
    vintage: str


class _Package(BaseModel):
    """What this program reads of a description. Entries that a newer version added are ignored."""

    contentId: str  # noqa: N815
    created: AwareDatetime
    codeVersion: str  # noqa: N815
    resources: list[_Resource]
    checks: list[_Check]
    sources: list[_Source] = []
    lake: list[_LakeFile] = []


def parse(content: bytes) -> dict[str, Any]:
    """Return the description in a file's bytes. Raises ValueError, in one line, if it is none or was changed."""
    try:
        described = json.loads(content)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    try:
        _Package.model_validate_json(content, strict=True)  # of JSON, where days are texts
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(f"{place or 'it'}: {first['msg']}") from None
    assert isinstance(described, dict)
    if OWN_HASH in described and described[OWN_HASH] != own_hash(described):
        raise ValueError("it was changed: its hash is another one")
    return described


def own_hash(described: dict[str, Any]) -> str:
    """Return the hash that a description states of itself."""
    others = {name: value for name, value in described.items() if name != OWN_HASH}
    text = json.dumps(others, ensure_ascii=True, sort_keys=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
