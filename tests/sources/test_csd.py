"""C&SD's web tables: what is asked and when, what figures come back as, and what is refused.

Exports and imports of August 2026 and imports of January 2024 are published; every other figure is synthetic.
"""

import csv
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from orchestration.sources import csd
from orchestration.sources.connector import Context, ParseResult, Refused, Request
from orchestration.sources.csd_catalogue import TABLES

TODAY = date(2026, 10, 1)
Row = dict[str, Any]
HK_MILLION, ON_THE_YEAR = "HK$ million", "Year-on-year % change"
TOTALS, BY_PARTNER, BY_REGION, BY_GROUP = "410-50001", "410-50012", "410-51021", "410-50031"
MACHINES = "Office machines and automatic data processing machines"


def row(sv: str, figure: Any, period: Any = "202608", freq: str = "M", **changes: Any) -> Row:
    written = {"freq": freq, "period": period, "sv": sv, "svDesc": HK_MILLION, "figure": figure, "sd_value": ""}
    return {**written, **changes}


def totals() -> list[Row]:
    """Return August 2026: exports and imports as published, the balance and the sum that follow from them."""
    published = [row("VAL_TX", 667851), row("VAL_IM", 739093)]
    return [*published, row("BAL", -71242), row("VAL_TT", 1406944)]


def member(code: Any, title: Any, dimension: str = "COUNTRY", **written: Any) -> Row:
    return {dimension: code, f"{dimension}Desc": title, **row("VAL_IM", 100, **written)}


def body(rows: list[Row], *, count: Any = None, title: str = "synthetic title", **status: Any) -> str:
    header = {
        "status": {"name": "Success", "code": 0, **status},
        "title": title,
        "count": {"noOfRecords": len(rows) if count is None else count},
    }
    return json.dumps({"header": header, "dataSet": rows}, ensure_ascii=False)


def parsed(rows: list[Row], table: str = TOTALS, title: str = "synthetic title") -> pd.DataFrame:
    return csd.parse(table, body(rows, title=title).encode(), TODAY)


def fields(frame: pd.DataFrame, number: int, *names: str) -> list[Any]:
    return list(frame[list(names)].iloc[number])


def refusal(dataset: str, payload: str | bytes) -> str:
    with pytest.raises(Refused) as caught:
        csd.parse(dataset, payload.encode() if isinstance(payload, str) else payload, TODAY)
    return str(caught.value)


# What the figures come back as


def test_figures_stay_as_printed_with_line_numbers() -> None:
    frame = parsed(totals())
    assert frame.loc[0].to_dict() == {
        "table_id": "410-50001",
        "dimension": "",
        "member_code": "",
        "member_title": "",
        "freq": "M",
        "period": "202608",
        "sv": "VAL_TX",
        "sv_desc": "HK$ million",
        "figure": "667851",
        "sd_value": "",
        "line_number": 1,
    }
    assert frame["figure"].tolist() == ["667851", "739093", "-71242", "1406944"]
    assert frame["line_number"].tolist() == [1, 2, 3, 4]


def test_statistic_has_one_row_for_each_presentation() -> None:
    change = row("VAL_IM", 6.0, svDesc=ON_THE_YEAR)
    frame = parsed([*totals(), change]).query("sv == 'VAL_IM'")
    assert frame[["sv_desc", "figure"]].to_numpy().tolist() == [[HK_MILLION, "739093"], [ON_THE_YEAR, "6.0"]]


@pytest.mark.parametrize(
    ("figure", "reason"),
    [("", "N.A."), ("", "n.y.a."), ("", "-"), ("", "[*1]"), ("", "p,[*11]"), (None, "N.A."), (None, "[*1]")],
)
def test_missing_figure_is_blank_and_keeps_its_reason(figure: str | None, reason: str) -> None:
    frame = parsed([*totals(), row("VAL_TT", figure, "197201", sd_value=reason)])
    assert fields(frame, 4, "figure", "sd_value") == ["", reason]


@pytest.mark.parametrize("flag", ["p", "r", "a", "p,r", "p, r"])
def test_figure_keeps_its_flags(flag: str) -> None:
    frame = parsed([*totals(), row("VAL_IM", 385068, "202401", sd_value=flag)])
    assert fields(frame, 4, "period", "figure", "sd_value") == ["202401", "385068", flag]


