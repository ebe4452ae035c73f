"""Trade IDDS: its requests and their archive parts, how rows are parsed, and which answers are refused.

The row of silver powder from the Chinese mainland is C&SD's own; other figures are synthetic.
"""

import csv
import json
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from orchestration.sources import idds
from orchestration.sources.comtrade_rules import AI_ENABLING
from orchestration.sources.connector import Context, ParseResult, Refused, Request
from orchestration.sources.idds import CHAPTERS, GOLD, SILVER, NotReleased, WrongEdition
from orchestration.sources.lake_tables import TRADE_DETAIL

TODAY = date(2026, 10, 1)
Row = dict[str, Any]
# Section B.2 of the formats has this row. It is of a year; the connector requests months.
ANNUAL: Row = json.loads(
    """{"freq":"A","period":"2025","ttype":1,"ttypeDescEN":"Imports","co":"CN","coDescEN":"CHINESE MAINLAND",
    "codeclass":"HKHS6","code":"710610","codeDescEN":"SILVER POWDER","sv":"QCy",
    "svDescEN":"Quantity (Year-to-date)","unitEN":"KILOGRAM","figure":"1020"}"""
)
MONTHLY = {**ANNUAL, "freq": "M", "period": "202603", "sv": "QCm", "svDescEN": "Quantity (Monthly)"}
VALUE = {**MONTHLY, "sv": "VCm", "svDescEN": "Value (Monthly)", "unitEN": "HK$ '000", "figure": "7654"}
FAILS = ("No record found", "Period code (202609) is not defined", "Commodity code (710820) is not defined")


def world(row: Row, **changes: Any) -> Row:
    return {
        name: value for name, value in row.items() if not name.startswith("co") or name.startswith("code")
    } | changes


def body(*rows: Row, counted: Any = None, **status: Any) -> str:
    header = {
        "status": {"name": "Success", "code": 0, "message": [], **status},
        "title": "synthetic title",
        "count": {"noOfRecords": len(rows) if counted is None else counted},
        "tablenote": [],
    }
    return json.dumps({"header": header, "dataSet": rows}, ensure_ascii=False)


def fail(*messages: str, name: str = "Fail", code: int = 1) -> bytes:
    return json.dumps({"header": {"status": {"name": name, "code": code, "message": messages}}}).encode()


def parsed(*rows: Row, dataset: str = "silver") -> pd.DataFrame:
    return idds.parse(dataset, body(*rows).encode(), TODAY)


def figures(*printed: str) -> list[str]:
    rows = [{**VALUE, "figure": figure, "period": f"20250{number}"} for number, figure in enumerate(printed, start=1)]
    return list(parsed(*rows)["figure"])


def refusal(payload: str | bytes, dataset: str = "silver") -> str:
    with pytest.raises(Refused) as caught:
        idds.parse(dataset, payload.encode() if isinstance(payload, str) else payload, TODAY)
    return str(caught.value)


# Parsed rows


def test_row_keeps_its_figure_as_text() -> None:
    frame = parsed(MONTHLY, VALUE)
    assert frame.to_dict("records")[0] == {
        "dataset": "silver",
        "period": "202603",
        "ttype": "1",
        "partner_basis": "co",
        "partner_code": "CN",
        "codeclass": "HKHS6",
        "code": "710610",
        "sv": "QCm",
        "unit": "KILOGRAM",
        "figure": "1020",
        "line_number": 1,
    }
    assert frame[["sv", "unit", "figure", "line_number"]].to_numpy().tolist()[1] == ["VCm", "HK$ '000", "7654", 2]


def test_thousands_separators_and_blanks_are_removed() -> None:
    assert figures("27,758,562", "1,020.5", "0", " 12 ", "1020") == ["27758562", "1020.5", "0", "12", "1020"]


@pytest.mark.parametrize("mark", ["", "-", "..", " - "])
def test_missing_figure_is_blank_not_zero(mark: str) -> None:
    assert figures(mark) == [""]


