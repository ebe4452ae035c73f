"""The raw layer: payloads into the archive, then into raw tables."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pandas as pd

from orchestration.archive import Archive, Sighting
from orchestration.defs.resources import Warehouse
from orchestration.ingestion import load
from orchestration.sources import record
from orchestration.warehouse import raw_tables, vintages

OWNER = "team:data"


def _spec(table: str, description: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        dg.AssetKey(["raw", table]),
        description=description,
        group_name="raw",
        kinds={"python", "duckdb"},
        owners=[OWNER],
        tags={"layer": "raw", "source": record.SOURCE},
        skippable=True,
    )


def _describe(dataset: record.Dataset) -> str:
    dimensions = ", ".join(name for name, _ in dataset.dimensions) or "none"
    return (
        f"Figures of the embedded record, as printed, one row a figure: `orchestration/figures/{dataset.name}.csv`."
        f"\n\nMeasures: {', '.join(dataset.measures)}. Units: {', '.join(dataset.units)}. Dimensions: {dimensions}."
        "\n\nAppend-only: a changed file is a new payload, and the rows of earlier payloads stay."
    )


ARCHIVE = {
    "archive__payloads": "Every payload that raw rows were read from: hash, address, first and last time it was seen.",
    "archive__vintages": "What each part of each dataset said, from when until when: a row each time it changed.",
}
ARCHIVE_SPECS = [_spec(name, description) for name, description in ARCHIVE.items()]
TABLES = {dataset.name: _spec(f"record__{dataset.name}", _describe(dataset)) for dataset in record.DATASETS.values()}


@dg.multi_asset(specs=[*TABLES.values(), *ARCHIVE_SPECS], name="embedded_record", pool="duckdb")
def embedded_record(warehouse: dg.ResourceParam[Warehouse]) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
    """Archive the embedded record's files, then load those that the raw tables do not hold yet."""
    archive = warehouse.archive
    sightings = _latest(archive) if warehouse.settings.as_of else _archived(archive, warehouse.settings.figures_dir)

    def parse(sighting: Sighting) -> pd.DataFrame:
        payload = archive.read(sighting.source, sighting.dataset, sighting.sha256)
        return record.parse(record.DATASETS[sighting.dataset], payload)

    try:
        with warehouse.connect() as connection:
            earlier = [sighting for sighting in archive.sightings() if sighting.source == record.SOURCE]
            results = raw_tables.load(connection, sightings, parse)
            raw_tables.restore(connection, earlier, parse, record.RecordError)
            vintages.write(connection, archive)
            version = load.version(connection.execute(load.CURRENT).fetchall())
    except record.RecordError as error:
        raise dg.Failure(
            f"the embedded record was refused; nothing was loaded:\n{error}", allow_retries=False
        ) from error
    for sighting, loaded in zip(sightings, results, strict=True):
        yield dg.MaterializeResult(
            TABLES[sighting.dataset].key,
            metadata={
                "dagster/row_count": loaded.rows,
                "rows_added": loaded.rows_added,
                "payload_sha256": sighting.sha256,
                "bytes": sighting.bytes,
            },
            data_version=dg.DataVersion(sighting.sha256),
        )
    for spec in ARCHIVE_SPECS:
        yield dg.MaterializeResult(
            spec.key, metadata={"sightings_this_run": len(sightings)}, data_version=dg.DataVersion(version)
        )


def _archived(archive: Archive, figures_dir: Path) -> list[Sighting]:
    return [
        archive.store(payload, source=record.SOURCE, dataset=dataset.name, url=url, licence=record.LICENCE)
        for dataset, url, payload in record.payloads(figures_dir)
    ]


def _latest(archive: Archive) -> list[Sighting]:
    """Return what the record was when the archive's moment came, dataset by dataset."""
    seen = {sighting.dataset: sighting for sighting in archive.sightings() if sighting.source == record.SOURCE}
    return [seen[name] for name in record.DATASETS if name in seen]
