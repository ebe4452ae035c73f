"""UN Comtrade: what it asks and when, what it makes of the literal bodies, and what it refuses.

Rows of July 2026 with partner 0 are the publisher's; every other figure here is synthetic.
"""

import contextlib
import csv
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from orchestration.settings import FIGURES_DIR
from orchestration.sources import comtrade
from orchestration.sources.comtrade_bodies import TRADE, read
from orchestration.sources.comtrade_detail import MIRRORED, detail_rows, mirror_rows
from orchestration.sources.comtrade_rules import AI_ENABLING, trade_rows
from orchestration.sources.connector import Context, MustSplit, ParseResult, Refused, Request
from orchestration.sources.lake_tables import TABLES, TRADE_DETAIL, TRADE_MIRROR, LakeTable
from orchestration.sources.vocabulary import vocabulary

Row = dict[str, Any]
Spoil = Callable[[Row], object]
EMPTY = b'{"elapsedTime":"0.09 secs","count":0,"data":[],"error":""}'
TODAY = date(2026, 11, 23)
OUT = pd.DataFrame({"period": ["synthetic: it is out"]})

IMPORTS: Row = json.loads(
    """{"typeCode":"C","freqCode":"M","refPeriodId":20260701,"refYear":2026,"refMonth":7,"period":"202607",
    "reporterCode":344,"reporterISO":null,"reporterDesc":null,"flowCode":"M","flowDesc":null,"partnerCode":0,
    "partnerISO":null,"partnerDesc":null,"partner2Code":0,"partner2ISO":null,"partner2Desc":null,
    "classificationCode":"H6","classificationSearchCode":"HS","isOriginalClassification":true,"cmdCode":"7108",
    "cmdDesc":null,"aggrLevel":null,"isLeaf":null,"customsCode":"C00","customsDesc":null,"mosCode":"0","motCode":0,
    "motDesc":null,"qtyUnitCode":8,"qtyUnitAbbr":null,"qty":118193.0,"isQtyEstimated":false,"altQtyUnitCode":8,
    "altQtyUnitAbbr":null,"altQty":118193.0,"isAltQtyEstimated":false,"netWgt":118193.0,"isNetWgtEstimated":false,
    "grossWgt":0.0,"isGrossWgtEstimated":false,"cifvalue":15966643706.223,"fobvalue":null,
    "primaryValue":15966643706.223,"legacyEstimationFlag":0,"isReported":false,"isAggregate":true}"""
)
AVAILABLE: Row = json.loads(
    """{"datasetCode":30344202607202100,"typeCode":"C","freqCode":"M","period":202607,"reporterCode":344,
    "reporterISO":"HKG","reporterDesc":"China, Hong Kong SAR","classificationCode":"H6",
    "classificationSearchCode":"HS","isOriginalClassification":true,"isExtendedFlowCode":false,
    "isExtendedPartnerCode":true,"isExtendedPartner2Code":false,"isExtendedCmdCode":true,
    "isExtendedCustomsCode":false,"isExtendedMotCode":false,"totalRecords":145677,"datasetChecksum":-205359754,
    "firstReleased":"2026-09-10T19:37:29.8666667","lastReleased":"2026-09-10T19:37:29.8666667"}"""
)


def body(*rows: Row, **envelope: Any) -> bytes:
    return json.dumps(
        {"elapsedTime": "0.64 secs", "count": len(rows), "data": list(rows), "error": "", **envelope}
    ).encode()


def synthetic(partner: int, usd: float, kg: float | None = None, **changes: Any) -> Row:
    """Return a partner's row of July 2026; without a weight, it has none."""
    return {**IMPORTS, "partnerCode": partner, "primaryValue": usd, "netWgt": kg, "qty": kg, **changes}


def reported(reporter: int, usd: float, **changes: Any) -> Row:
    """Return what a partner reports of its imports from Hong Kong in July 2026."""
    row = {**IMPORTS, "reporterCode": reporter, "partnerCode": 344, "cmdCode": "TOTAL", "qtyUnitCode": -1, "qty": None}
    return {**row, "netWgt": None, "primaryValue": usd, "cifvalue": usd, "fobvalue": None, **changes}


def refusal(dataset: str, payload: bytes) -> str:
    with pytest.raises(Refused) as caught:
        comtrade.parse(dataset, payload, TODAY)
    return str(caught.value)


# What the publisher's own bodies say


