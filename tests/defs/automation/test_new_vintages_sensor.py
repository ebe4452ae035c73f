"""The sensor on new vintages: what it reports from the ledger, and how it completes a killed run."""

import json
from typing import Any

import dagster as dg
import pytest

from orchestration.archive import Archive, Sighting
from orchestration.defs.automation import new_vintages_sensor
from orchestration.settings import Settings
from orchestration.warehouse import build_file

LIQUIDITY = dg.AssetKey(["raw", "hkma__interbank_liquidity"])


def liquidity(balance: int, **header: object) -> bytes:
    """Return a page of one synthetic day, in the form that the HKMA sends."""
    day = {"end_of_date": "2026-02-16", "cu_weakside": 7.85, "cu_strongside": 7.75}
    record = {**day, "hibor_overnight": 2.93, "hibor_fixing_1m": 2.45792, "closing_balance": balance}
    good = {"success": True, "err_code": "0000", "err_msg": "No error found", **header}
    return json.dumps({"header": good, "result": {"datasize": 1, "records": [record]}}).encode()


def store(settings: Settings, payload: bytes, **more: Any) -> Sighting:
    about = {"source": "hkma", "dataset": "interbank_liquidity", "part": "offset=0", "licence": "", "url": "https://x"}
    return Archive(settings.archive_dir).store(payload, **{**about, **more})


def look(instance: dg.DagsterInstance, settings: Settings, cursor: str | None) -> dg.SensorResult:
    with dg.build_sensor_context(instance, cursor=cursor) as context:
        return new_vintages_sensor.evaluate(context, settings)


def observed(result: dg.SensorResult) -> list[tuple[object, object]]:
    """Return the hash of each new payload, and of the one before it."""
    events = [event for event in result.asset_events if isinstance(event, dg.AssetObservation)]
    assert {event.asset_key for event in events} <= {LIQUIDITY}
    return [
        (event.metadata["payload_sha256"].value, event.metadata["previous_payload_sha256"].value) for event in events
    ]


def load(instance: dg.DagsterInstance) -> None:
    """Report to Dagster that the raw tables were loaded now."""
    instance.report_runless_asset_event(dg.AssetMaterialization(["raw", "hkma__exchange_rates"]))


def test_first_evaluation_begins_at_the_end_of_the_ledger(instance: dg.DagsterInstance, settings: Settings) -> None:
    store(settings, liquidity(58646))
    result = look(instance, settings, cursor=None)
    assert (observed(result), result.cursor) == ([], "1")


def test_payload_with_new_content_is_reported_once(instance: dg.DagsterInstance, settings: Settings) -> None:
    first = store(settings, liquidity(58646))
    second = store(settings, liquidity(58700))
    result = look(instance, settings, cursor="0")
    assert observed(result) == [(first.sha256, ""), (second.sha256, first.sha256)]
    assert observed(look(instance, settings, result.cursor)) == []
    third = store(settings, liquidity(58646))
    assert observed(look(instance, settings, result.cursor)) == [(third.sha256, second.sha256)]


def test_same_content_is_not_new(instance: dg.DagsterInstance, settings: Settings) -> None:
    store(settings, liquidity(58646))
    store(settings, liquidity(58646))
    store(settings, liquidity(58646, elapsed="0.64 secs"))
    assert observed(look(instance, settings, cursor="1")) == []


def test_refused_payload_is_not_new(instance: dg.DagsterInstance, settings: Settings) -> None:
    store(settings, liquidity(58646))
    store(settings, b"<html>maintenance</html>")
    store(settings, liquidity(58700), problem="HTTP 503")
    store(settings, liquidity(58646))
    assert observed(look(instance, settings, cursor="1")) == []


def test_embedded_record_is_not_reported(instance: dg.DagsterInstance, settings: Settings) -> None:
    store(settings, b"a,b\n", source="record", dataset="services")
    assert look(instance, settings, cursor="0").cursor == "0"


def test_many_payloads_are_reported_in_several_evaluations(
    instance: dg.DagsterInstance, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new_vintages_sensor, "MOST_SIGHTINGS", 2)
    hashes = [store(settings, liquidity(58646 + number)).sha256 for number in range(3)]
    first = look(instance, settings, cursor="0")
    second = look(instance, settings, cursor=first.cursor)
    assert [sha256 for sha256, _ in observed(first) + observed(second)] == hashes


def test_payloads_archived_by_a_killed_run_are_loaded_by_one_request(
    instance: dg.DagsterInstance, settings: Settings
) -> None:
    load(instance)
    assert look(instance, settings, cursor="0").run_requests == []
    store(settings, liquidity(58646))
    [request] = look(instance, settings, cursor="0").run_requests or []
    assert request.job_name == "refresh_hkma"
    store(settings, liquidity(58700))  # the load failed, and what it archived is not loaded either
    [again] = look(instance, settings, cursor="0").run_requests or []
    assert again.run_key == request.run_key
    load(instance)
    assert look(instance, settings, cursor="0").run_requests == []


def test_no_request_while_a_run_is_running(instance: dg.DagsterInstance, settings: Settings) -> None:
    store(settings, liquidity(58646))
    with build_file.hold(settings, "a run"):
        assert look(instance, settings, cursor="0").run_requests == []
    assert [request.job_name for request in look(instance, settings, cursor="0").run_requests or []] == ["refresh_hkma"]


def test_no_request_for_a_disabled_publisher(instance: dg.DagsterInstance, settings: Settings) -> None:
    store(settings, liquidity(58646))
    off = settings.model_copy(update={"sources": "csd"})
    assert look(instance, off, cursor="0").run_requests == []


def test_sensor_never_opens_the_build_file(
    instance: dg.DagsterInstance, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(settings, liquidity(58646))
    settings.build_file.parent.mkdir(parents=True)
    settings.build_file.write_bytes(b"no database, and not to be touched")
    assert len(observed(look(instance, settings, cursor="0"))) == 1
    assert settings.build_file.read_bytes() == b"no database, and not to be touched"


def test_sensor_runs_when_a_publisher_is_enabled(settings: Settings) -> None:
    assert new_vintages_sensor.sensor(settings).default_status == dg.DefaultSensorStatus.RUNNING
    off = settings.model_copy(update={"sources": "record"})
    assert new_vintages_sensor.sensor(off).default_status == dg.DefaultSensorStatus.STOPPED