@pytest.mark.parametrize(
    ("freq", "period"),
    [
        *[("Q", f"2025{month}") for month in ("03", "06", "09", "12")],
        *[("H", "202506"), ("H", "202512"), ("Y", "2025"), ("Y", "1952"), ("M", "195201")],
        *[("YTM", "202605"), ("M3M", "202608"), ("M12M", "202608"), ("M", "202610")],
    ],
)
def test_each_frequency_has_its_own_period_format(freq: str, period: str) -> None:
    frame = parsed([*totals(), row("VAL_IM", 5, period, freq)])
    assert fields(frame, 4, "freq", "period") == [freq, period]


def test_monthly_annual_and_cumulative_rows_are_read_from_one_answer() -> None:
    frame = parsed([*totals(), row("VAL_TX", 2, freq="YTM"), row("VAL_TX", 3, "2025", "Y")])
    assert frame.query("sv == 'VAL_TX'")[["freq", "period", "figure"]].to_numpy().tolist() == [
        ["M", "202608", "667851"],
        ["YTM", "202608", "2"],
        ["Y", "2025", "3"],
    ]


def test_region_code_na_and_leading_zeros_stay_text() -> None:
    codes = {"": "Total", "NA": "Synthetic region", "01": "Synthetic zero"}
    rows = [member(code, title, "REGN", svDesc="Index") for code, title in codes.items()]
    frame = parsed(rows, BY_REGION, "Synthetic index numbers")
    assert frame["dimension"].unique().tolist() == ["REGN"]
    assert frame["member_code"].tolist() == ["", "NA", "01"]
    assert frame["member_title"].tolist() == ["Total", "Synthetic region", "Synthetic zero"]


def test_partners_of_the_seed_and_the_total_are_members() -> None:
    frame = parsed([member("", "Total"), member("631", "CHINESE MAINLAND")], BY_PARTNER)
    assert frame[["member_code", "member_title", "figure"]].to_numpy().tolist() == [
        ["", "Total", "100"],
        ["631", "CHINESE MAINLAND", "100"],
    ]


def test_titles_are_normalised() -> None:
    compatible, unified = "\uf92e", "\u51b7"
    frame = parsed([member("01", f"{compatible}  region ", "REGN", svDesc="Index ")], BY_REGION, "index")
    assert fields(frame, 0, "member_title", "sv_desc") == [f"{unified} region", "Index"]


@pytest.mark.parametrize(("dataset", "table"), [("", 0), ("-titles", 1), ("-components", 2)])
def test_frame_has_the_columns_of_its_raw_table(dataset: str, table: int) -> None:
    payloads = {"": body(totals()), "-titles": titles(), "-components": components()}
    raw = csd.SOURCE.tables[table]
    frame = csd.parse(f"{TOTALS}{dataset}", payloads[dataset].encode(), TODAY)
    assert csd.SOURCE.table(f"{TOTALS}{dataset}") == raw.name
    assert list(frame.columns) == list(raw.columns)
    assert frame.dtypes.astype(str).to_dict() == {**dict.fromkeys(raw.columns, "str"), "line_number": "int64"}


def test_total_trade_of_twelve_months_is_plausible() -> None:
    """Exports and imports of the months from September 2025 to August 2026 add up to it in the embedded record."""
    rows = [row("VAL_TX", 6_800_000, freq="M12M"), row("VAL_IM", 7_105_122, freq="M12M")]
    frame = parsed([*rows, row("VAL_TT", 13_905_122, freq="M12M")], "410-50001B", "synthetic 12 months")
    assert frame["figure"].tolist()[-1] == "13905122"


@pytest.mark.parametrize("apart", [-2, -1, 1, 2])
def test_balance_may_differ_from_its_parts_by_rounding(apart: int) -> None:
    rows = totals()
    rows[2]["figure"] += apart
    assert len(parsed(rows)) == 4


def test_published_months_since_2018_are_parsed_and_add_up(raw_reference: Path) -> None:
    path = raw_reference / "csd_410-50001" / "hk_merchandise_trade_monthly.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        months = list(csv.DictReader(file))
    rows = [
        row(sv, int(month[column]), month["period"].replace("-", ""))
        for month in months
        for sv, column in (("VAL_TX", "total_exports_hkd_mn"), ("VAL_IM", "imports_hkd_mn"))
    ]
    frame = parsed([*rows, *totals()[2:]])
    exports = frame[frame["sv"] == "VAL_TX"]
    assert (len(exports), min(exports["period"]), max(exports["period"])) == (104, "201801", "202608")
    in_2018 = exports[exports["period"].str.startswith("2018")]["figure"].astype(int)
    assert in_2018.sum() == 4_163_746  # the sum of the months; the annual figure is 4,158,106