def test_gold_of_july_2026_keeps_every_digit(raw_reference: Path) -> None:
    payload = (raw_reference / "comtrade_samples" / "hk_7108_202607_world.json").read_bytes()
    frame = comtrade.parse("gold", payload, TODAY)
    assert frame["flow_code"].tolist() == ["M", "X"]
    assert frame["net_weight_kg"].tolist() == ["118193.0", "117720.0"]
    assert frame["primary_value_usd"].tolist() == ["15966643706.223", "15827451627.742"]
    assert round(Decimal(frame["primary_value_usd"][0])) == 15_966_643_706
    others = frame.loc[0].drop(["flow_code", "net_weight_kg", "primary_value_usd"])
    assert others.to_dict() == {
        "period": "202607",
        "partner_code": "0",
        "classification_code": "H6",
        "cmd_code": "7108",
        "customs_code": "C00",
        "mot_code": "0",
        "partner2_code": "0",
        "qty_unit_code": "8",
        "qty": "118193.0",
        "is_net_weight_estimated": "false",
        "is_qty_estimated": "false",
        "is_reported": "false",
        "is_aggregate": "true",
        "line_number": 1,
    }


def test_availability_of_july_2026_keeps_its_long_dataset_code(raw_reference: Path) -> None:
    frame = comtrade.parse(
        "availability", (raw_reference / "comtrade_samples" / "hk_getDA_202607.json").read_bytes(), TODAY
    )
    assert frame.to_dict("records") == [
        {
            "period": "202607",
            "dataset_code": "30344202607202100",
            "total_records": "145677",
            "dataset_checksum": "-205359754",
            "first_released": "2026-09-10T19:37:29.8666667",
            "last_released": "2026-09-10T19:37:29.8666667",
            "line_number": 1,
        }
    ]


def test_dataset_code_above_2_to_53_stays_exact() -> None:
    frame = comtrade.parse("availability", body({**AVAILABLE, "datasetCode": 30344202607202101}), TODAY)
    assert frame["dataset_code"].tolist() == ["30344202607202101"]  # as a float it would end in 100


@pytest.mark.parametrize("printed", ["15966643706.223", "15966643706.2230", "15966643706", "15966643706.223000000"])
def test_figures_stay_as_printed(printed: str) -> None:
    payload = body({**IMPORTS, "primaryValue": 0}).replace(b'"primaryValue": 0', f'"primaryValue": {printed}'.encode())
    assert comtrade.parse("gold", payload, TODAY)["primary_value_usd"].tolist() == [printed]


def test_missing_weight_is_blank_and_its_value_is_kept() -> None:
    frame = comtrade.parse("detail", body(synthetic(699, 12.5, None, cmdCode="8542", qtyUnitCode=-1)), TODAY)
    columns = ["qty", "net_weight_kg", "primary_value_usd", "qty_unit_code", "partner_code"]
    assert frame[columns].to_numpy().tolist() == [["", "", "12.5", "-1", "699"]]


def test_estimation_flags_are_kept() -> None:
    frame = comtrade.parse("gold", body({**IMPORTS, "isNetWgtEstimated": True, "isQtyEstimated": True}), TODAY)
    assert frame[["is_net_weight_estimated", "is_qty_estimated"]].to_numpy().tolist() == [["true", "true"]]


@pytest.mark.parametrize("dataset", ["availability", "gold"])
def test_unavailable_month_is_an_empty_frame_with_the_tables_columns(dataset: str) -> None:
    frame = comtrade.parse(dataset, EMPTY, TODAY)
    (table,) = [table for table in comtrade.SOURCE.tables if table.name == comtrade.SOURCE.table(dataset)]
    assert list(frame.columns) == list(table.columns)
    assert frame.empty


def test_rows_are_numbered_as_in_the_body() -> None:
    frame = comtrade.parse("gold", body(synthetic(757, 10.0), synthetic(36, 20.0)), TODAY)
    assert frame[["partner_code", "line_number"]].to_numpy().tolist() == [["757", 1], ["36", 2]]


# The silent cut


def many(rows: int) -> list[Row]:
    return [synthetic(partner % 250 + 1, 1.0, cmdCode="8542" if partner < 250 else "8541") for partner in range(rows)]


def test_answer_at_the_preview_limit_must_be_split() -> None:
    with pytest.raises(MustSplit, match="count 500: the preview truncates at 500 rows without saying so"):
        comtrade.parse("detail", body(*many(500)), TODAY)
    assert len(comtrade.parse("detail", body(*many(499)), TODAY)) == 499


def test_count_above_the_preview_limit_must_be_split() -> None:
    with pytest.raises(MustSplit, match="count 812"):
        comtrade.parse("detail", body(*many(499), count=812), TODAY)


def test_whole_month_is_parsed_by_the_same_rules_without_the_limit() -> None:
    reply = read(TRADE, body(*many(500)))
    assert len(trade_rows(reply, "gold", TODAY)) == 500


