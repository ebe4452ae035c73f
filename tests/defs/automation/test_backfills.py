"""Backfills by month, as the UI launches them, against a real HTTP server on loopback."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import dagster as dg
import duckdb
import pytest

from orchestration.defs import lake_events, resources
from orchestration.defs.automation import backfills
from orchestration.settings import Settings

TRADE = dg.AssetKey(["raw", "idds__trade"])
NO_DATA = {"elapsedTime": "0.09 secs", "count": 0, "data": [], "error": ""}


def idds(parameters: dict[str, str]) -> dict[str, object]:
    """Answer for gold imports of the world with a synthetic row, for everything else with no rows."""
    if parameters["ttype"] != "1" or "710812" not in parameters["code"] or "cc" in parameters:
        return {"header": {"status": {"name": "Fail", "code": 1, "message": ["No record found"]}}}
    period = parameters["period"].partition(",")[0]
    row = {"freq": "M", "period": period, "ttype": 1, "ttypeDescEN": "Imports", "codeclass": "HKHS6", "code": "710812"}
    figure = {"sv": "VCm", "svDescEN": "Value", "unitEN": "HK$ '000", "figure": "1020"}
    header = {"status": {"name": "Success", "code": 0, "message": []}, "count": {"noOfRecords": 1}}
    return {"header": header, "dataSet": [{**row, "codeDescEN": "synthetic", **figure}]}


class Publishers:
    """Trade IDDS and UN Comtrade at one address, and the requests that each received."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.comtrade_status = 200
        publishers = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                parameters = {name: values[0] for name, values in parse_qs(url.query).items()}
                publishers.asked.append((url.path, parameters))
                is_idds = url.path == "/api/get"
                self.send_response(200 if is_idds else publishers.comtrade_status)
                self.end_headers()
                self.wfile.write(json.dumps(idds(parameters) if is_idds else NO_DATA).encode())

            def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def serving() -> Iterator[Publishers]:
    publishers = Publishers()
    thread = Thread(target=publishers.server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield publishers
    finally:
        publishers.server.shutdown()
        publishers.server.server_close()
        thread.join()


@pytest.fixture
def publishers() -> Iterator[Publishers]:
    with serving() as publishers:
        yield publishers


@pytest.fixture
def warehouse(settings: Settings, publishers: Publishers) -> Settings:
    """Settings with the addresses of both publishers."""
    return settings.model_copy(update={"idds_url": publishers.address, "comtrade_url": publishers.address})


def backfill(instance: dg.DagsterInstance, settings: Settings, month: str, **config: bool) -> dg.ExecuteInProcessResult:
    defs = dg.Definitions(
        jobs=[backfills.backfill_months],
        resources={"warehouse": resources.warehouse_resource(settings)},
        executor=dg.in_process_executor,
    )
    run_config = {"ops": {"ask_for_month": {"config": config}}}
    return defs.resolve_job_def("backfill_months").execute_in_process(
        run_config=run_config, partition_key=month, instance=instance, raise_on_error=False
    )


def materialized(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetMaterialization]:
    events = result.asset_materializations_for_node("ask_for_month")
    return {event.asset_key.to_user_string(): event for event in events}


def failure(result: dg.ExecuteInProcessResult) -> str:
    assert not result.success
    [step] = [event.step_failure_data for event in result.all_events if event.is_step_failure]
    assert step.user_failure_data
    return step.user_failure_data.description or ""


def test_month_of_trade_idds_is_fetched_loaded_and_reported(
    instance: dg.DagsterInstance, settings: Settings, publishers: Publishers, warehouse: Settings
) -> None:
    result = backfill(instance, warehouse, "2024-01-01", comtrade=False)
    assert result.success
    assert {(path, parameters["period"]) for path, parameters in publishers.asked} == {("/api/get", "202401,202401")}
    assert {parameters["codeclass"] for _, parameters in publishers.asked} == {"HKHS6", "HKHS2", "HKHS4"}
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        rows = connection.execute("select period, code, sv, figure from raw.idds__trade").fetchall()
    assert rows == [("202401", "710812", "VCm", "1020")]
    event = materialized(result)["raw/idds__trade"]
    assert (event.metadata["dagster/row_count"].value, event.metadata["rows_added"].value) == (1, 1)
    assert set(materialized(result)) == {"publishers/idds", "raw/idds__trade", "raw/lake__partitions"}


def test_data_version_changes_with_another_month_only(
    instance: dg.DagsterInstance, publishers: Publishers, warehouse: Settings
) -> None:
    def version(month: str) -> str:
        assert backfill(instance, warehouse, month, comtrade=False).success
        event = instance.get_latest_materialization_event(TRADE)
        assert event
        assert event.asset_materialization
        return (event.asset_materialization.tags or {})["dagster/data_version"]

    january = version("2024-01-01")
    assert version("2024-01-01") == january
    assert version("2024-02-01") != january


def test_both_publishers_are_fetched_unless_one_is_excluded(
    instance: dg.DagsterInstance, publishers: Publishers, warehouse: Settings
) -> None:
    assert backfill(instance, warehouse, "2024-01-01").success
    assert {path for path, _ in publishers.asked} == {"/api/get", "/public/v1/getDA/C/M/HS"}
    publishers.asked.clear()
    assert backfill(instance, warehouse, "2024-03-01", idds=False).success
    assert {(path, parameters["period"]) for path, parameters in publishers.asked} == {
        ("/public/v1/getDA/C/M/HS", "202403")
    }


def test_failing_publisher_fails_the_month_and_keeps_the_others_data(
    instance: dg.DagsterInstance, settings: Settings, publishers: Publishers, warehouse: Settings
) -> None:
    publishers.comtrade_status = 500
    result = backfill(instance, warehouse, "2024-01-01")
    assert failure(result).startswith("comtrade: availability: HTTP 500")
    assert "raw/idds__trade" in materialized(result)
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        assert connection.execute("select count(*) from raw.idds__trade").fetchone() == (1,)


def test_disabled_publisher_is_not_fetched(instance: dg.DagsterInstance, settings: Settings) -> None:
    off = settings.model_copy(update={"sources": "idds"})
    assert (
        failure(backfill(instance, off, "2024-01-01"))
        == "ENTREPOT_SOURCES does not enable comtrade: nothing was fetched"
    )


def idds_of_chapters(parameters: dict[str, str]) -> dict[str, object]:
    """Answer for imports by chapter with a synthetic row from the mainland, for everything else with no rows."""
    if parameters["ttype"] != "1" or "85" not in parameters["code"].split(","):
        return {"header": {"status": {"name": "Fail", "code": 1, "message": ["No record found"]}}}
    period = parameters["period"].partition(",")[0]
    row = {"freq": "M", "period": period, "ttype": 1, "ttypeDescEN": "Imports", "cc": "CN", "ccDescEN": "CHINA"}
    good = {"codeclass": "HKHS2", "code": "85", "codeDescEN": "synthetic", "sv": "VCm", "svDescEN": "Value"}
    header = {"status": {"name": "Success", "code": 0, "message": []}, "count": {"noOfRecords": 1}}
    return {"header": header, "dataSet": [{**row, **good, "unitEN": "HK$ '000", "figure": "1020"}]}


def partitions(instance: dg.DagsterInstance) -> set[str]:
    return instance.get_materialized_partitions(dg.AssetKey(["lake", "trade_detail"]))


def test_month_of_detail_is_one_event_in_its_partition(
    instance: dg.DagsterInstance, publishers: Publishers, warehouse: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "idds", idds_of_chapters)
    event = materialized(backfill(instance, warehouse, "2024-01-01", comtrade=False))["lake/trade_detail"]
    assert (event.partition, event.metadata["dagster/partition_row_count"].value) == ("2024-01-01", 1)
    assert (event.metadata["provider"].value, event.metadata["dataset"].value) == ("idds", "detail")
    assert partitions(instance) == {"2024-01-01"}
    again = backfill(instance, warehouse, "2024-01-01", comtrade=False)
    assert "lake/trade_detail" not in materialized(again)
    assert backfill(instance, warehouse, "2024-02-01", comtrade=False).success
    assert partitions(instance) == {"2024-01-01", "2024-02-01"}


def test_subheadings_are_fetched_on_request_and_must_be_known(
    instance: dg.DagsterInstance, settings: Settings, publishers: Publishers, warehouse: Settings
) -> None:
    assert failure(backfill(instance, warehouse, "2024-01-01", comtrade=False, subheadings=True)).startswith(
        "no subheadings are known: import the correlation tables with `entrepot import unsd`"
    )
    assert publishers.asked == []


def test_backfill_months_begin_with_trade_idds() -> None:
    assert lake_events.MONTHS.get_partition_keys()[:2] == ["2012-01-01", "2012-02-01"]
    assert lake_events.MONTHS.timezone == "Asia/Hong_Kong"