# What is refused


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ("", "the body is empty"),
        ("<html>403 Forbidden</html>", "the body is HTML or XML, not JSON"),
        (body(totals())[:-40], "the body: Invalid JSON: EOF while parsing"),
        (body(totals()).encode("utf-16"), "the body: Invalid JSON"),
        (b"\xef\xbb\xbf" + body(totals()).encode(), "the body: Invalid JSON"),
        (body(totals()).replace("HK$", "H\xcb$").encode("latin-1"), "the body: Invalid JSON: invalid unicode"),
        (body(totals()).replace("VAL_TX", "VAL\\u0000TX"), "the body contains a NUL"),
        (body(totals()).replace("VAL_TX", "VAL\x00TX"), "the body: Invalid JSON: control character"),
        ("[" * 100_000, "the body: Invalid JSON: recursion limit exceeded"),
        ("[]", "the body: Input should be an object"),
        ('{"dataSet": []}', "header: Field required"),
        ('{"header": {"status": null}}', "header.status: Input should be an object, found None"),
        ('{"header": {"status": "Fail"}}', "header.status: Input should be an object, found 'Fail'"),
        (
            '{"header":{"status":{"name":"Fail","code":1,"message":["Table ID (110-00001) is not defined"]}}}',
            "C&SD says 'Fail', code 1: ['Table ID (110-00001) is not defined']",
        ),
        (body(totals(), name="Fail"), "C&SD says 'Fail', code 0"),
        (body(totals(), code=1), "C&SD says 'Success', code 1"),
        (body(totals(), code=False), "header.status.code: Input should be a valid integer, found False"),
        (body([]), "the body has 0 rows, but its header counts 0: it is incomplete"),
        (body(totals(), count=5), "the body has 4 rows, but its header counts 5: it is incomplete"),
        (body(totals(), count="4"), "header.count.noOfRecords: Input should be a valid integer, found '4'"),
        (body(totals()).replace('"count"', '"rows"'), "the body has 4 rows, but its header counts None"),
        (
            body(totals()).replace('"count": {"noOfRecords": 4}', '"count": 4'),
            "header.count: Input should be an object",
        ),
        (body(totals()).replace('"dataSet": [', '"dataSet": {"rows": [') + "}", "dataSet: Input should be a valid"),
        (body([]).replace('"dataSet": []', '"dataSet": [[1, 2]]'), "dataSet.0: Input should be an object"),
    ],
)
def test_incomplete_body_is_refused_with_the_reason(payload: str | bytes, reason: str) -> None:
    assert reason in refusal(TOTALS, payload)