def test_partner_basis_is_origin_consignment_or_world() -> None:
    exports = world(MONTHLY, ttype=4, ttypeDescEN="Total Exports")
    frame = parsed({**exports, "cc": "CN", "ccDescEN": "CHINESE MAINLAND"}, exports)
    assert frame[["ttype", "partner_basis", "partner_code"]].to_numpy().tolist() == [
        ["4", "cc", "CN"],
        ["4", "world", ""],
    ]
    assert parsed(MONTHLY)[["partner_basis", "partner_code"]].to_numpy().tolist() == [["co", "CN"]]


def test_iso_code_na_of_namibia_is_text() -> None:
    assert parsed({**MONTHLY, "co": "NA", "coDescEN": "NAMIBIA"})["partner_code"].tolist() == ["NA"]


def test_leading_zero_of_a_chapter_is_kept() -> None:
    row = {**VALUE, "codeclass": "HKHS2", "code": "01", "codeDescEN": "LIVE ANIMALS"}
    assert parsed(row, dataset="detail")["code"].tolist() == ["01"]


def test_cell_footnote_is_ignored() -> None:
    assert len(parsed({**MONTHLY, "cellfootnoteEN": "synthetic footnote"})) == 1


def test_no_record_found_is_an_empty_frame_with_the_tables_columns() -> None:
    frame = idds.parse("gold", fail("No record found"), TODAY)
    assert frame.empty
    for each in (frame, parsed(MONTHLY)):
        assert list(each.columns) == list(idds.TRADE.columns)
        assert each.dtypes.astype(str).to_dict() == {
            **dict.fromkeys(idds.TRADE.columns, "str"),
            "line_number": "int64",
        }


def test_real_annual_rows_have_the_fields_of_monthly_rows(
    raw_reference: Path,
) -> None:
    path = raw_reference / "hk_silver_idds" / "hk_silver_export_partners_2025.json"
    annual = json.loads(path.read_text(encoding="utf-8"))["rows"]
    assert "dataSet.0.freq: Input should be 'M', found 'A'" in refusal(body(*annual))
    frame = parsed(*({**row, "freq": "M", "period": "202512", "sv": "QCm"} for row in annual))
    assert len(frame) == 66
    assert frame[["ttype", "partner_basis", "unit"]].drop_duplicates().to_numpy().tolist() == [["4", "cc", "KILOGRAM"]]
    of_powder = frame[frame["code"] == "710610"].set_index("partner_code")["figure"]
    assert of_powder["CN"] == "4640"
    to_india = frame[frame["partner_code"] == "IN"]["figure"].astype(float).sum()
    assert to_india == 2_201_250  # kg; the same file lists India with 2,201.25 tonnes


def test_silver_of_march_2026_cost_20_829_hong_kong_dollars_a_kilogram(raw_reference: Path) -> None:
    with (raw_reference / "hk_silver_idds" / "hk_silver_trade.csv").open(encoding="utf-8-sig", newline="") as file:
        _, *months = csv.reader(file)
    [month] = [month for month in months if month[0] == "202603"]
    tonnes, thousand_hkd = month[1], month[4]  # imports: quantity, and value
    assert (tonnes, thousand_hkd) == ("1332.7", "27758562")
    frame = parsed({**MONTHLY, "figure": str(round(float(tonnes) * 1000))}, {**VALUE, "figure": "27,758,562"})
    kilograms, value = (float(figure) for figure in frame["figure"])
    assert round(value * 1000 / kilograms) == 20_829


