"""Write, audit, publish: from the private build file to the release that users see."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from orchestration.releases.as_of import MACRO
from orchestration.releases.attachments import Attachment, Description, write_attachments
from orchestration.releases.content import Relation, as_stored, content_id, read_content
from orchestration.releases.datapackage import CheckOutcome, LakeFile, SourceVintage, parquet_path, write_datapackage
from orchestration.releases.directory import (
    DATABASE,
    SPILL,
    Release,
    current_or_none,
    flip,
    flush_folders,
    hold,
    next_id,
    place,
    retire,
    staging_directory,
)
from orchestration.releases.errors import (
    AuditFailed,
    BlockingCheckFailed,
    BuildUnavailable,
    Unpublishable,
    WriteFailed,
    first_line,
)
from orchestration.warehouse.sql import identifier, literal

# The oldest storage version that DuckDB 2.0 writes for clients of 1.2 and later.
STORAGE_VERSION = "v1.2.0"


def publish(
    build_file: Path,
    releases_dir: Path,
    current: Path,
    *,
    checks: Sequence[CheckOutcome],
    sources: Sequence[SourceVintage],
    code_version: str,
    keep: int,
    attachments: Sequence[Attachment] = (),
    lake: Sequence[LakeFile] = (),
    memory_limit: str = "1GB",
) -> Release:
    """Publish the build file's marts and reference tables as the current release, and keep the newest `keep`.

    Attachments are further files, made from the finished database; the release becomes current with them. Of the files
    of the lake, those that views read are described. What needs more than `memory_limit` spills to disk.

    Returns the current release with `is_new=False`, and writes nothing, when it already says the same: definitions,
    comments and rows. Nobody may hold the build file open for writing. A kill at any instant leaves `current` whole.

    Raises BlockingCheckFailed, BuildUnavailable, Unpublishable, WriteFailed, AuditFailed or ReleasesHeld; `current`
    is then as it was.
    """
    _refuse_failed(checks, build_file)
    with hold(releases_dir), staging_directory(releases_dir) as staging:
        with _attached(build_file, staging, memory_limit) as connection:
            built = read_content(connection, "build")
            if not built:
                raise Unpublishable("no table in marts or reference", build_file, "Run dbt, then publish again.")
            shown = current_or_none(current)
            if shown and shown.content_id == content_id(built):
                return shown
            _write(connection, built, staging)
            created = datetime.now(UTC)
            described = Description(
                id=next_id(releases_dir, content_id(built), created),
                content_id=content_id(built),
                created=created,
                code_version=code_version,
                sources=sources,
                checks=checks,
                lake=_read_by_views(built, lake),
            )
            _together(
                connection,
                lambda own: _audit(own, built, staging),
                lambda _: _attach_and_describe(staging, built, attachments, described),
            )
        flush_folders(staging)
        path = place(staging, described.id)
        flip(current, path)
        retire(releases_dir, current, keep)
    return Release(path, is_new=True)


def _attach_and_describe(
    staging: Path, relations: Sequence[Relation], attachments: Sequence[Attachment], described: Description
) -> None:
    write_datapackage(
        staging,
        relations,
        checks=described.checks,
        sources=described.sources,
        code_version=described.code_version,
        created=described.created,
        declared=write_attachments(staging, attachments, described),
        lake=described.lake,
    )


def _read_by_views(relations: Sequence[Relation], lake: Sequence[LakeFile]) -> list[LakeFile]:
    """Return the files that views read, by path. Raises Unpublishable for one that is none of the lake's."""
    known = {file.path: file for file in lake}
    for view in relations:
        if foreign := [path for path in view.files if path not in known]:
            remedy = "A published view may read files of the lake only."
            raise Unpublishable(f"the view reads {foreign[0]}, which the lake does not hold", view.label, remedy)
    return [known[path] for path in sorted({path for view in relations for path in view.files})]


def _refuse_failed(checks: Sequence[CheckOutcome], build_file: Path) -> None:
    failed = [check.name for check in checks if check.blocking and not check.passed]
    if failed:
        remedy = "Mend what they point to and build again; the last release stays current."
        raise BlockingCheckFailed(f"blocking checks failed ({', '.join(failed)})", build_file, remedy)


@contextmanager
def _attached(build_file: Path, staging: Path, memory_limit: str) -> Iterator[DuckDBPyConnection]:
    """Attach the build file, read-only, as `build`. What does not fit in memory spills beside the staging folder."""
    if not build_file.is_file():
        raise BuildUnavailable("there is no build file", build_file, "Run `entrepot build`.")
    config = {"temp_directory": str(staging.with_name(SPILL)), "memory_limit": memory_limit}
    with duckdb.connect(config=dict(config)) as connection:
        # Timestamps with a zone become text, and so hashes, in UTC everywhere.
        connection.execute("set global timezone = 'UTC'")
        try:
            connection.execute(f"attach {literal(build_file)} as build (read_only)")
        except duckdb.Error as error:
            remedy = "Close what has it open for writing (a run, a shell) and publish again."
            raise BuildUnavailable(
                f"the build file cannot be read ({first_line(error)})", build_file, remedy
            ) from error
        yield connection