# What is refused


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda row: row.pop("netWgt"), "the format changed: data.0.netWgt: Field required"),
        (lambda row: row.update(netWeight=row.pop("netWgt")), "the format changed: data.0.netWgt: Field required"),
        (lambda row: row.update(tariff=1), "the format changed: data.0.tariff: Extra inputs are not permitted"),
        (lambda row: row.update(netWgt="118193"), "data.0.netWgt.int: Input should be a valid integer, found '118193'"),
        (lambda row: row.update(primaryValue="15,966"), "data.0.primaryValue.int: Input should be a valid integer"),
        (lambda row: row.update(primaryValue=None), "data.0.primaryValue.int: Input should be a valid integer"),
        (lambda row: row.update(primaryValue=True), "found True"),
        (lambda row: row.update(primaryValue=float("nan")), "found nan"),
        (lambda row: row.update(netWgt=float("inf")), "found inf"),
        (lambda row: row.update(primaryValue=-1.5), "row 1: primary_value_usd '-1.5' is negative"),
        (lambda row: row.update(qty=-3), "row 1: qty '-3' is negative"),
        (lambda row: row.update(qty=10**15), "row 1: qty '1000000000000000' is above 1e+12"),
        (
            lambda row: row.update(isOriginalClassification=1),
            "data.0.isOriginalClassification: Input should be a valid",
        ),
        (lambda row: row.update(isOriginalClassification="true"), "found 'true'"),
        (lambda row: row.update(reporterCode=156), "data.0.reporterCode: Input should be 344, found 156"),
        (lambda row: row.update(typeCode="S"), "data.0.typeCode: Input should be 'C', found 'S'"),
        (lambda row: row.update(freqCode="A"), "data.0.freqCode: Input should be 'M', found 'A'"),
        (lambda row: row.update(flowCode="FM"), "data.0.flowCode: Input should be 'M', 'X', 'RX', 'RM' or 'DX', found"),
        (lambda row: row.update(flowCode="RX"), "row 1: flow_code 'RX' was not requested, only M and X"),
        (lambda row: row.update(cmdCode="7106"), "row 1: cmd_code '7106' was not requested by gold"),
        (lambda row: row.update(cmdCode=7108), "data.0.cmdCode: Input should be a valid string, found 7108"),
        (lambda row: row.update(partnerCode="0"), "data.0.partnerCode: Input should be a valid integer, found '0'"),
        (lambda row: row.update(classificationCode="S4"), "data.0.classificationCode: String should match pattern"),
        (lambda row: row.update(period=202607), "data.0.period: Input should be a valid string, found 202607"),
        (lambda row: row.update(period="202613"), "row 1: period '202613' is not a month"),
        (lambda row: row.update(period="2026"), "row 1: period '2026' is not a month"),
        (lambda row: row.update(period="202607\x00"), r"row 1: period '202607\x00' is not a month"),
        (lambda row: row.update(period="202612"), "row 1: period '202612' is in the future"),
        (
            lambda row: row.update(period="202606"),
            "row 1: refPeriodId, refYear, refMonth (20260701, 2026, 7) do not match",
        ),
        (
            lambda row: row.update(refMonth=52),
            "row 1: refPeriodId, refYear, refMonth (20260701, 2026, 52) do not",
        ),
        (lambda row: row.update(partner2Code=156), "row 1: partner2_code '156' is a breakdown of the total"),
        (lambda row: row.update(customsCode="C01"), "row 1: customs_code 'C01' is a breakdown of the total"),
        (
            lambda row: row.update(motCode=1000),
            "row 1: mot_code '1000' is a breakdown of the total, which would be counted twice",
        ),
        (
            lambda row: row.update(qtyUnitCode=118193, qty=8),
            "data.0.qtyUnitCode: Input should be less than or equal to",
        ),
        (
            lambda row: row.update(netWgt=118193000),
            "row 1: net_weight_kg '118193000' kg gives a gold price",
        ),
        (lambda row: row.update(primaryValue=15966643.7), "gold price outside 200 to 30,000 USD/oz"),
        (
            lambda row: row.update(netWgt=row["primaryValue"], primaryValue=row["netWgt"]),
            "row 1: net_weight_kg '15966643706.223' kg gives a gold price outside",
        ),
        (lambda row: row.update(netWgt=3_799_993), "row 1: net_weight_kg '3799993' kg"),  # ounces
    ],
)
def test_bad_row_is_refused_with_row_field_and_reason(spoil: Spoil, said: str) -> None:
    row = dict(IMPORTS)
    spoil(row)
    assert said in refusal("gold", body(row))


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda row: row.pop("lastReleased"), "the format changed: data.0.lastReleased: Field required"),
        (lambda row: row.update(isExtended=True), "the format changed: data.0.isExtended: Extra inputs"),
        (
            lambda row: row.update(datasetCode=3.03442026072021e16),
            "data.0.datasetCode: Input should be a valid integer",
        ),
        (lambda row: row.update(period="202607"), "data.0.period: Input should be a valid integer, found '202607'"),
        (lambda row: row.update(period=202700), "row 1: period '202700' is not a month"),
        (lambda row: row.update(period=202701), "row 1: period '202701' is in the future"),
        (lambda row: row.update(reporterCode=446), "data.0.reporterCode: Input should be 344"),
        (lambda row: row.update(totalRecords=-1), "data.0.totalRecords: Input should be greater than or equal to 1"),
        (
            lambda row: row.update(lastReleased="10/09/2026"),
            "last_released '10/09/2026' is not a time in the past",
        ),
        (
            lambda row: row.update(lastReleased="2026-02-30T00:00:00"),
            "last_released '2026-02-30T00:00:00' is not",
        ),
        (
            lambda row: row.update(lastReleased="2027-01-01T00:00:00"),
            "last_released '2027-01-01T00:00:00' is not",
        ),
        (lambda row: row.update(lastReleased="2026-09-09T00:00:00"), "last_released '2026-09-09T00:00:00' is before"),
    ],
)
def test_bad_availability_is_refused_with_row_field_and_reason(spoil: Spoil, said: str) -> None:
    row = dict(AVAILABLE)
    spoil(row)
    assert said in refusal("availability", body(row))