# Refused answers


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ("", "the body is empty"),
        ("<html>Access denied</html>", "the body is HTML or XML, not JSON"),
        (body(MONTHLY)[:-40], "the body: Invalid JSON: EOF while parsing"),
        (body(MONTHLY).encode("utf-16"), "the body: Invalid JSON"),
        (body(MONTHLY).replace("POWDER", "P\xd6WDER").encode("latin-1"), "the body: Invalid JSON: invalid unicode"),
        ("[" * 100_000, "the body: Invalid JSON: recursion limit exceeded"),
        ("[]", "the body: Input should be an object"),
        ("{}", "header: Field required"),
        ('{"header": {}}', "header.status: Field required"),
        ('{"header": {"status": "Fail"}}', "header.status: Input should be an object, found 'Fail'"),
        ('{"header": {"status": {"name": "Fail", "code": 1, "message": 5}}}', "header.status.message: Input should be"),
        (fail("Validation error"), "IDDS says 'Fail', code 1: Validation error"),
        (fail("Usage limit exceeded", name="Limit", code=2), "IDDS says 'Limit', code 2: Usage limit exceeded"),
        (fail("Access denied", name="Denied", code=4), "IDDS says 'Denied', code 4: Access denied"),
        (fail(), "IDDS says 'Fail', code 1: "),
        (body(MONTHLY, code=1), "IDDS says 'Success', code 1"),
        (body(MONTHLY, code=False), "header.status.code: Input should be a valid integer, found False"),
        (body(MONTHLY, counted=2), "the body has 1 rows, but its header counts 2: it is incomplete"),
        (body(MONTHLY, counted="1"), "header.count.noOfRecords: Input should be a valid integer, found '1'"),
        (body(MONTHLY).replace('"count"', '"rows"'), "the body has 1 rows, but its header counts None"),
        (body(MONTHLY).replace('"dataSet"', '"data"'), "the body has 0 rows, but its header counts 1"),
        (body(MONTHLY, MONTHLY), "row 2: the same figure occurs twice (period '202603', ttype '1', partner_basis 'co'"),
        (body(MONTHLY, {**MONTHLY, "ttype": 4}), "the rows are of types 1 and 4; one was requested"),
        (body(world(MONTHLY), world(MONTHLY)), "partner_basis 'world', partner_code ''"),
    ],
)
def test_incomplete_body_is_refused_with_the_reason(payload: str | bytes, reason: str) -> None:
    assert reason in refusal(payload)


def without(name: str) -> Row:
    return {field: value for field, value in MONTHLY.items() if field != name}