def without(name: str) -> Row:
    return {field: value for field, value in row("VAL_IM", 1, "202607").items() if field != name}


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("spoilt", "reason"),
    [
        (without("sd_value"), "dataSet.4.sd_value: Field required"),
        (without("svDesc") | {"unit": HK_MILLION}, "dataSet.4.svDesc: Field required"),
        (row("VAL_IM", 1, "202607", obs=1), "the rows differ in fields from what table 410-50001 had: obs"),
        (member("631", "CHINESE MAINLAND", period="202607"), "table 410-50001 had: COUNTRY, COUNTRYDesc"),
        (row("VAL_IM", "385068", "202607"), "dataSet.4.figure.int: Input should be a valid integer, found '385068'"),
        (row("VAL_IM", "385,068", "202607"), "found '385,068'"),
        (row("VAL_IM", "n.a.", "202607"), "found 'n.a.'"),
        (row("VAL_IM", True, "202607"), "dataSet.4.figure.int: Input should be a valid integer, found True"),
        (row("VAL_IM", [385068], "202607"), "found [385068]"),
        (row("VAL_IM", float("nan"), "202607"), "dataSet.4.figure"),
        (row("VAL_IM", float("inf"), "202607"), "dataSet.4.figure"),
        (row("VAL_IM", "", "202607"), "row 5, VAL_IM M 202607: sd_value '' gives no reason for the missing figure"),
        (row("VAL_IM", None, "202607"), "row 5, VAL_IM M 202607: sd_value '' gives no reason for the missing figure"),
        (row("VAL_IM", "", "202607", sd_value="p, r"), "row 5, VAL_IM M 202607: sd_value 'p, r' gives no reason for"),
        (
            row("VAL_IM", 0, "202607", sd_value="N.A."),
            "row 5, VAL_IM M 202607: sd_value 'N.A.' says that there is",
        ),
        (row("VAL_IM", 0.0, "202607", sd_value="p,n.y.a."), "sd_value 'p,n.y.a.' says that there is no figure"),
        (row("VAL_IM", 1, "202607", sd_value="x"), "row 5, VAL_IM M 202607: sd_value 'x' is not a known flag"),
        (row("VAL_IM", 1, "202607", sd_value="[*111]"), "sd_value '[*111]' is not a known flag"),
        (row("VAL_IM", 1, "202607", sd_value=None), "dataSet.4.sd_value: Input should be a valid string, found None"),
        (row("VAL_IM", 1, "202607", sd_value=9), "dataSet.4.sd_value: Input should be a valid string, found 9"),
        (row("VAL_IM", 1, "202607", freq="W"), "dataSet.4.freq: Input should be 'Y', 'H', 'Q', 'M', 'M3M', 'YTM'"),
        (row("VAL_IM", 1, 202607), "dataSet.4.period: Input should be a valid string, found 202607"),
        (row("VAL_IM", 1, "202613"), "row 5, VAL_IM M 202613: period '202613' is not a period of its frequency"),
        (row("VAL_IM", 1, "2026"), "row 5, VAL_IM M 2026: period '2026' is not a period of its frequency"),
        (row("VAL_IM", 1, "202607\n"), "is not a period of its frequency"),
        (row("VAL_IM", 1, "1\u06695201"), "is not a period of its frequency"),  # a nine of the Arabs
        (row("VAL_IM", 1, "202602", "Q"), "row 5, VAL_IM Q 202602: period '202602' is not a period of its frequency"),
        (row("VAL_IM", 1, "202603", "H"), "row 5, VAL_IM H 202603: period '202603' is not a period of its frequency"),
        (row("VAL_IM", 1, "202601", "Y"), "row 5, VAL_IM Y 202601: period '202601' is not a period of its frequency"),
        (row("VAL_IM", 1, "195112"), "row 5, VAL_IM M 195112: period '195112' is not a period of its frequency"),
        (row("VAL_IM", 1, "202611"), "row 5, VAL_IM M 202611: period '202611' is in the future"),
        (row("VAL_IM", 1, "2027", "Y"), "row 5, VAL_IM Y 2027: period '2027' is in the future"),
        (row("VAL_IM", 1, "202612", "Q"), "row 5, VAL_IM Q 202612: period '202612' is in the future"),
        (
            row("VAL_IM", -1, "202607"),
            "row 5, VAL_IM M 202607: figure '-1' is negative in HK$ million",
        ),
        (row("VAL_IM", 739_093_000, "202607"), "figure '739093000' is out of range for 'HK$ million'"),  # HK$ thousand
        (
            row("VAL_IM", 10_001, "202607", svDesc=ON_THE_YEAR),
            "'10001' is out of range for 'Year-on-year % change'",
        ),
        (row("VAL_IM", 1e12, "202607", svDesc="Index"), "figure '1000000000000.0' is out of range for 'Index'"),
        (row("VAL_IM", int("9" * 400), "202607", svDesc="Index"), "is out of range for 'Index'"),
        (row("VAL_IM", 739093), "row 5: the same figure occurs twice (member_code '', freq 'M', period '202608'"),
        (row("VAL_IM", 1, svDesc=" HK$  million"), "the same figure occurs twice"),
    ],
)
def test_bad_row_is_refused_with_row_field_and_reason(spoilt: Row, reason: str) -> None:
    assert reason in refusal(TOTALS, body([*totals(), spoilt]))