def _together(connection: DuckDBPyConnection, *steps: Callable[[DuckDBPyConnection], None]) -> None:
    """Run steps that do not need each other, each in a thread with a cursor of its own. Raises what the first raised.

    Cursors are closed at once: one that an exception's frames kept alive would keep the build file from the next run.
    """

    def run(step: Callable[[DuckDBPyConnection], None]) -> None:
        with connection.cursor() as own:
            step(own)

    with ThreadPoolExecutor(len(steps)) as pool:
        for outcome in [pool.submit(run, step) for step in steps]:
            outcome.result()


def _write(connection: DuckDBPyConnection, relations: Sequence[Relation], staging: Path) -> None:
    try:
        _together(
            connection,
            lambda own: _write_database(own, relations, staging),
            lambda own: _write_parquet(own, relations, staging),
        )
    except duckdb.Error as error:
        remedy = "Mend the cause (a full disk?) and publish again; the last release stays current."
        raise WriteFailed(f"the release cannot be written ({first_line(error)})", staging, remedy) from error


def _write_database(connection: DuckDBPyConnection, relations: Sequence[Relation], staging: Path) -> None:
    """Write tables with their constraints, comments and rows, then views, and close the file."""
    target = literal(staging / DATABASE)
    # Definitions name `schema.table` only, so the new file must be the default: clients may attach it under any name.
    connection.execute(f"attach {target} as warehouse (storage_version '{STORAGE_VERSION}'); use warehouse; begin")
    for schema in sorted({relation.schema for relation in relations}):
        connection.execute(f"create schema {identifier(schema)}")
    for table in (relation for relation in relations if not relation.is_view):
        connection.execute(";".join([table.sql, *_comments(table)]))
        connection.execute(f"insert into {table.quoted} from build.{table.quoted}")
    connection.execute("commit")
    _write_views(connection, [relation for relation in relations if relation.is_view])
    if any(relation.label == "marts.fct_observations" for relation in relations):
        connection.execute(MACRO)
    connection.execute("checkpoint; use memory; detach warehouse")


def _write_views(connection: DuckDBPyConnection, views: Sequence[Relation]) -> None:
    """Write views, each after those that it reads, which no catalog tells: what does not bind yet is tried again."""
    waiting = list(views)
    while waiting:
        unbound: dict[Relation, duckdb.Error] = {}
        for view in waiting:
            try:
                connection.execute(";".join([view.sql, *_comments(view)]))
            except (duckdb.CatalogException, duckdb.BinderException) as error:
                unbound[view] = error
        if len(unbound) == len(waiting):
            view, cause = next(iter(unbound.items()))
            remedy = "A published view may read marts and reference only."
            raise Unpublishable(f"the view cannot be published ({first_line(cause)})", view.label, remedy) from cause
        waiting = list(unbound)


def _comments(relation: Relation) -> Iterator[str]:
    if relation.comment is not None:
        kind = "view" if relation.is_view else "table"
        yield f"comment on {kind} {relation.quoted} is {literal(relation.comment)}"
    for column in relation.columns:
        if column.comment is not None:
            yield f"comment on column {relation.quoted}.{identifier(column.name)} is {literal(column.comment)}"


def _write_parquet(connection: DuckDBPyConnection, relations: Sequence[Relation], staging: Path) -> None:
    for table in (relation for relation in relations if not relation.is_view):
        path = staging / parquet_path(table)
        path.parent.mkdir(parents=True, exist_ok=True)
        copy = f"copy build.{table.quoted} to {literal(path)} (format parquet, compression zstd)"
        copied = connection.execute(copy).fetchone()
        if copied != (table.rows,):
            raise AuditFailed(f"{copied} rows were copied of {table.rows}", path, "Publish again.")


def _audit(connection: DuckDBPyConnection, built: Sequence[Relation], staging: Path) -> None:
    """Read the finished file back and hold it against the build file: definitions, comments, row counts, hashes."""
    connection.execute(f"attach {literal(staging / DATABASE)} as written (read_only)")
    written = read_content(connection, "written")
    connection.execute("detach written")
    differing = sorted({relation.label for relation in set(map(as_stored, built)) ^ set(map(as_stored, written))})
    if differing:
        what = f"the written file differs from the build file in {', '.join(differing)}"
        raise AuditFailed(what, staging, "The last release stays current. Publish again; if it recurs, report it.")