BAD_KEY = "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription."


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"", "the body is empty"),
        (b"<html><body>502 Bad Gateway</body></html>", "the body is HTML or XML, not JSON"),
        (b"All calls are rejected by policy.", "it begins with b'All calls are rejected by policy.'"),
        (b"Out of call volume quota. Synthetic ending.", "it begins with b'Out of call volume quota."),
        (
            b'{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 2 seconds." }',
            "the gateway refused the request: 429, 'Rate limit is exceeded. Try again in 2 seconds.'",
        ),
        (
            json.dumps({"statusCode": 401, "message": BAD_KEY}).encode(),
            f"the gateway refused the request: 401, {BAD_KEY!r}",
        ),
        (
            b'{"statusCode": 403, "message": "Out of call volume quota."}',
            "refused the request: 403, 'Out of call volume",
        ),
        (body(error="synthetic error"), "UN Comtrade reports an error: 'synthetic error'"),
        (body(error=None), "error: Input should be '', found None"),
        (body(IMPORTS, count=2), "count 2: but there are 1 rows"),
        (body(count=True), "count: Input should be a valid integer, found True"),
        (body(IMPORTS, next="page 2"), "the format changed: next: Extra inputs are not permitted"),
        (b'{"status": "ok", "rows": [[1, 2], [3, 4]]}', "the format changed: elapsedTime: Field required"),
        (b"[]", "the body: Input should be a valid dictionary"),
        (body(IMPORTS)[:-40], "the body is not JSON"),
        (body(IMPORTS).replace(b"C00", b"C\xff0"), "the body is not JSON ('utf-8' codec can't decode byte 0xff"),
        (b"\xef\xbb\xbf" + body(IMPORTS), "Unexpected UTF-8 BOM"),
        (body(IMPORTS).decode().encode("utf-16"), "the body is not JSON ('utf-8' codec can't decode byte 0xff"),
        (body(IMPORTS).replace(b"C00", b"C\x000"), "Invalid control character"),
        (b"[" * 100_000, "the body is not JSON (maximum recursion depth exceeded"),
        (b'{"count": ' + b"9" * 5_000 + b"}", "the body is not JSON (Exceeds the limit"),
        (
            body(IMPORTS, IMPORTS),
            "row 2: the same figure occurs twice (period '202607', flow_code 'M', partner_code '0'",
        ),
        (
            body(synthetic(36, 1.0), synthetic(757, 1.0, period="202606", refPeriodId=20260601, refMonth=6)),
            "period: the rows are of 2 months (202607, 202606); one was requested",
        ),
    ],
)
def test_unexpected_body_is_refused_with_the_reason(payload: bytes, said: str) -> None:
    assert said in refusal("gold", payload)


@pytest.mark.hostile
@pytest.mark.parametrize("text", ["1e999", "1E+15"])
def test_implausibly_large_figure_is_refused(text: str) -> None:
    payload = body({**IMPORTS, "qty": 0}).replace(b'"qty": 0', f'"qty": {text}'.encode())
    assert f"row 1: qty '{text}' is above 1e+12" in refusal("gold", payload)


def test_error_names_only_the_first_bad_row() -> None:
    bad = synthetic(1, 1.0, motCode=3200)
    said = refusal("gold", body(IMPORTS, *({**bad, "partnerCode": partner} for partner in range(1, 9))))
    assert said.startswith("row 2: mot_code '3200'")
    assert said.endswith("; 8 such rows")