PLACE = "row 1, 710610 202603 QCm: "


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("spoilt", "reason"),
    [
        (without("unitEN"), "dataSet.0.unitEN: Field required"),
        (without("unitEN") | {"unitTC": "千克"}, "dataSet.0.unitEN: Field required"),
        (MONTHLY | {"hub": "HK"}, "dataSet.0.hub: Extra inputs are not permitted"),
        (MONTHLY | {"figure": 1020}, "dataSet.0.figure: Input should be a valid string, found 1020"),
        (MONTHLY | {"figure": None}, "dataSet.0.figure: Input should be a valid string, found None"),
        (MONTHLY | {"figure": float("nan")}, "dataSet.0.figure: Input should be a valid string"),
        (MONTHLY | {"figure": "NaN"}, f"{PLACE}figure 'NaN' is not a plain number"),
        (MONTHLY | {"figure": "Infinity"}, f"{PLACE}figure 'Infinity' is not a plain number"),
        (MONTHLY | {"figure": "1e3"}, f"{PLACE}figure '1e3' is not a plain number"),
        (MONTHLY | {"figure": "-1020"}, f"{PLACE}figure '-1020' is not a plain number"),
        (MONTHLY | {"figure": "1,02"}, f"{PLACE}figure '1,02' is not a plain number"),
        (MONTHLY | {"figure": "1020\x00"}, rf"{PLACE}figure '1020\x00' is not a plain number"),
        (MONTHLY | {"figure": "١٠٢٠"}, f"{PLACE}figure '١٠٢٠' is not a plain number"),
        (MONTHLY | {"figure": "9" * 13}, f"{PLACE}figure '9999999999999' is above 100,000,000,000"),
        (
            MONTHLY | {"figure": "KILOGRAM", "unitEN": "1020"},
            f"{PLACE}the unit is '1020' and the figure 'KILOGRAM': they",
        ),
        (MONTHLY | {"unitEN": "1,020"}, f"{PLACE}the unit is '1,020' and the figure '1020': they are swapped"),
        (
            MONTHLY | {"unitEN": " "},
            f"{PLACE}the unit is '' and the figure '1020': they are swapped, or one is missing",
        ),
        (VALUE | {"unitEN": "HK$"}, "row 1, 710610 202603 VCm: the unit of a value is 'HK$', not \"HK$ '000\""),
        (VALUE | {"unitEN": "KILOGRAM"}, "the unit of a value is 'KILOGRAM'"),
        (MONTHLY | {"sv": "QCy"}, "dataSet.0.sv: Input should be 'VCm' or 'QCm', found 'QCy'"),
        (MONTHLY | {"freq": "A"}, "dataSet.0.freq: Input should be 'M', found 'A'"),
        (MONTHLY | {"period": "2026"}, "row 1, 710610 2026 QCm: '2026' is not a month from 201201 until today"),
        (MONTHLY | {"period": "202613"}, "'202613' is not a month"),
        (MONTHLY | {"period": "201112"}, "'201112' is not a month from 201201"),
        (MONTHLY | {"period": "202611"}, "'202611' is not a month from 201201 until today"),
        (MONTHLY | {"period": 202603}, "dataSet.0.period: Input should be a valid string, found 202603"),
        (MONTHLY | {"ttype": 5}, f"{PLACE}ttype 5 was not requested"),
        (MONTHLY | {"ttype": "1"}, "dataSet.0.ttype: Input should be a valid integer, found '1'"),
        (MONTHLY | {"ttype": True}, "dataSet.0.ttype: Input should be a valid integer, found True"),
        (MONTHLY | {"code": "7106AB"}, "HKHS6 '7106AB' was not requested by silver"),
        (MONTHLY | {"code": "710812"}, "HKHS6 '710812' was not requested by silver"),
        (MONTHLY | {"codeclass": "HKHS4"}, f"{PLACE}HKHS4 '710610' was not requested by silver"),
        (MONTHLY | {"codeclass": "HKHS8"}, "dataSet.0.codeclass: Input should be 'HKHS2', 'HKHS4' or 'HKHS6'"),
        (MONTHLY | {"code": 710610}, "dataSet.0.code: Input should be a valid string, found 710610"),
        (MONTHLY | {"co": "ZZ"}, f"{PLACE}co 'ZZ' is not a partner in seeds/partners.csv; add it there"),
        (MONTHLY | {"co": ""}, f"{PLACE}co '' is not a partner"),
        (MONTHLY | {"co": "cn"}, f"{PLACE}co 'cn' is not a partner"),
        (MONTHLY | {"co": None}, "dataSet.0.co: Input should be a valid string, found None"),
        (MONTHLY | {"cc": "CN", "ccDescEN": "CHINESE MAINLAND"}, f"{PLACE}both an origin (co) and a consignment (cc)"),
    ],
)
def test_bad_row_is_refused_with_row_field_and_reason(spoilt: Row, reason: str) -> None:
    assert reason in refusal(body(spoilt))


@pytest.mark.hostile
@pytest.mark.parametrize("code", ["1", "00", "77", "98", "01 "])
def test_unknown_chapter_or_missing_leading_zero_is_refused(code: str) -> None:
    row = {**VALUE, "codeclass": "HKHS2", "code": code}
    assert f"HKHS2 {code!r} was not requested by detail" in refusal(body(row), "detail")


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("message", "kind"), [(FAILS[1], NotReleased), (FAILS[2], WrongEdition)], ids=["not out", "not defined"]
)
def test_unreleased_month_and_undefined_code_are_distinguished(message: str, kind: type[Refused]) -> None:
    with pytest.raises(kind, match=r"^IDDS says: .* is not defined$"):
        idds.parse("gold", fail(message), TODAY)


