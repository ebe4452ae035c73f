"""The HKMA's connector: pages are asked for until they end, figures stay as printed, and nonsense is refused."""

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from orchestration.sources import hkma
from orchestration.sources.connector import Context, Refused, Request

TODAY = date(2026, 10, 12)
ADDRESSES = {"hkma": "https://api.hkma.example"}
BASE = "https://api.hkma.example/public/market-data-and-statistics"

# The literal rows of sections C.3 and C.4 of the formats; the synthetic day before each is made up.
PUBLISHED_RATE = '{"end_of_day":"2026-06-30","usd":7.844,"eur":8.944,"jpy":0.0483,"cny":1.1549}'
SYNTHETIC_RATE = '{"end_of_day":"2026-06-29","usd":7.8430,"eur":8.951,"dem":null}'
SYNTHETIC_MONTH = '{"end_of_month":"2026-06","usd":7.838,"eur":9.011}'
PUBLISHED_LIQUIDITY = (
    '{"end_of_date":"2026-02-16","cu_weakside":7.85,"cu_strongside":7.75,'
    '"hibor_overnight":2.93,"hibor_fixing_1m":2.45792,"closing_balance":58646}'
)
SYNTHETIC_LIQUIDITY = (
    '{"end_of_date":"2026-02-13","cu_weakside":7.85,"cu_strongside":7.75,'
    '"hibor_overnight":null,"hibor_fixing_1m":2.50,"closing_balance":-12,"market_activities":"+0"}'
)
HEADER = '{"success":true,"err_code":"0000","err_msg":"No error found"}'


def body(*rows: str, datasize: int | None = None, header: str = HEADER) -> str:
    size = len(rows) if datasize is None else datasize
    return f'{{"header":{header},"result":{{"datasize":{size},"records":[{",".join(rows)}]}}}}'


def problem(dataset: str, payload: str | bytes) -> str:
    with pytest.raises(Refused) as caught:
        hkma.parse(dataset, payload.encode() if isinstance(payload, str) else payload, TODAY)
    return str(caught.value)


def test_daily_rates_stay_as_printed_with_line_numbers() -> None:
    frame = hkma.parse("exchange_rates_daily", body(SYNTHETIC_RATE, PUBLISHED_RATE).encode(), TODAY)
    assert frame.to_dict("records") == [
        {"dataset": "exchange_rates_daily", "period": "2026-06-29", "usd": "7.8430", "line_number": 1},
        {"dataset": "exchange_rates_daily", "period": "2026-06-30", "usd": "7.844", "line_number": 2},
    ]


def test_monthly_rates_go_to_the_same_table_with_their_own_dataset() -> None:
    frame = hkma.parse("exchange_rates_monthly", body(SYNTHETIC_MONTH).encode(), TODAY)
    assert frame.iloc[0].tolist() == ["exchange_rates_monthly", "2026-06", "7.838", 1]
    assert hkma.SOURCE.table("exchange_rates_monthly") == hkma.SOURCE.table("exchange_rates_daily")


def test_liquidity_stays_as_printed_and_null_is_blank() -> None:
    frame = hkma.parse("interbank_liquidity", body(SYNTHETIC_LIQUIDITY, PUBLISHED_LIQUIDITY).encode(), TODAY)
    assert frame.iloc[0].tolist() == ["2026-02-13", "7.85", "7.75", "", "2.50", "-12", 1]
    assert frame.iloc[1].tolist() == ["2026-02-16", "7.85", "7.75", "2.93", "2.45792", "58646", 2]


@pytest.mark.parametrize("dataset", ["exchange_rates_daily", "exchange_rates_monthly", "interbank_liquidity"])
def test_empty_frame_has_the_columns_of_its_raw_table(dataset: str) -> None:
    table = next(table for table in hkma.SOURCE.tables if table.name == hkma.SOURCE.table(dataset))
    frame = hkma.parse(dataset, body().encode(), TODAY)
    assert frame.empty
    assert list(frame.columns) == list(table.columns)
    assert frame.dtypes.astype(str).unique().tolist() == ["str", "int64"]