def test_other_headings_are_refused_in_the_gold_dataset() -> None:
    payload = body(synthetic(36, 1.0, cmdCode="8542"))
    assert "row 1: cmd_code '8542' was not requested by gold" in refusal("gold", payload)
    assert len(comtrade.parse("detail", payload, TODAY)) == 1


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("dataset", "row", "said"),
    [
        ("mirror", reported(156, 1.0, partnerCode=446), "data.0.partnerCode: Input should be 344, found 446"),
        ("mirror", reported(0, 1.0), "data.0.reporterCode: Input should be greater than or equal to 1, found 0"),
        ("mirror", reported(578, 1.0), "row 1: reporter_code '578' was not requested"),
        ("mirror", reported(156, 1.0, cmdCode="8542"), "row 1: cmd_code '8542' was not requested by mirror"),
        ("mirror", reported(156, 1.0, motCode=1000), "row 1: mot_code '1000' is a breakdown of the total"),
        (
            "mirror",
            reported(156, 1.0, classificationCode="H7"),
            "classification_code 'H7' is not a known HS edition",
        ),
        ("detail", synthetic(156, 1.0, cmdCode="8542", classificationCode="H7"), "classification_code 'H7' is not"),
        ("detail_hs6", synthetic(156, 1.0, cmdCode="8542"), "row 1: cmd_code '8542' was not requested by detail_hs6"),
        ("detail_hs6", synthetic(156, 1.0, cmdCode="TOTAL"), "row 1: cmd_code 'TOTAL' was not requested by"),
        ("detail_hs6", synthetic(156, 1.0, cmdCode="85423A"), "row 1: cmd_code '85423A' was not requested by"),
    ],
)
def test_detail_rows_that_were_not_requested_are_refused(dataset: str, row: Row, said: str) -> None:
    assert said in refusal(dataset, body(row))


@pytest.mark.hostile
def test_reports_of_two_partners_in_one_answer_are_refused() -> None:
    said = refusal("mirror", body(reported(156, 1.0), reported(842, 1.0)))
    assert said == "reporter_code: the rows are of 2 reporters; one was requested"


# Gold prices and sums


@pytest.mark.parametrize(
    "row",
    [
        synthetic(36, 100.0, 0.9),  # too light to say what it cost an ounce
        synthetic(36, 100.0, None),
        synthetic(36, 100.0, 5000.0, isNetWgtEstimated=True),
        synthetic(36, 130_000.0, 1.0),  # 4,043 US dollars an ounce
    ],
)
def test_gold_with_estimated_or_missing_weight_has_no_price_check(row: Row) -> None:
    assert len(comtrade.parse("gold", body(row), TODAY)) == 1


def test_other_headings_have_no_price_check() -> None:
    assert len(comtrade.parse("detail", body(synthetic(36, 100.0, 5000.0, cmdCode="8471")), TODAY)) == 1


def test_partners_below_the_world_by_more_than_half_a_percent_are_refused() -> None:
    world, swiss = synthetic(0, 1000.0), synthetic(757, 600.0)
    assert len(comtrade.parse("gold", body(world, swiss, synthetic(36, 395.0)), TODAY)) == 3
    said = refusal("gold", body(world, swiss, synthetic(36, 394.0)))
    assert said == "flow_code, cmd_code ('M', '7108'): the partners add up to 994 US dollars, the world is 1,000"


def test_partners_above_the_world_are_refused() -> None:
    said = refusal("gold", body(synthetic(0, 1000.0), synthetic(757, 600.0), synthetic(36, 406.0)))
    assert "the partners add up to 1,006 US dollars" in said


def test_each_flow_is_compared_with_its_own_world() -> None:
    imports = (synthetic(0, 10.0), synthetic(757, 10.0))
    exports = (synthetic(0, 90.0, flowCode="X"), synthetic(757, 80.0, flowCode="X"))
    assert "('X', '7108')" in refusal("gold", body(*imports, *exports))
    assert len(comtrade.parse("gold", body(*imports, exports[1]), TODAY)) == 3


def test_partners_of_subheadings_are_compared_with_the_world_by_flow() -> None:
    chips, boards = Row(cmdCode="854231"), Row(cmdCode="853400")
    worlds = (synthetic(0, 1000.0, **chips), synthetic(0, 2.0, **boards))
    partners = (synthetic(156, 998.0, **chips), synthetic(156, 2.0, **boards))
    assert len(comtrade.parse("detail_hs6", body(*worlds, *partners), TODAY)) == 4
    said = refusal("detail_hs6", body(*worlds, partners[0], synthetic(490, 20.0, **boards)))
    assert said == "flow_code M: the partners add up to 1,018 US dollars, the world is 1,002"


# What goes to the lake