@pytest.mark.parametrize(
    ("payload", "seconds"),
    [
        (fail("Server busy", code=3), 15.0),
        (fail("Usage limit exceeded", code=2), 15.0),
        (fail("Access denied", code=4), 15.0),
        (fail("No record found"), None),
        (body(MONTHLY).encode(), None),
        (body(*[{**MONTHLY, "codeDescEN": "Access denied"}] * 9).encode(), None),
    ],
)
def test_busy_answer_gives_the_seconds_to_wait(payload: bytes, seconds: float | None) -> None:
    assert idds.SOURCE.asks_to_wait(payload) == seconds


# Rows of the lake

CHIPS: Row = {**VALUE, "code": "854231", "codeDescEN": "PROCESSORS AND CONTROLLERS", "cc": "CN", "ccDescEN": "CHINA"}
CHIPS = {name: value for name, value in CHIPS.items() if name not in ("co", "coDescEN")}
PIECES = {**CHIPS, "sv": "QCm", "svDescEN": "Quantity (Monthly)", "unitEN": "NUMBER", "figure": "3,000"}


def in_lake(*rows: Row, dataset: str = "detail_hs6") -> list[tuple[Any, ...]]:
    """Return the rows of the lake in the column types of its table."""
    kept = idds.SOURCE.lake[dataset].rows(parsed(*rows, dataset=dataset))
    assert list(kept.columns) == list(TRADE_DETAIL.columns)
    casts = ", ".join(f"cast({name} as {kind})" for name, kind in TRADE_DETAIL.columns.items())
    with duckdb.connect() as connection:
        connection.register("lake_rows", kept)
        return connection.execute(f"select {casts} from lake_rows order by line_number").fetchall()


def test_value_and_quantity_become_one_row_of_the_lake() -> None:
    silver = {**CHIPS, "code": "710691"}
    weighed = {**PIECES, "code": "710691", "unitEN": "KILOGRAM", "figure": "12.5"}
    march = date(2026, 3, 1)
    assert in_lake(weighed, CHIPS, silver, PIECES) == [
        *[(march, "imports", "854231", "HS2022", "156", Decimal(7654000), "HKD", None, 3000.0, "NUMBER", 2)],
        *[(march, "imports", "710691", "HS2022", "156", Decimal(7654000), "HKD", Decimal("12.5"), 12.5, "KILOGRAM", 3)],
    ]


def test_world_and_countries_of_origin_are_not_in_the_lake() -> None:
    of_origin = {**CHIPS, "co": "JP", "coDescEN": "JAPAN"}
    del of_origin["cc"], of_origin["ccDescEN"]
    assert [row[4] for row in in_lake(world(CHIPS) | {"cc": "NA", "ccDescEN": "NAMIBIA"})] == ["516"]
    assert in_lake(of_origin) == []
    assert in_lake({name: value for name, value in CHIPS.items() if not name.startswith("cc")}) == []


@pytest.mark.parametrize(
    ("period", "edition"),
    [("201201", "HS2012"), ("201612", "HS2012"), ("201701", "HS2017"), ("202112", "HS2017"), ("202201", "HS2022")],
)
def test_hs_edition_follows_the_year(period: str, edition: str) -> None:
    assert [row[3] for row in in_lake({**CHIPS, "period": period})] == [edition]


@pytest.mark.parametrize(
    ("ttype", "flow"),
    [(1, "imports"), (2, "domestic_exports"), (3, "re_exports"), (4, "total_exports")],
)
def test_trade_types_are_mapped_to_flows(ttype: int, flow: str) -> None:
    assert [row[1] for row in in_lake({**CHIPS, "ttype": ttype})] == [flow]


def test_missing_value_is_null_and_omitted_value_is_zero() -> None:
    rows = in_lake({**CHIPS, "figure": ".."}, {**PIECES, "cc": "JP", "ccDescEN": "JAPAN"})
    assert [(row[4], row[5], row[8], row[10]) for row in rows] == [
        ("156", None, None, 1),
        ("392", Decimal(0), 3000.0, 2),
    ]


