"""Write, audit, publish: from the private build file to the release that users see."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from orchestration.releases.as_of import MACRO
from orchestration.releases.attachments import Attachment, write_attachments
from orchestration.releases.content import Relation, comparable, content_id, read_content
from orchestration.releases.datapackage import parquet_path, write_datapackage
from orchestration.releases.description import CheckOutcome, Description, LakeFile, ReleaseMetadata
from orchestration.releases.directory import (
    DATABASE,
    SPILL,
    Release,
    ReleaseDirectory,
    current_or_none,
    delete_old_releases,
    fsync_folders,
    lock_releases,
    move_into_place,
    new_release_id,
    set_current,
    staging_directory,
)
from orchestration.releases.errors import (
    AuditFailed,
    BlockingCheckFailed,
    BuildUnavailable,
    ReleaseDamaged,
    StaleBuild,
    Unpublishable,
    WriteFailed,
    first_line,
)
from orchestration.releases.reader import verify
from orchestration.warehouse import contents
from orchestration.warehouse.sql import identifier, literal

# The oldest storage version that DuckDB 2.0 writes for clients of 1.2 and later.
STORAGE_VERSION = "v1.2.0"


def publish(
    build_file: Path,
    directory: ReleaseDirectory,
    metadata: ReleaseMetadata,
    attachments: Sequence[Attachment] = (),
    *,
    memory_limit: str,
    record: Callable[[str], None] = lambda _: None,
) -> Release:
    """Publish the build file's marts and reference tables as the current release, and delete the oldest releases.

    A kill at any instant leaves `current` on a whole release.

    Args:
        build_file: The database that dbt built. No process may have it open for writing.
        directory: Where the release is published.
        metadata: What the release records of how it was made. Of `lake`, the files that views read are recorded.
        attachments: Further files, made from the finished database before the release becomes current.
        memory_limit: DuckDB's memory limit, such as "1GB"; larger operations spill to disk.
        record: Is called with the release's id just before it becomes current; if it raises, `current` is unchanged.

    Returns:
        The new release. If the definitions, comments and rows are those of the current release, and its files are
        whole, nothing is written, and that is returned with `is_new=False`.

    Raises:
        ReleaseError: BlockingCheckFailed, BuildUnavailable, Unpublishable, StaleBuild, WriteFailed, AuditFailed or
            ReleasesLocked; `current` is then unchanged.
    """
    _require_passed(metadata.checks, build_file)
    with lock_releases(directory.path), staging_directory(directory.path) as staging:
        with _attached(build_file, staging, memory_limit) as connection:
            relations = read_content(connection, "build")
            if not relations:
                raise Unpublishable("no table in marts or reference", build_file, "Run dbt, then publish again.")
            if metadata.contents is not None:
                _require_checked(connection, relations, metadata.contents, build_file)
            current = current_or_none(directory.current)
            if current and current.content_id == content_id(relations) and _is_whole(current, directory):
                record(current.id)
                return current
            _write(connection, relations, staging)
            description = _describe(relations, directory, metadata)
            _concurrently(
                connection,
                lambda own: _audit(own, relations, staging),
                lambda _: _attach_and_describe(staging, relations, attachments, description),
            )
        fsync_folders(staging)
        path = move_into_place(staging, description.id)
        record(description.id)
        set_current(directory.current, path)
        delete_old_releases(directory)
    return Release(path, is_new=True)


def _is_whole(release: Release, directory: ReleaseDirectory) -> bool:
    """Return True if a release is in the folder of releases, and its files are those that it describes."""
    try:
        verify(release)
    except ReleaseDamaged:
        return False
    return release.path.parent == directory.path.resolve()


def _describe(relations: Sequence[Relation], directory: ReleaseDirectory, metadata: ReleaseMetadata) -> Description:
    created, content = datetime.now(UTC), content_id(relations)
    return Description(
        id=new_release_id(directory.path, content, created),
        content_id=content,
        created=created,
        code_version=metadata.code_version,
        sources=metadata.sources,
        checks=metadata.checks,
        lake=_lake_files_read(relations, metadata.lake),
    )


def _attach_and_describe(
    staging: Path, relations: Sequence[Relation], attachments: Sequence[Attachment], description: Description
) -> None:
    write_datapackage(staging, relations, description, write_attachments(staging, attachments, description))


def _lake_files_read(relations: Sequence[Relation], lake: Sequence[LakeFile]) -> list[LakeFile]:
    """Return the lake's files that views read, sorted by path. Raises Unpublishable if a view reads another file."""
    known = {file.path: file for file in lake}
    for view in relations:
        if foreign := [path for path in view.files if path not in known]:
            remedy = "A published view may read files of the lake only."
            raise Unpublishable(f"the view reads {foreign[0]}, which is not in the lake", view.label, remedy)
    return [known[path] for path in sorted({path for view in relations for path in view.files})]