def as_held(table: LakeTable, rows: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Return rows as DuckDB holds them in the types of the lake's table."""
    assert list(rows.columns) == list(table.columns)
    casts = ", ".join(f"cast({name} as {kind})" for name, kind in table.columns.items())
    with duckdb.connect() as connection:
        connection.register("lake_rows", rows)
        return connection.execute(f"select {casts} from lake_rows").fetchall()


def test_detail_goes_to_the_lake_by_partner_and_without_the_world() -> None:
    chips = Row(cmdCode="854231", flowCode="X", classificationCode="H5")
    world, china = synthetic(0, 15.5, **chips), synthetic(156, 12.5, 2.0, **chips)
    other = synthetic(490, 3.0, None, **chips, qtyUnitCode=-1)
    rows = detail_rows(comtrade.parse("detail_hs6", body(world, china, other), TODAY))
    july = date(2026, 7, 1)
    assert as_held(TRADE_DETAIL, rows) == [
        (july, "total_exports", "854231", "HS2017", "156", Decimal("12.500"), "USD", Decimal("2.000"), 2.0, "8", 2),
        (july, "total_exports", "854231", "HS2017", "490", Decimal("3.000"), "USD", None, None, None, 3),
    ]


def test_value_of_billions_keeps_every_digit_in_the_lake() -> None:
    [row] = as_held(TRADE_DETAIL, detail_rows(comtrade.parse("gold", body({**IMPORTS, "partnerCode": 757}), TODAY)))
    assert row[5] == Decimal("15966643706.223")


@pytest.mark.parametrize(
    ("changes", "flow", "valuation"),
    [
        ({}, "imports", "cif"),
        ({"fobvalue": 80.0}, "imports", "cif"),
        ({"cifvalue": None, "fobvalue": 90.0}, "imports", "fob"),
        ({"cifvalue": None}, "imports", None),
        ({"flowCode": "X", "cifvalue": None, "fobvalue": 90.0}, "total_exports", "fob"),
    ],
)
def test_partner_report_goes_to_the_lake_with_its_valuation(changes: Row, flow: str, valuation: str | None) -> None:
    [row] = as_held(TRADE_MIRROR, mirror_rows(comtrade.parse("mirror", body(reported(842, 90.0, **changes)), TODAY)))
    assert row == (*(date(2026, 7, 1), flow, "TOTAL", "HS2022", "842", Decimal("90.000"), "USD", valuation, None, 1),)


@pytest.mark.parametrize("dataset", ["detail", "detail_hs6", "mirror"])
def test_month_without_rows_gives_an_empty_lake_frame(dataset: str) -> None:
    lake = comtrade.SOURCE.lake[dataset]
    assert as_held(TABLES[lake.table], lake.rows(comtrade.parse(dataset, EMPTY, TODAY))) == []


def test_every_partner_economy_of_the_record_is_mirrored() -> None:
    with (FIGURES_DIR / "trade_by_partner.csv").open(encoding="utf-8", newline="") as file:
        named = {row["partner"] for row in csv.DictReader(file)}
    names = zip(vocabulary("partners", "partner_name"), vocabulary("partners", "partner_code"), strict=True)
    codes = {code for name, code in names if name in named}
    assert set(MIRRORED) == codes & set(vocabulary("partners", "partner_code", ("kind", "economy")))
    assert len(MIRRORED) == len(set(MIRRORED)) == 19


# What is asked


class Held:
    """An archive that has some answers of the latest release."""

    def __init__(self, *held: str) -> None:
        self.held = held

    def is_older_than(self, answer: Request, signal: Request) -> bool:
        assert signal.dataset == "availability"
        assert signal.parameters["period"] == answer.parameters["period"]
        return label(answer) not in self.held


def label(request: Request) -> str:
    named = [request.parameters.get(name, "all") for name in ("flowCode", "cmdCode", "partnerCode")]
    asked = " ".join(named).replace(",".join(AI_ENABLING), "headings") if "flowCode" in request.parameters else ""
    return f"{request.dataset} {request.parameters['period']} {asked}".strip()


Months = tuple[date, date | None]
JULY: Months = (date(2026, 7, 1), date(2026, 7, 31))


def drive(
    answer: Callable[[Request], ParseResult],
    requests: list[Request],
    held: Held,
    months: Months | None,
    *,
    has_key: bool = False,
) -> None:
    """Drive the plan as a run would, and note what it asks. Raises Refused when it gives up."""
    since, until = months or (None, None)
    plan = comtrade.plan(Context(TODAY, held, {"comtrade": "https://comtradeapi.un.org"}, since, until, has_key))
    with contextlib.suppress(StopIteration):
        requests.append(next(plan))
        while True:
            requests.append(plan.send(answer(requests[-1])))


def asked(
    answer: Callable[[Request], ParseResult],
    held: Held | None = None,
    months: Months | None = None,
    *,
    mirror: bool = False,
    has_key: bool = False,
) -> list[Request]:
    """Return what is asked about Hong Kong, or with `mirror` what its partners are asked."""
    requests: list[Request] = []
    with contextlib.suppress(Refused):
        drive(answer, requests, held or Held(), months, has_key=has_key)
    return [request for request in requests if (request.dataset == "mirror") == mirror]


def test_plan_requests_gold_of_the_last_four_releasable_months() -> None:
    requests = asked(lambda request: OUT)
    months = ["202609", "202608", "202607", "202606"]
    expected = [
        line
        for month in months
        for line in (f"availability {month}", f"gold {month} M,X 7108 0", f"gold {month} M,X 7108 all")
    ]
    assert [label(request) for request in requests] == expected


def test_world_request_has_the_observed_parameters() -> None:
    signal, world, partners = asked(lambda request: OUT, months=JULY)[:3]
    assert signal.url == "https://comtradeapi.un.org/public/v1/getDA/C/M/HS"
    assert signal.parameters == {"reporterCode": "344", "period": "202607"}
    assert world.url == "https://comtradeapi.un.org/public/v1/preview/C/M/HS"
    assert "&".join(f"{name}={value}" for name, value in world.parameters.items()) == (
        "period=202607&reporterCode=344&flowCode=M,X&partnerCode=0&partner2Code=0"
        "&cmdCode=7108&customsCode=C00&motCode=0&maxRecords=500"
    )
    assert partners.parameters == {name: value for name, value in world.parameters.items() if name != "partnerCode"}


def test_plan_skips_months_without_accepted_availability() -> None:
    def answer(request: Request) -> ParseResult:
        if request.parameters["period"] == "202609":
            return comtrade.parse("availability", EMPTY, TODAY)
        return Refused("synthetic") if request.parameters["period"] == "202608" else OUT

    assert [label(request) for request in asked(answer)][:4] == [
        "availability 202609",
        "availability 202608",
        "availability 202607",
        "gold 202607 M,X 7108 0",
    ]


def test_archived_answers_of_the_latest_release_are_not_requested_again() -> None:
    held = Held(*(f"gold {month} M,X 7108 {partner}" for month in (202609, 202607, 202606) for partner in (0, "all")))
    assert [label(request) for request in asked(lambda request: OUT, held)] == [
        "availability 202609",
        "availability 202608",
        "gold 202608 M,X 7108 0",
        "gold 202608 M,X 7108 all",
        "availability 202607",
        "availability 202606",
    ]


def test_refused_answer_does_not_stop_the_plan() -> None:
    requests = asked(lambda request: OUT if request.dataset == "availability" else Refused("synthetic"))
    assert len(requests) == 12


def test_backfill_requests_its_months_and_the_detail() -> None:
    requests = asked(lambda request: OUT, months=(date(2025, 12, 5), date(2026, 1, 20)))
    assert [label(request) for request in requests] == [
        "availability 202601",
        "gold 202601 M,X 7108 0",
        "gold 202601 M,X 7108 all",
        "detail 202601 M,X headings all",
        "availability 202512",
        "gold 202512 M,X 7108 0",
        "gold 202512 M,X 7108 all",
        "detail 202512 M,X headings all",
    ]


def test_backfill_ends_at_the_newest_releasable_month() -> None:
    requests = asked(lambda request: comtrade.parse("availability", EMPTY, TODAY), months=(date(2026, 8, 1), None))
    assert [label(request) for request in requests] == ["availability 202609", "availability 202608"]
    late = asked(lambda request: OUT, months=(date(2026, 9, 1), date(2026, 12, 1)))
    assert late[0].parameters["period"] == "202609"


def test_backfill_with_a_key_requests_every_subheading_by_flow() -> None:
    detail = asked(lambda request: OUT, months=JULY, has_key=True)[3:]
    assert {request.url for request in detail} == {"https://comtradeapi.un.org/data/v1/get/C/M/HS"}
    assert ["&".join(f"{name}={value}" for name, value in request.parameters.items()) for request in detail] == [
        f"period=202607&reporterCode=344&flowCode={flow}&partner2Code=0&cmdCode=AG6&customsCode=C00&motCode=0"
        for flow in ("M", "X")
    ]
    assert {request.dataset for request in detail} == {"detail_hs6"}


def test_api_key_does_not_change_an_ordinary_refresh() -> None:
    assert asked(lambda request: OUT, has_key=True) == asked(lambda request: OUT)


@pytest.mark.hostile
def test_truncated_flow_of_subheadings_is_reported() -> None:
    requests: list[Request] = []

    def answer(request: Request) -> ParseResult:
        return MustSplit("synthetic cut") if request.dataset == "detail_hs6" else OUT

    with pytest.raises(Refused, match="UN Comtrade truncates 2 requests that cannot be split: cmdCode=AG6&"):
        drive(answer, requests, Held(), JULY, has_key=True)


@pytest.mark.hostile
def test_flow_below_the_limit_for_keys_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comtrade, "DATA_ROWS", 400)
    rows = [{**row, "cmdCode": f"{row['cmdCode']}31"} for row in many(400)]
    with pytest.raises(MustSplit, match="count 400: the service for keys truncates at 400 rows"):
        comtrade.parse("detail_hs6", body(*rows), TODAY)
    assert len(comtrade.parse("detail_hs6", body(*rows[1:]), TODAY)) == 399


