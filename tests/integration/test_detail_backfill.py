"""A month's detail from the publishers' responses to the rows of the lake, against a replay server."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import SecretStr

from orchestration.archive import Archive, Sighting
from orchestration.defs import resources
from orchestration.ingestion import load, parsed
from orchestration.ingestion.fetch import FetchScope
from orchestration.settings import Settings
from orchestration.sources.comtrade_detail import MIRRORED
from orchestration.sources.idds import CHAPTERS
from orchestration.sources.registry import SOURCES
from orchestration.warehouse import build_file
from testing.replay.server import Replay, replay
from testing.replay.synthetic_gold import synthetic_comtrade_record

KEY = "synthetic-key"
AUGUST = FetchScope(date(2026, 8, 1), date(2026, 8, 31))
VALUE = {"freq": "M", "period": "202608", "ttype": 1, "ttypeDescEN": "Imports", "cc": "CN", "ccDescEN": "CHINA"}


def value(code: str) -> dict[str, Any]:
    """Return a synthetic value of imports from the mainland."""
    what = {"codeclass": f"HKHS{len(code)}", "code": code, "codeDescEN": "SYNTHETIC"}
    return {**VALUE, **what, "sv": "VCm", "svDescEN": "Value", "unitEN": "HK$ '000", "figure": "12"}


@pytest.fixture
def server() -> Iterator[Replay]:
    with replay() as running:
        comtrade, idds = running.world.comtrade, running.world.idds
        comtrade.keys.add(KEY)
        partners = ((0, 300.0), (156, 200.0), (490, 100.0))
        comtrade.records += [
            synthetic_comtrade_record("202608", flow, partner, code, usd, 1.5)
            for flow in ("M", "X")
            for code in ("854231", "8542", "85")
            for partner, usd in partners
        ]
        reported = synthetic_comtrade_record("202608", "X", 344, "TOTAL", 90.0, 1.0)
        comtrade.records.append({**reported, "reporterCode": 156})
        idds.rows += [value(code) for code in ("85", "8542")]
        yield running


@pytest.fixture
def warehouse(server: Replay, tmp_path: Path) -> resources.Warehouse:
    addresses = {f"{name}_url": f"{server.url}/{name}" for name in SOURCES}
    settings = Settings(home=tmp_path / "home", sources="live", http_pause_seconds=0.001, **addresses)  # type: ignore[arg-type]
    return resources.Warehouse(settings)


def with_key(warehouse: resources.Warehouse) -> resources.Warehouse:
    return resources.Warehouse(warehouse.settings.model_copy(update={"comtrade_key": SecretStr(KEY)}))


def backfilled(warehouse: resources.Warehouse) -> dict[str, load.TableLoad]:
    """Fetch August 2026 and load it; return the raw tables."""
    with build_file.hold(warehouse.settings, "a backfill"):
        loaded = load.fetch_and_load(warehouse.settings, warehouse.archive, ["idds", "comtrade"], AUGUST)
    assert [problem for result in loaded.fetched.values() for problem in result.problem_summary()] == []
    return loaded.tables


def lake_rows(warehouse: resources.Warehouse) -> dict[tuple[str, str], pd.DataFrame]:
    """Return the rows of the lake by source and dataset, from all archived payloads."""
    rows: dict[tuple[str, str], list[pd.DataFrame]] = {}
    for sighting in seen(warehouse):
        source = SOURCES[sighting.source]
        if lake := source.lake.get(sighting.dataset):
            frame = parsed.frame(warehouse.settings, source, warehouse.archive, {}, sighting)
            rows.setdefault((sighting.source, sighting.dataset), []).append(lake.rows(frame))
    return {dataset: pd.concat(frames, ignore_index=True) for dataset, frames in rows.items()}


def seen(warehouse: resources.Warehouse) -> list[Sighting]:
    return list(Archive(warehouse.settings.archive_dir).sightings())


def test_backfill_without_a_key_has_chapters_headings_and_partners_reports(
    warehouse: resources.Warehouse,
) -> None:
    backfilled(warehouse)
    rows = lake_rows(warehouse)
    assert set(rows) == {
        ("idds", "detail"),
        ("idds", "detail_headings"),
        ("comtrade", "detail"),
        ("comtrade", "mirror"),
    }
    for level, code in (("detail", "85"), ("detail_headings", "8542")):
        columns = ["month", "flow", "hs_code", "partner_code", "value", "currency"]
        assert rows["idds", level][columns].to_numpy().tolist() == [
            [date(2026, 8, 1), "imports", code, "156", 12_000.0, "HKD"]
        ]
    preview = rows["comtrade", "detail"]
    assert Counter(zip(preview["flow"], preview["hs_code"], preview["partner_code"], strict=True)) == {
        (flow, "8542", partner): 1 for flow in ("imports", "total_exports") for partner in ("156", "490")
    }
    [report] = rows["comtrade", "mirror"].to_dict("records")
    assert (report["reporter_code"], report["flow"], report["valuation"]) == ("156", "total_exports", "fob")


def test_backfill_with_a_key_fetches_a_flow_in_one_request_and_the_key_is_stored_nowhere(
    warehouse: resources.Warehouse, server: Replay
) -> None:
    warehouse = with_key(warehouse)
    backfilled(warehouse)
    rows = lake_rows(warehouse)
    assert ("comtrade", "detail") not in rows
    whole = rows["comtrade", "detail_hs6"]
    assert set(whole["hs_code"]) == {"854231"}
    assert whole.groupby("flow")["value"].sum().to_dict() == {"imports": 300.0, "total_exports": 300.0}
    asked = [request for request in server.requests_to("comtrade") if request.path == "/data/v1/get/C/M/HS"]
    assert [request.query["flowCode"] for request in asked] == [["M"], ["X"]]
    kept = [path for path in warehouse.settings.home.rglob("*") if path.is_file()]
    assert not [path for path in kept if KEY.encode() in path.read_bytes()]


def test_detail_is_logged_but_in_no_raw_table_and_a_repeat_adds_nothing(
    warehouse: resources.Warehouse,
) -> None:
    first, again = backfilled(warehouse), backfilled(warehouse)
    with warehouse.connect(read_only=True) as connection:
        datasets = connection.execute("select distinct dataset from raw.idds__trade order by 1").fetchall()
        codes = connection.execute("select distinct cmd_code from raw.comtrade__trade").fetchall()
        current = connection.execute(
            "select source, dataset, count(*) from raw.archive__payloads where dataset not in ('gold', 'availability')"
            " group by all order by all"
        ).fetchall()
    assert (datasets, codes) == ([("gold",)], [("7108",)])
    assert current == [
        ("comtrade", "detail", 1),
        ("comtrade", "mirror", 1),
        ("idds", "detail", 1),
        ("idds", "detail_headings", 1),
    ]
    assert {name: filled.version for name, filled in first.items()} == {
        name: filled.version for name, filled in again.items()
    }


def test_every_chapter_and_main_partner_is_requested_once(warehouse: resources.Warehouse, server: Replay) -> None:
    backfilled(warehouse)
    asked = [request.query for request in server.requests_to("idds") if request.path != "/api/get"]
    chapters = [code for query in asked if query["codeclass"] == ["HKHS2"] for code in query["code"][0].split(",")]
    assert Counter(chapters) == dict.fromkeys(CHAPTERS, 2)  # imports, total exports
    mirrors = [
        r.query["reporterCode"][0] for r in server.requests_to("comtrade") if r.query.get("partnerCode") == ["344"]
    ]
    assert mirrors == list(MIRRORED)
