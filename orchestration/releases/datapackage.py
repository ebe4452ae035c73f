"""A release's description, datapackage.json, written and validated with the Frictionless library."""

import json
import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.releases.content import Column, Relation, content_id
from orchestration.releases.description import Description, FileDescription, SourceVintage
from orchestration.releases.directory import DATABASE, DATAPACKAGE
from orchestration.releases.errors import AuditFailed
from orchestration.releases.package import OWN_HASH, own_hash
from orchestration.storage.files import file_sha256, finalize_file

if TYPE_CHECKING:
    from frictionless import Field, Package, Resource

HASH_THREADS = 8

# DuckDB type without its parameters -> name of a Frictionless field class. All other types are text.
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
class FinalizedFile:
    """A file of a release, flushed to disk and read-only. `path` is relative to the release."""

    path: str
    bytes: int
    sha256: str


def parquet_path(relation: Relation) -> str:
    """Return the path of a table's Parquet file in a release."""
    return f"parquet/{relation.schema}/{relation.name}.parquet"


def finalize_files(directory: Path) -> dict[str, FinalizedFile]:
    """Hash all files below a folder, make them read-only and flush them to disk; return them by relative path."""
    files = [path for path in directory.rglob("*") if path.is_file()]
    # Flushes that overlap share commits of the file system's journal.
    with ThreadPoolExecutor(HASH_THREADS) as pool:
        return {file.path: file for file in pool.map(lambda path: _finalize(directory, path), files)}


def write_datapackage(
    directory: Path, relations: Sequence[Relation], description: Description, attached: Iterable[FileDescription]
) -> None:
    """Finalize a release's files and write its datapackage.json. Raises AuditFailed if that is not valid Frictionless.

    Args:
        directory: The release's folder, with its database, Parquet files and attachments.
        relations: Its tables and views, with the row counts and content hashes of the tables.
        description: What datapackage.json says of the release as a whole.
        attached: Its attachments.
    """
    from frictionless import Package

    files = finalize_files(directory)
    package = Package(
        name="entrepot",
        title="Entrepot: Hong Kong's external merchandise trade and gold",
        created=description.created.isoformat().replace("+00:00", "Z"),
        resources=[
            _database_resource(files[DATABASE]),
            *_table_resources(relations, files),
            *(_file_resource(files[each.path], each) for each in attached),
        ],
        licenses=_licences(description.sources),
        sources=[_source(source) for source in description.sources],
    )
    package.custom = {
        "contentId": content_id(relations),
        "codeVersion": description.code_version,
        "checks": [asdict(check) for check in description.checks],
        "lake": [file.to_dict() for file in description.lake],
    }
    _write_valid(package, directory / DATAPACKAGE)
    _finalize(directory, directory / DATAPACKAGE)


def _finalize(directory: Path, path: Path) -> FinalizedFile:
    finalize_file(path)
    return FinalizedFile(path.relative_to(directory).as_posix(), path.stat().st_size, file_sha256(path))


def _database_resource(file: FinalizedFile) -> "Resource":
    title = "All tables and views in one DuckDB file, storage version v1.2.0"
    return _file_resource(file, FileDescription(file.path, title, "duckdb"))


def _file_resource(file: FinalizedFile, description: FileDescription) -> "Resource":
    from frictionless.resources import FileResource

    return FileResource(
        name=Path(file.path).stem,
        title=description.title,
        path=file.path,
        format=description.format,
        hash=f"sha256:{file.sha256}",
        bytes=file.bytes,
    )


def _table_resources(relations: Iterable[Relation], files: dict[str, FinalizedFile]) -> "list[Resource]":
    return [_table_resource(relation, files[parquet_path(relation)]) for relation in relations if not relation.is_view]


def _table_resource(relation: Relation, file: FinalizedFile) -> "Resource":
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
    """Return each licence once. Frictionless requires a name: the licence's text with hyphens for other characters."""
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
        raise AuditFailed(
            f"the description is not a valid data package ({'; '.join(faults)})",
            path,
            "Fix the cause and publish again.",
        )
    descriptor[OWN_HASH] = own_hash(descriptor)
    path.write_text(json.dumps(descriptor, ensure_ascii=False, indent=1), encoding="utf-8")