def test_liquidity_of_future_days_is_skipped() -> None:
    today = PUBLISHED_LIQUIDITY.replace("2026-02-16", "2026-10-12")
    synthetic_tomorrow = '{"end_of_date":"2026-10-13","closing_balance":"forecast"}'
    frame = hkma.parse("interbank_liquidity", body(PUBLISHED_LIQUIDITY, today, synthetic_tomorrow).encode(), TODAY)
    assert frame["end_of_date"].tolist() == ["2026-02-16", "2026-10-12"]


def test_unknown_currency_is_ignored() -> None:
    row = PUBLISHED_RATE.replace('"eur":8.944', '"xyz":"n.a.","neeri_2020":-1e99')
    assert hkma.parse("exchange_rates_daily", body(row).encode(), TODAY)["usd"].tolist() == ["7.844"]


def test_every_published_monthly_rate_since_1981_is_accepted(raw_reference: Path) -> None:
    with (raw_reference / "exchange_rates" / "monthly.csv").open(newline="") as file:
        published = [row for row in csv.DictReader(file) if row["Country"] == "Hong Kong"]
    rows = [f'{{"end_of_month":"{row["Date"][:7]}","usd":{row["Exchange rate"]}}}' for row in published]
    frame = hkma.parse("exchange_rates_monthly", body(*rows).encode(), TODAY)
    assert len(frame) == 546
    assert frame.iloc[-1].tolist() == ["exchange_rates_monthly", "2026-06", "7.8377", 546]


DAILY = body(SYNTHETIC_RATE, PUBLISHED_RATE)
MONTHLY = body(SYNTHETIC_MONTH)
LIQUIDITY = body(SYNTHETIC_LIQUIDITY, PUBLISHED_LIQUIDITY)
FAILED = '{"header":{"success":false,"err_code":"9001","err_msg":"synthetic failure"},"result":null}'


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("dataset", "payload", "reason"),
    [
        ("exchange_rates_daily", FAILED, "success False, err_code '9001': synthetic failure"),
        ("exchange_rates_daily", DAILY.replace('"0000"', '"9001"'), "success True, err_code '9001'"),
        ("exchange_rates_daily", DAILY.replace("true", '"true"'), "header.success: Input should be a valid boolean"),
        ("exchange_rates_daily", "", "the body is empty"),
        ("exchange_rates_daily", "<html>405 Not Allowed</html>", "the body is HTML or XML"),
        ("exchange_rates_daily", DAILY[:-40], "not valid JSON: JSONDecodeError"),
        ("exchange_rates_daily", DAILY.encode("utf-16"), "not valid JSON: UnicodeDecodeError"),
        ("exchange_rates_daily", DAILY.replace("found", "\x00"), "not valid JSON: JSONDecodeError"),
        ("exchange_rates_daily", "[" * 100_000, "not valid JSON: RecursionError"),
        ("exchange_rates_daily", "[]", "the body: Input should be a valid dictionary"),
        ("exchange_rates_daily", f'{{"header":{HEADER}}}', "result: Field required"),
        ("exchange_rates_daily", body("7.844"), "result.records.0: Input should be a valid dictionary"),
        ("exchange_rates_daily", body(PUBLISHED_RATE, datasize=2), "datasize is 2, but there are 1 records"),
        ("exchange_rates_daily", DAILY.replace("7.844", "NaN"), "the body contains NaN, which is not a figure"),
        ("exchange_rates_daily", DAILY.replace("7.844", "-Infinity"), "the body contains -Infinity"),
        ("exchange_rates_daily", DAILY.replace("7.844", "1e99999999999999999999"), "InvalidOperation"),
        ("exchange_rates_daily", DAILY.replace("7.844", '"7.844"'), "row 2: usd: Input should be an instance of Dec"),
        ("exchange_rates_daily", DAILY.replace("7.844", "true"), "row 2: usd: Input should be an instance of Decimal"),
        ("exchange_rates_daily", DAILY.replace("7.844", '""'), "row 2: usd: Input should be an instance of Decimal"),
        ("exchange_rates_daily", DAILY.replace("7.844", "0.1275"), "row 2: usd: Input should be greater than or eq"),
        ("exchange_rates_daily", DAILY.replace("7.844", "784.4"), "row 2: usd: Input should be less than or equal"),
        ("exchange_rates_daily", DAILY.replace('"usd":7.844', '"us_dollar":7.844'), "row 2: usd: Field required"),
        ("exchange_rates_daily", DAILY.replace('"eur":8.944', '"usd":8.944'), "a field occurs twice in one object"),
        ("exchange_rates_daily", DAILY.replace("06-29", "06-30"), "row 2: the same figure occurs twice"),
        ("exchange_rates_daily", DAILY.replace("2026-06-30", "2026-06-31"), "row 2: end_of_day: '2026-06-31' is no"),
        ("exchange_rates_daily", DAILY.replace("2026-06-30", "0206-06-30"), "row 2: end_of_day: '0206-06-30' is no"),
        ("exchange_rates_daily", DAILY.replace("2026-06-30", "20260630"), "end_of_day: '20260630' is not a period"),
        ("exchange_rates_daily", DAILY.replace("2026-06-30", "2026-06-3\\u0000"), "is not a period such as 2026-06-30"),
        ("exchange_rates_daily", DAILY.replace('"2026-06-30"', "20260630"), "is not a period such as 2026-06-30"),
        ("exchange_rates_daily", DAILY.replace('"2026-06-30"', "null"), "row 2: end_of_day: None is not a period"),
        ("exchange_rates_daily", DAILY.replace("2026-06-30", "2026-10-13"), "'2026-10-13' is in the future"),
        ("exchange_rates_daily", MONTHLY, "row 1: end_of_day: the field is missing; the row has end_of_month, usd"),
        ("exchange_rates_monthly", DAILY, "row 1: end_of_month: the field is missing; the row has end_of_day, usd"),
        ("exchange_rates_monthly", MONTHLY.replace("2026-06", "2026-13"), "'2026-13' is not a period such as 2026-06"),
        (
            "exchange_rates_monthly",
            MONTHLY.replace("2026-06", "2026-11"),
            "end_of_month: '2026-11' is in the future",
        ),
        ("interbank_liquidity", LIQUIDITY.replace("7.85", "7.70"), "weak side 7.70 is not above strong side 7.75"),
        ("interbank_liquidity", LIQUIDITY.replace("7.85", "0.785"), "row 1: cu_weakside: Input should be greater"),
        ("interbank_liquidity", LIQUIDITY.replace("2.93", "29300"), "row 2: hibor_overnight: Input should be less"),
        ("interbank_liquidity", LIQUIDITY.replace("58646", "58646000000"), "row 2: closing_balance: Input should be"),
        ("interbank_liquidity", LIQUIDITY.replace("58646", '"58,646"'), "row 2: closing_balance: Input should be an"),
        ("interbank_liquidity", LIQUIDITY.replace("hibor_fixing_1m", "hibor_1m"), "row 1: hibor_fixing_1m: Field req"),
    ],
)
def test_hostile_page_is_refused_with_row_field_and_reason(dataset: str, payload: str | bytes, reason: str) -> None:
    assert reason in problem(dataset, payload)


