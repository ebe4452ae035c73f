"""What a release says of itself in datapackage.json: how it was made, from what, and which checks it passed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from orchestration.releases.directory import Release


@dataclass(frozen=True)
class CheckOutcome:
    """The result of a check. A blocking check that did not pass stops the release."""

    name: str
    passed: bool
    blocking: bool
    description: str = ""

    @classmethod
    def from_dict(cls, check: Mapping[str, Any]) -> "CheckOutcome":
        """Return the outcome of an entry in the `checks` of datapackage.json."""
        return cls(**{name: check[name] for name in cls.__annotations__ if name in check})


@dataclass(frozen=True)
class SourceVintage:
    """A payload that the release was built from: its dataset, address, licence, hash and day of publication."""

    name: str
    url: str
    licence: str
    sha256: str
    published_on: date | None = None

    @classmethod
    def from_dict(cls, source: Mapping[str, Any]) -> "SourceVintage":
        """Return the payload of an entry in the `sources` of datapackage.json."""
        day = source.get("publishedOn")
        published_on = date.fromisoformat(day) if day else None
        return cls(source["title"], source["path"], source["licence"], source["sha256"], published_on)


@dataclass(frozen=True)
class FileDescription:
    """What datapackage.json says of a file that is not a table: its path in the release, its title and format."""

    path: str
    title: str
    format: str


@dataclass(frozen=True)
class LakeFile:
    """A file of the lake that a view of the release reads: a month in one vintage. It is not part of the release."""

    path: str
    bytes: int
    sha256: str
    month: date
    vintage: str

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> "LakeFile":
        """Return the file of an entry in the `lake` of datapackage.json."""
        known = {name: entry[name] for name in cls.__annotations__}
        return cls(**{**known, "month": date.fromisoformat(entry["month"])})

    def to_dict(self) -> dict[str, Any]:
        """Return the file's entry for datapackage.json."""
        return {**asdict(self), "month": self.month.isoformat()}


@dataclass(frozen=True, kw_only=True)
class ReleaseMetadata:
    """What a release records of how it was made.

    Attributes:
        contents: What each table and view held when the checks saw it, as `warehouse.contents` reads it, by its label;
            only that is published. None if no build has recorded it.
    """

    checks: Sequence[CheckOutcome]
    sources: Sequence[SourceVintage]
    code_version: str
    lake: Sequence[LakeFile] = ()
    contents: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Description(ReleaseMetadata):
    """What datapackage.json says of a release as a whole: its metadata, identity and time of publication."""

    id: str
    content_id: str
    created: datetime


def describe(release: Release) -> Description:
    """Return the description of a finished release. Raises ReleaseDamaged."""
    package = release.datapackage
    return Description(
        id=release.id,
        content_id=release.content_id,
        created=release.created,
        code_version=str(package["codeVersion"]),
        sources=[SourceVintage.from_dict(source) for source in package.get("sources", [])],
        checks=[CheckOutcome.from_dict(check) for check in package["checks"]],
        lake=[LakeFile.from_dict(file) for file in package.get("lake", [])],
    )