def test_backfill_requests_the_reports_of_main_partners() -> None:
    mirror = asked(lambda request: OUT, months=JULY, mirror=True)
    assert [request.parameters["reporterCode"] for request in mirror] == list(MIRRORED)
    assert mirror[0].url == "https://comtradeapi.un.org/public/v1/preview/C/M/HS"
    assert "&".join(f"{name}={value}" for name, value in mirror[0].parameters.items()) == (
        "period=202607&reporterCode=156&flowCode=M,X&partnerCode=344&partner2Code=0"
        "&cmdCode=TOTAL&customsCode=C00&motCode=0&maxRecords=500"
    )
    assert len({request.archive_part for request in mirror}) == len(MIRRORED)
    assert asked(lambda request: OUT, mirror=True) == []


def cut(request: Request) -> ParseResult:
    """Cut every answer about more than one heading."""
    return MustSplit("synthetic cut") if "," in request.parameters.get("cmdCode", "") else OUT


def test_truncated_answer_is_split_by_flow_and_then_by_heading() -> None:
    detail = [label(request) for request in asked(cut, months=JULY) if request.dataset == "detail"]
    by_heading = {flow: [f"detail 202607 {flow} {code} all" for code in AI_ENABLING] for flow in ("M", "X")}
    assert detail == [
        "detail 202607 M,X headings all",
        "detail 202607 M headings all",
        *by_heading["M"],
        "detail 202607 X headings all",
        *by_heading["X"],
    ]