def day(number: int) -> str:
    return date.fromordinal(date(1999, 12, 31).toordinal() + number).isoformat()


def synthetic_rows(first: int, last: int) -> list[str]:
    return [f'{{"end_of_day":"{day(number)}","usd":7.8}}' for number in range(first, last + 1)]


def asked(answer: Callable[[Request], str | None]) -> list[tuple[str, int]]:
    """Drive the plan and return the data set and offset of each request; None stands for a refusal."""
    plan = hkma.plan(Context(today=TODAY, archived=NOTHING_HELD, addresses=ADDRESSES))
    requests: list[tuple[str, int]] = []
    request = next(plan)
    try:
        while True:
            requests.append((request.dataset, int(request.parameters["offset"])))
            payload = answer(request)
            request = plan.send(
                Refused("not today") if payload is None else hkma.parse(request.dataset, payload.encode(), TODAY)
            )
    except StopIteration:
        return requests


class Nothing:
    def is_older_than(self, answer: Request, signal: Request) -> bool:
        raise AssertionError("the HKMA has no signal to look at")


NOTHING_HELD = Nothing()


def daily(rows: int, cap: int) -> Callable[[Request], str]:
    """Answer as a server with so many daily rates that gives at most `cap` a page; its other data sets are empty."""

    def answer(request: Request) -> str:
        offset, size = int(request.parameters["offset"]), min(cap, int(request.parameters["pagesize"]))
        if request.dataset != "exchange_rates_daily":
            return body()
        return body(*synthetic_rows(offset + 1, min(offset + size, rows)))

    return answer