@pytest.mark.hostile
@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_nan_and_infinity_are_refused(text: str) -> None:
    assert "dataSet.1.figure" in refusal(TOTALS, body(totals()).replace("739093", text))


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("swap", "reason"),
    [
        ({"VAL_TX": "VAL_IM", "VAL_IM": "VAL_TX"}, "M 202608: exports less imports is not the balance printed"),
        ({"BAL": "VAL_TT", "VAL_TT": "BAL"}, "figure '-71242' is negative in HK$ million; only a balance can be"),
        ({"VAL_IM": "VAL_IMP"}, "table 410-50001 has no statistic VAL_IM; it is not the table expected"),
    ],
)
def test_swapped_or_renamed_statistics_are_refused(swap: dict[str, str], reason: str) -> None:
    rows = [{**row, "sv": swap.get(row["sv"], row["sv"])} for row in totals()]
    assert reason in refusal(TOTALS, body(rows))


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("table", "rows", "reason"),
    [
        (BY_PARTNER, [member("999", "Atlantis")], "COUNTRY '999' is not a partner in seeds/partners.csv; add it there"),
        (BY_PARTNER, [member("0631", "CHINESE MAINLAND")], "COUNTRY '0631' is not a partner"),
        (BY_PARTNER, [member(631, "CHINESE MAINLAND")], "COUNTRY: a code or a title is missing or is not text"),
        (BY_PARTNER, [member("631", None)], "COUNTRY: a code or a title is missing or is not text"),
        (BY_PARTNER, [member("", "Total"), row("VAL_IM", 1)], "what table 410-50012 had: COUNTRY, COUNTRYDesc"),
        (BY_PARTNER, [row("VAL_IM", 1)], "fields from what table 410-50012 had: COUNTRY, COUNTRYDesc"),
        (BY_PARTNER, [member("A", "Air", "TRANS")], "had: COUNTRY, COUNTRYDesc, TRANS, TRANSDesc"),
        (BY_PARTNER, [member("", "Total")] * 2, "row 2: the same figure occurs twice"),
        (
            BY_GROUP,
            [member("75", "Synthetic machines", "COMMD")],
            "COMMD 'Synthetic machines' is not a sitc_division in",
        ),
        (
            BY_GROUP,
            [member("75", MACHINES, "COMMD"), member("752", MACHINES, "COMMD")],
            f"COMMD '{MACHINES}' has several codes",
        ),
        (
            "410-51031",
            [member("1", "Food", "EUC", svDesc="Index")],
            "EUC 'Food' is not a end_use in seeds/categories.csv",
        ),
    ],
)
def test_unknown_members_are_refused(table: str, rows: list[Row], reason: str) -> None:
    assert reason in refusal(table, body(rows, title="imports by commodity, index, end-use"))


# Tables that are not what was expected


def components(*statistics: str) -> str:
    listed = [
        {"stat_var": sv, "stat_pres": "Raw_M_hkd_d"} for sv in statistics or ("VAL_TX", "VAL_IM", "BAL", "VAL_TT")
    ]
    return json.dumps({"table_component_list": listed, "last_modified_date": "synthetic day", "since": "195201"})


def titles(title: str = "synthetic title", **statistics: str) -> str:
    return json.dumps({"tb_title": title, "tb_fn": "", "sv_list": statistics or {"VAL_IM": " Imports  of goods"}})


def test_components_are_parsed_with_their_last_change() -> None:
    frame = csd.parse(f"{TOTALS}-components", components().encode(), TODAY)
    assert frame["sv"].tolist() == ["VAL_TX", "VAL_IM", "BAL", "VAL_TT"]
    assert fields(frame, 0, "table_id", "presentation", "last_modified", "line_number") == [
        *(TOTALS, "Raw_M_hkd_d", "synthetic day", 1)
    ]


def test_titles_name_the_statistics() -> None:
    frame = csd.parse(f"{TOTALS}-titles", titles().encode(), TODAY)
    assert frame.to_dict("records") == [
        {
            "table_id": TOTALS,
            "table_title": "synthetic title",
            "sv": "VAL_IM",
            "sv_title": "Imports of goods",
            "line_number": 1,
        }
    ]