def _require_passed(checks: Sequence[CheckOutcome], build_file: Path) -> None:
    failed = [check.name for check in checks if check.blocking and not check.passed]
    if failed:
        remedy = "Fix what they report and build again; the last release stays current."
        raise BlockingCheckFailed(f"blocking checks failed ({', '.join(failed)})", build_file, remedy)


def _require_checked(
    connection: DuckDBPyConnection, relations: Sequence[Relation], checked: Mapping[str, str], build_file: Path
) -> None:
    """Raise StaleBuild unless each relation holds what the checks saw: something may have written to it since."""
    found = contents.read(connection, "build")
    labels = sorted({relation.label for relation in relations} | checked.keys())
    changed = [label for label in labels if label not in found or found[label] != checked.get(label)]
    if changed:
        remedy = "Run `entrepot build`; the last release stays current."
        raise StaleBuild(f"changed since it was built and checked: {', '.join(changed)}", build_file, remedy)


@contextmanager
def _attached(build_file: Path, staging: Path, memory_limit: str) -> Iterator[DuckDBPyConnection]:
    """Yield a connection with the build file attached, read-only, as `build`. It spills beside the staging folder."""
    if not build_file.is_file():
        raise BuildUnavailable("there is no build file", build_file, "Run `entrepot build`.")
    config = {"temp_directory": str(staging.with_name(SPILL)), "memory_limit": memory_limit}
    with duckdb.connect(config=dict(config)) as connection:
        # Hashes are made of text, and timestamps with a zone become text in the session's time zone.
        connection.execute("set global timezone = 'UTC'")
        try:
            connection.execute(f"attach {literal(build_file)} as build (read_only)")
        except duckdb.Error as error:
            remedy = "Close what has it open for writing (a run, a shell) and publish again."
            raise BuildUnavailable(
                f"the build file cannot be read ({first_line(error)})", build_file, remedy
            ) from error
        yield connection


def _concurrently(connection: DuckDBPyConnection, *steps: Callable[[DuckDBPyConnection], None]) -> None:
    """Run independent steps, each in a thread with its own cursor. Raises the first exception, in order of the steps.

    Cursors are closed explicitly: an exception's traceback keeps them alive, and the next run could not open the file.
    """

    def run(step: Callable[[DuckDBPyConnection], None]) -> None:
        with connection.cursor() as own:
            step(own)

    with ThreadPoolExecutor(len(steps)) as pool:
        for outcome in [pool.submit(run, step) for step in steps]:
            outcome.result()


def _write(connection: DuckDBPyConnection, relations: Sequence[Relation], staging: Path) -> None:
    try:
        _concurrently(
            connection,
            lambda own: _write_database(own, relations, staging),
            lambda own: _write_parquet(own, relations, staging),
        )
    except duckdb.Error as error:
        remedy = "Fix the cause (a full disk?) and publish again; the last release stays current."
        raise WriteFailed(f"the release cannot be written ({first_line(error)})", staging, remedy) from error


def _write_database(connection: DuckDBPyConnection, relations: Sequence[Relation], staging: Path) -> None:
    """Write the tables with their constraints, comments and rows, then the views."""
    target = literal(staging / DATABASE)
    # Definitions say `schema.table` without a catalog, so that clients may attach the file under any name. For them to
    # bind here, the new file must be the default catalog.
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
    """Write views, each after the views that it reads.

    DuckDB's catalog does not list a view's dependencies, so a view that does not bind yet is retried after the others.
    """
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
    """Read the finished file back and compare it with the build file: definitions, comments, row counts, hashes.

    Raises AuditFailed.
    """
    connection.execute(f"attach {literal(staging / DATABASE)} as written (read_only)")
    written = read_content(connection, "written")
    connection.execute("detach written")
    differing = sorted({relation.label for relation in set(map(comparable, built)) ^ set(map(comparable, written))})
    if differing:
        what = f"the written file differs from the build file in {', '.join(differing)}"
        raise AuditFailed(what, staging, "The last release stays current. Publish again; if it recurs, report it.")