REST = [("exchange_rates_monthly", 0), ("interbank_liquidity", 0)]


@pytest.mark.parametrize(
    ("rows", "cap", "offsets"),
    [
        pytest.param(2300, 1000, [0, 1000, 2000], id="a short last page ends the paging"),
        pytest.param(2000, 1000, [0, 1000, 2000], id="an empty page ends the paging when the last one was full"),
        pytest.param(250, 100, [0, 100, 200], id="a server that gives a hundred at most is read to its end"),
        pytest.param(200, 100, [0, 100, 200], id="also when its last page is full"),
        pytest.param(546, 1000, [0, 546], id="a first page that may be a server's cap is asked behind"),
        pytest.param(37, 1000, [0], id="a first page shorter than any cap is all there is"),
        pytest.param(0, 1000, [0], id="an empty data set is asked once"),
    ],
)
def test_paging_follows_the_number_of_rows_received(rows: int, cap: int, offsets: list[int]) -> None:
    assert asked(daily(rows, cap)) == [("exchange_rates_daily", offset) for offset in offsets] + REST


def test_pages_are_requested_by_period_and_archived_separately() -> None:
    plan = hkma.plan(Context(today=TODAY, archived=NOTHING_HELD, addresses=ADDRESSES))
    first = next(plan)
    second = plan.send(hkma.parse(first.dataset, body(*synthetic_rows(1, 100)).encode(), TODAY))
    assert first.url == f"{BASE}/monthly-statistical-bulletin/er-ir/er-eeri-daily"
    assert first.parameters == {"pagesize": "1000", "offset": "0", "sortby": "end_of_day", "sortorder": "asc"}
    assert second.parameters == {**first.parameters, "offset": "100"}
    assert first.archive_part != second.archive_part


def test_datasets_are_requested_at_their_published_addresses() -> None:
    seen: dict[str, Any] = {}

    def answer(request: Request) -> str:
        seen[request.dataset] = (request.url, request.parameters["sortby"])
        return body()

    asked(answer)
    assert seen == {
        "exchange_rates_daily": (f"{BASE}/monthly-statistical-bulletin/er-ir/er-eeri-daily", "end_of_day"),
        "exchange_rates_monthly": (
            f"{BASE}/monthly-statistical-bulletin/er-ir/er-eeri-periodaverage",
            "end_of_month",
        ),
        "interbank_liquidity": (
            f"{BASE}/daily-monetary-statistics/daily-figures-interbank-liquidity",
            "end_of_date",
        ),
    }


def test_refused_page_ends_only_its_own_dataset() -> None:
    def answer(request: Request) -> str | None:
        return None if request.dataset == "exchange_rates_daily" else body()

    assert asked(answer) == [("exchange_rates_daily", 0), *REST]


def test_ignored_offset_is_reported_after_the_other_datasets() -> None:
    requests: list[str] = []

    def answer(request: Request) -> str:
        requests.append(request.dataset)
        return body(*synthetic_rows(1, 100)) if request.dataset == "exchange_rates_daily" else body()

    with pytest.raises(Refused, match=r"^exchange_rates_daily: a further page has only rows of earlier pages"):
        asked(answer)
    assert requests == ["exchange_rates_daily"] * 2 + ["exchange_rates_monthly", "interbank_liquidity"]


def test_future_rows_count_towards_the_next_offset() -> None:
    """A server may ignore the order that is asked for: one client says that the HKMA's does."""
    coming = [f'{{"end_of_date":"2026-10-{number}"}}' for number in (14, 13)]
    known = [PUBLISHED_LIQUIDITY.replace("2026-02-16", day(9000 - number)) for number in range(150)]

    def answer(request: Request) -> str:
        offset = int(request.parameters["offset"])
        return body(*[*coming, *known][offset : offset + 100]) if request.dataset == "interbank_liquidity" else body()

    assert [offset for dataset, offset in asked(answer) if dataset == "interbank_liquidity"] == [0, 100]


def test_probe_requests_a_single_row() -> None:
    request = hkma.SOURCE.probe(ADDRESSES, TODAY)
    assert request.parameters["pagesize"] == "1"
    assert isinstance(hkma.SOURCE.parse(request.dataset, MONTHLY.encode(), TODAY), pd.DataFrame)