def always_cut(request: Request) -> ParseResult:
    return OUT if request.dataset == "availability" else MustSplit("synthetic cut")


def test_truncated_gold_is_split_by_flow_only() -> None:
    gold = [label(request) for request in asked(always_cut, months=JULY) if request.dataset == "gold"]
    assert gold == [f"gold 202607 {flow} 7108 {partner}" for partner in ("0", "all") for flow in ("M,X", "M", "X")]


def test_plan_reports_requests_that_cannot_be_split() -> None:
    requests: list[Request] = []
    with pytest.raises(
        Refused,
        match=r"43 requests that cannot be split: cmdCode=7108&customsCode=C00&flowCode=M&",
    ):
        drive(always_cut, requests, Held(), JULY)
    assert label([request for request in requests if request.dataset == "detail"][-1]) == "detail 202607 X 3818 all"


def test_request_is_skipped_when_all_its_parts_are_archived() -> None:
    parts = [f"detail 202607 {flow} {code} all" for flow in ("M", "X") for code in AI_ENABLING]
    everything_else = ("gold 202607 M,X 7108 0", "gold 202607 M,X 7108 all")
    assert len(asked(cut, Held(*parts, *everything_else), months=JULY)) == 1
    again = asked(cut, Held(*parts[1:], *everything_else), months=JULY)
    assert [label(request) for request in again[1:]] == [
        "detail 202607 M,X headings all",
        "detail 202607 M headings all",
        parts[0],
    ]


# The publisher itself


@pytest.mark.parametrize(
    ("payload", "seconds"),
    [
        (b'{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 2 seconds." }', 2.0),
        (b'{"statusCode":429,"message":"synthetic, without a number"}', 1.0),
        (b'{"statusCode":401,"message":"Try again in 2 seconds."}', None),
        (EMPTY, None),
        (body(IMPORTS, {**IMPORTS, "partnerDesc": '"statusCode": 429'}), None),
    ],
)
def test_body_of_429_gives_the_seconds_to_wait(payload: bytes, seconds: float | None) -> None:
    assert comtrade.SOURCE.asks_to_wait(payload) == seconds


def test_probe_requests_the_availability_of_a_released_month() -> None:
    request = comtrade.SOURCE.probe({"comtrade": "http://127.0.0.1:9"}, TODAY)
    assert request.url == "http://127.0.0.1:9/public/v1/getDA/C/M/HS"
    assert request.parameters == {"reporterCode": "344", "period": "202608"}


def test_no_request_contains_an_api_key() -> None:
    for request in asked(cut, months=JULY):
        assert not [name for name in request.parameters if "key" in name.lower()]
        assert "?" not in request.url