@pytest.mark.parametrize(("dataset", "code"), [("detail", "85"), ("detail_headings", "8542"), ("detail_hs6", "854231")])
def test_every_detail_dataset_goes_to_the_lake(dataset: str, code: str) -> None:
    row = {**CHIPS, "code": code, "codeclass": f"HKHS{len(code)}"}
    assert [(row[2], row[5], row[9]) for row in in_lake(row, dataset=dataset)] == [(code, Decimal(7654000), None)]
    assert idds.SOURCE.lake[dataset].table == "trade_detail"


def test_answer_without_rows_adds_none_to_the_lake() -> None:
    assert len(idds.SOURCE.lake["detail_hs6"].rows(idds.parse("detail_hs6", fail("No record found"), TODAY))) == 0


@pytest.mark.hostile
@pytest.mark.parametrize("code", ["8542", "85423", "8542310", "85423A", "٨٥٤٢٣١"])
def test_other_codes_are_refused_in_the_subheading_dataset(code: str) -> None:
    row = {**CHIPS, "code": code, "codeclass": "HKHS6"}
    assert f"HKHS6 {code!r} was not requested by detail_hs6" in refusal(body(row), "detail_hs6")


# Requests of the plan

Answer = Callable[[Request], ParseResult]
Codes = tuple[str, ...]


class NoArchivedAnswers:
    def is_older_than(self, answer: Request, signal: Request) -> bool:
        raise AssertionError("IDDS has no signal of changes")


def drive(
    answer: Answer, since: date | None = None, until: date | None = None, hs_codes: Mapping[str, Codes] | None = None
) -> tuple[list[Request], str]:
    """Run the plan; return its requests, and the refusal at its end, empty if there is none."""
    address = {"idds": "https://idds.example"}
    plan = idds.plan(Context(date(2026, 10, 1), NoArchivedAnswers(), address, since, until, hs_codes=hs_codes or {}))
    requests = [next(plan)]
    try:
        while True:
            requests.append(plan.send(answer(requests[-1])))
    except StopIteration:
        return requests, ""
    except Refused as refused:
        return requests, str(refused)


def good(request: Request) -> ParseResult:
    return pd.DataFrame()


def latest(month: str) -> Answer:
    """Answer as IDDS does when `month` is the latest released month."""

    def answer(request: Request) -> ParseResult:
        last = request.parameters["period"][-6:]
        return NotReleased(f"IDDS says: Period code ({last}) is not defined") if last > month else pd.DataFrame()

    return answer


def lacks(*codes: str, in_edition: str = "20") -> Answer:
    """Answer as IDDS does when codes are not defined in the edition that begins in year `in_edition`."""

    def answer(request: Request) -> ParseResult:
        if request.parameters["period"].startswith(in_edition):
            for code in request.parameters["code"].split(","):
                if code in codes:
                    return WrongEdition(f"IDDS says: Commodity code ({code}) is not defined")
        return pd.DataFrame()

    return answer


def last_months(requests: list[Request], dataset: str, part: str, first: str) -> list[str]:
    """Return the last month of each request for a part of a dataset that begins in month `first`."""
    return [
        request.parameters["period"][-6:]
        for request in requests
        if request.dataset == dataset
        and request.archive_part.startswith(part)
        and request.parameters["period"][:6] == first
    ]