def test_end_use_is_recognised_with_and_without_a_hyphen() -> None:
    for title in ("Index numbers by End Use category", "Index numbers by end-use category"):
        assert len(csd.parse("410-51031-titles", titles(title).encode(), TODAY)) == 1


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("dataset", "payload", "reason"),
    [
        (f"{TOTALS}-components", "<html></html>", "the body is HTML or XML"),
        (f"{TOTALS}-components", components("VAL_TX", "VAL_IM"), "410-50001 has no statistic BAL, VAL_TT; it is not"),
        (
            "410-50002-components",
            components(),
            "410-50002 has no statistic SA_VAL_TX, SA_VAL_IM; it is not the table",
        ),
        (
            f"{TOTALS}-components",
            components().replace("last_modified_date", "changed"),
            "last_modified_date: Field req",
        ),
        (f"{TOTALS}-components", components().replace("stat_var", "sv"), "table_component_list.0.stat_var: Field req"),
        (
            f"{TOTALS}-components",
            '{"table_component_list": [], "last_modified_date": ""}',
            "table_component_list: List should have at least 1 item",
        ),
        (f"{TOTALS}-titles", titles().replace("tb_title", "title"), "tb_title: Field required"),
        (f"{TOTALS}-titles", titles().replace('{"VAL_IM"', '{"VAL\\u0000"'), "the body contains a NUL"),
        (f"{TOTALS}-titles", titles(VAL_IM=1), "sv_list.VAL_IM: Input should be a valid string, found 1"),  # type: ignore[arg-type]
        (
            "410-51031-titles",
            titles("Retail sales"),
            "410-51031 has the title 'Retail sales', which does not contain 'end-use'",
        ),
        ("410-50031-titles", titles("Total exports by commodity"), "which does not contain 'imports'"),
        ("410-51021", body([member("", "Total", "REGN")], title="Port cargo"), "which does not contain 'index'"),
    ],
)
def test_unexpected_table_is_refused_with_the_reason(dataset: str, payload: str, reason: str) -> None:
    assert reason in refusal(dataset, payload)


# What is asked


class Archived:
    """A archived in which some tables are older than their component files."""

    def __init__(self, *changed: str) -> None:
        self.changed = changed

    def is_older_than(self, answer: Request, signal: Request) -> bool:
        assert signal.dataset == f"{answer.dataset}-components"
        return answer.dataset in self.changed


def asked(archived: Archived, answer: Callable[[Request], ParseResult] = lambda _: pd.DataFrame()) -> list[Request]:
    plan = csd.plan(Context(date(2026, 10, 1), archived, {"csd": "https://csd.example"}))
    requests = [next(plan)]
    try:
        while True:
            requests.append(plan.send(answer(requests[-1])))
    except StopIteration:
        return requests


def test_changed_table_is_requested_with_its_titles() -> None:
    requests = [request for request in asked(Archived(TOTALS)) if request.dataset.partition("-c")[0][:9] == TOTALS]
    assert [(request.dataset, request.url, request.parameters) for request in requests[:3]] == [
        ("410-50001-components", "https://csd.example/data/table_410-50001_comp.json", {}),
        ("410-50001-titles", "https://csd.example/data/en/table_410-50001_lang.json", {}),
        (
            "410-50001",
            "https://csd.example/api/get.php",
            {"id": "410-50001", "lang": "en", "full_series": "1"},
        ),
    ]
    assert requests[2].fresh_for == timedelta(0)


def test_unchanged_table_is_not_requested_while_fresh() -> None:
    requests = [request for request in asked(Archived()) if request.dataset.startswith("410-50011")]
    assert [request.dataset for request in requests] == ["410-50011-components", "410-50011"]
    assert requests[1].fresh_for == timedelta(minutes=10)


def test_every_table_of_the_catalogue_is_requested() -> None:
    figures = [request.dataset for request in asked(Archived(*TABLES)) if request.dataset in TABLES]
    assert figures == list(TABLES)


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("refused", "then"),
    [
        ("410-50031-components", ["410-50031-components"]),
        ("410-50031-titles", ["410-50031-components", "410-50031-titles"]),
    ],
)
def test_figures_of_an_unexpected_table_are_not_requested(refused: str, then: list[str]) -> None:
    def answer(request: Request) -> ParseResult:
        return Refused("it is not the table expected") if request.dataset == refused else pd.DataFrame()

    datasets = [request.dataset for request in asked(Archived(*TABLES), answer)]
    assert [name for name in datasets if name.startswith("410-50031")] == then
    assert [name for name in datasets if name in TABLES] == [name for name in TABLES if name != "410-50031"]


def test_probe_requests_one_small_file() -> None:
    request = csd.SOURCE.probe({"csd": "https://csd.example"}, TODAY)
    assert request.url == "https://csd.example/data/table_410-50001_comp.json"
    assert len(csd.parse(request.dataset, components().encode(), TODAY)) == 4
