"""A release's description, datapackage.json, by the Frictionless library's own classes and rules."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.releases.content import Column, Relation, content_id
from orchestration.releases.directory import DATABASE, DATAPACKAGE
from orchestration.releases.errors import AuditFailed
from orchestration.storage.files import file_sha256, finalize_file

if TYPE_CHECKING:
    from frictionless import Field, Package, Resource

HASH_THREADS = 8

# DuckDB's type, without its parameters, to the name of a Frictionless field class. All others are text.
FIELD_CLASSES = {
    "BOOLEAN": "BooleanField",
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), "IntegerField"),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"), "IntegerField"),
    **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL"), "NumberField"),
    "DATE": "DateField",
    "TIME": "TimeField",
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"), "DatetimeField"),
}


@dataclass(frozen=True)
class CheckOutcome:
    """How a check ended. A blocking check that did not pass stops the release."""

    name: str
    passed: bool
    blocking: bool
    description: str = ""


@dataclass(frozen=True)
class SourceVintage:
    """A payload that the release was built from: where it stands, its terms, and which vintage it is."""

    name: str
    url: str
    licence: str
    sha256: str
    published_on: date | None = None

    @classmethod
    def of(cls, source: Mapping[str, Any]) -> "SourceVintage":
        """Return the payload that an entry of datapackage.json describes."""
        day = source["publishedOn"]
        published_on = date.fromisoformat(day) if day else None
        return cls(source["title"], source["path"], source["licence"], source["sha256"], published_on)


@dataclass(frozen=True)
class Declared:
    """A further file of the release: its name, what it is, and its format."""

    path: str
    title: str
    format: str


@dataclass(frozen=True)
class LakeFile:
    """A file of the lake that a view of the release reads: a month in one vintage. It is no file of the release."""

    path: str
    bytes: int
    sha256: str
    month: date
    vintage: str

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> "LakeFile":
        """Return the file that an entry of datapackage.json describes."""
        return cls(**{**described, "month": date.fromisoformat(described["month"])})

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "month": self.month.isoformat()}


@dataclass(frozen=True)
class SealedFile:
    """A file of a release, flushed to disk and read-only. `path` is relative to the release."""

    path: str
    bytes: int
    sha256: str


def parquet_path(relation: Relation) -> str:
    return f"parquet/{relation.schema}/{relation.name}.parquet"


def seal(directory: Path) -> dict[str, SealedFile]:
    """Hash all files below a folder, make them read-only and flush them; return them by relative path.

    In threads: flushes that overlap share journal commits.
    """
    files = [path for path in directory.rglob("*") if path.is_file()]
    with ThreadPoolExecutor(HASH_THREADS) as pool:
        return {sealed.path: sealed for sealed in pool.map(lambda path: _seal_file(directory, path), files)}


def write_datapackage(
    directory: Path,
    relations: Sequence[Relation],
    *,
    checks: Iterable[CheckOutcome],
    sources: Sequence[SourceVintage],
    code_version: str,
    created: datetime,
    declared: Iterable[Declared] = (),
    lake: Iterable[LakeFile] = (),
) -> None:
    """Seal a release's files and write its description. Raises AuditFailed when that is not valid Frictionless."""
    from frictionless import Package

    files = seal(directory)
    package = Package(
        name="entrepot",
        title="Entrepot: Hong Kong's external merchandise trade and gold",
        created=created.isoformat().replace("+00:00", "Z"),
        resources=[
            _database_resource(files[DATABASE]),
            *_table_resources(relations, files),
            *(_file_resource(files[each.path], each) for each in declared),
        ],
        licenses=_licences(sources),
        sources=[_source(source) for source in sources],
    )
    package.custom = {
        "contentId": content_id(relations),
        "codeVersion": code_version,
        "checks": [asdict(check) for check in checks],
        "lake": [file.to_dict() for file in lake],
    }
    _write_valid(package, directory / DATAPACKAGE)
    _seal_file(directory, directory / DATAPACKAGE)


def _seal_file(directory: Path, path: Path) -> SealedFile:
    finalize_file(path)
    return SealedFile(path.relative_to(directory).as_posix(), path.stat().st_size, file_sha256(path))


def _database_resource(file: SealedFile) -> "Resource":
    title = "All tables and views in one DuckDB file, storage version v1.2.0"
    return _file_resource(file, Declared(file.path, title, "duckdb"))


def _file_resource(file: SealedFile, declared: Declared) -> "Resource":
    from frictionless.resources import FileResource

    return FileResource(
        name=Path(file.path).stem,
        title=declared.title,
        path=file.path,
        format=declared.format,
        hash=f"sha256:{file.sha256}",
        bytes=file.bytes,
    )


def _table_resources(relations: Iterable[Relation], files: dict[str, SealedFile]) -> "list[Resource]":
    return [_table_resource(relation, files[parquet_path(relation)]) for relation in relations if not relation.is_view]


def _table_resource(relation: Relation, file: SealedFile) -> "Resource":
    from frictionless import Schema
    from frictionless.resources import TableResource

    resource = TableResource(
        name=relation.label,
        description=relation.comment,
        path=file.path,
        format="parquet",
        hash=f"sha256:{file.sha256}",
        bytes=file.bytes,
        rows=relation.rows,
        schema=Schema(fields=[_field(column) for column in relation.columns], primary_key=list(relation.primary_key)),
    )
    resource.custom = {"contentHash": f"sha256:{relation.content_hash}"}
    return resource


def _field(column: Column) -> "Field":
    from frictionless import fields

    field_class = getattr(fields, FIELD_CLASSES.get(column.type.partition("(")[0], "StringField"))
    field: Field = field_class(name=column.name, description=column.comment)
    if not column.is_nullable:
        field.constraints = {"required": True}
    field.custom = {"duckdbType": column.type}
    return field


def _licences(sources: Iterable[SourceVintage]) -> list[dict[str, str]]:
    """Return each licence once. Its name, which the library wants, is its text with other signs as hyphens."""
    texts = sorted({source.licence for source in sources})
    return [{"name": re.sub(r"[^A-Za-z0-9._]+", "-", text).strip("-"), "title": text} for text in texts]


def _source(source: SourceVintage) -> dict[str, str | None]:
    published_on = source.published_on.isoformat() if source.published_on else None
    terms = {"licence": source.licence, "sha256": source.sha256, "publishedOn": published_on}
    return {"title": source.name, "path": source.url, **terms}


def _write_valid(package: "Package", path: Path) -> None:
    descriptor = package.to_descriptor()
    faults = [error.note for error in type(package).metadata_validate(descriptor)]
    if faults:
        raise AuditFailed(f"the description is not a valid data package ({'; '.join(faults)})", path, "Mend the cause.")
    path.write_text(json.dumps(descriptor, ensure_ascii=False, indent=1), encoding="utf-8")