def test_gold_and_silver_are_requested_by_edition_for_world_and_partners() -> None:
    requests, refusal = drive(good)
    assert refusal == ""
    assert {(request.dataset, request.parameters["code"]) for request in requests} == {
        ("gold", ",".join(GOLD)),
        ("silver", ",".join(SILVER)),
    }
    assert {request.parameters["period"] for request in requests} == {"201201,201612", "201701,202112", "202201,202609"}
    assert len({(request.dataset, request.archive_part) for request in requests}) == len(requests) == 24
    assert requests[1].parameters == {
        "lang": "EN",
        "freq": "M",
        "period": "201201,201612",
        "ttype": "1",
        "sv": "VCm,QCm",
        "codeclass": "HKHS6",
        "ccclass": "C",
        "cc": "ALL",
        "code": "710811,710812,710813,710820,710900,711230,711291,711890",
    }


def test_answers_are_fresh_for_12_hours_and_past_editions_for_30_days() -> None:
    requests, _ = drive(good)
    stands = {request.parameters["period"]: request.fresh_for for request in requests}
    assert stands == {
        "201201,201612": timedelta(days=30),
        "201701,202112": timedelta(days=30),
        "202201,202609": timedelta(hours=12),
    }
    assert not any(request.is_page for request in requests)


def test_later_month_replaces_the_same_archive_part() -> None:
    asked = {request.parameters["period"]: request.archive_part for request in drive(latest("202607"))[0]}
    assert asked["202201,202609"] == asked["202201,202607"]
    assert asked["202201,202609"] != asked["201701,202112"]


@pytest.mark.parametrize(("out", "ends"), [("202609", 1), ("202608", 2), ("202606", 4)])
def test_unreleased_month_is_followed_by_a_request_for_the_month_before(out: str, ends: int) -> None:
    requests, refusal = drive(latest(out))
    months = ["202609", "202608", "202607", "202606"]
    assert last_months(requests, "gold", "imports world", "202201") == months[:ends]
    assert refusal == ""


@pytest.mark.hostile
def test_unreleased_months_are_reported_and_the_plan_continues() -> None:
    requests, refusal = drive(latest("202605"))
    assert last_months(requests, "gold", "imports world", "202201") == ["202609", "202608", "202607", "202606"]
    assert last_months(requests, "silver", "total exports ALL", "201201") == ["201612"]
    assert refusal == (
        "gold: IDDS says: Period code (202606) is not defined; silver: IDDS says: Period code (202606) is not defined"
    )


def codes_asked(requests: list[Request], first: str) -> list[str]:
    return [
        request.parameters["code"]
        for request in requests
        if request.archive_part.startswith("imports world")
        and request.parameters["period"][:6] == first
        and request.dataset == "gold"
    ]


def test_batch_with_an_undefined_code_is_split_in_halves() -> None:
    requests, refusal = drive(lacks("710820", in_edition="2012"))
    assert codes_asked(requests, "201201") == [
        "710811,710812,710813,710820,710900,711230,711291,711890",
        "710811,710812,710813,710820",
        "710811,710812",
        "710813,710820",
        "710813",
        "710820",
        "710900,711230,711291,711890",
    ]
    assert codes_asked(requests, "201701") == [",".join(GOLD)]
    assert refusal == ""


@pytest.mark.hostile
def test_code_missing_from_the_current_edition_is_reported() -> None:
    _, refusal = drive(lacks("710820"))
    assert refusal == "gold: IDDS says: Commodity code (710820) is not defined"


def test_halves_are_requested_up_to_the_released_month() -> None:
    not_out, undefined = latest("202607"), lacks("711890", in_edition="2022")

    def answer(request: Request) -> ParseResult:
        first = not_out(request)
        return first if isinstance(first, Refused) else undefined(request)

    requests, _ = drive(answer)
    assert last_months(requests, "gold", "imports world", "202201") == ["202609", "202608", *["202607"] * 7]


def test_refused_answer_does_not_stop_the_plan() -> None:
    numbers = count()
    refused, refusal = drive(lambda _: Refused("synthetic") if next(numbers) % 2 else pd.DataFrame())
    assert [request.archive_part for request in refused] == [request.archive_part for request in drive(good)[0]]
    assert refusal == ""


def test_backfill_requests_every_chapter_in_batches_of_twenty() -> None:
    requests, refusal = drive(good, date(2024, 2, 1), date(2024, 3, 31))
    assert {request.parameters["period"] for request in requests} == {"202402,202403"}
    detail = [request for request in requests if request.dataset == "detail" and request.parameters["ttype"] == "1"]
    codes = [request.parameters["code"].split(",") for request in detail]
    assert [len(batch) for batch in codes] == [20, 20, 20, 20, 16]
    assert [code for batch in codes for code in batch] == list(CHAPTERS)
    assert (CHAPTERS[0], CHAPTERS[-1], "77" in CHAPTERS) == ("01", "97", False)
    assert detail[0].parameters["sv"] == "VCm"
    assert refusal == ""


def asked_of(requests: list[Request], dataset: str, ttype: str = "1") -> list[dict[str, str]]:
    """Return the parameters of the requests for one flow of a dataset."""
    return [dict(r.parameters) for r in requests if r.dataset == dataset and r.parameters["ttype"] == ttype]


def test_backfill_requests_headings_of_ai_enabling_goods_by_partner() -> None:
    requests, refusal = drive(good, date(2024, 2, 1), date(2024, 3, 31))
    assert refusal == ""
    for ttype in ("1", "4"):
        [asked] = asked_of(requests, "detail_headings", ttype)
        assert asked == {
            "lang": "EN",
            "freq": "M",
            "period": "202402,202403",
            "ttype": ttype,
            "sv": "VCm",
            "codeclass": "HKHS4",
            "ccclass": "C",
            "cc": "ALL",
            "code": ",".join(AI_ENABLING),
        }


def test_subheadings_are_requested_only_if_their_codes_are_known() -> None:
    requests, _ = drive(good, date(2024, 2, 1), date(2024, 3, 31), {"HS2017": ("854231",)})
    assert asked_of(requests, "detail_hs6") == []
    assert [r for r in drive(good, hs_codes={"HS2022": ("854231",)})[0] if r.dataset.startswith("detail")] == []


def test_subheadings_are_requested_by_edition_in_batches_with_quantities() -> None:
    codes = tuple(f"8542{number:02d}" for number in range(25))
    requests, refusal = drive(good, date(2021, 11, 1), date(2022, 2, 28), {"HS2017": ("854231",), "HS2022": codes})
    asked = asked_of(requests, "detail_hs6")
    assert [(a["period"], len(a["code"].split(","))) for a in asked] == [
        ("202111,202112", 1),
        ("202201,202202", 20),
        ("202201,202202", 5),
    ]
    assert {(a["sv"], a["codeclass"], a["cc"]) for a in asked} == {("VCm,QCm", "HKHS6", "ALL")}
    assert len(asked_of(requests, "detail_hs6", "4")) == 3
    assert len({(request.dataset, request.archive_part) for request in requests}) == len(requests)
    assert refusal == ""


def test_subheading_unknown_to_idds_is_skipped() -> None:
    codes = {"HS2022": ("854231", "999999")}
    requests, refusal = drive(lacks("999999"), date(2026, 8, 1), date(2026, 8, 31), codes)
    assert [a["code"] for a in asked_of(requests, "detail_hs6")] == ["854231,999999", "854231", "999999"]
    assert refusal == ""


def test_backfill_of_an_unreleased_month_is_reported_without_earlier_months() -> None:
    requests, refusal = drive(latest("202608"), date(2026, 9, 1), date(2026, 9, 30))
    assert {request.parameters["period"] for request in requests} == {"202609,202609"}
    assert "gold: IDDS says: Period code (202609) is not defined" in refusal


def test_probe_requests_one_figure_of_gold() -> None:
    request = idds.SOURCE.probe({"idds": "https://idds.example"}, TODAY)
    assert (request.url, request.dataset) == ("https://idds.example/api/get", "gold")
    row = {**VALUE, "code": "710812", "period": request.parameters["period"]}
    assert len(parsed(world(row), dataset="gold")) == 1
