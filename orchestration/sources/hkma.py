"""The Hong Kong Monetary Authority's open API: the US dollar rate, daily and monthly, and interbank liquidity.

Each of the three datasets is paged. The API does not return the total number of rows, and its documentation gives two
page limits (100 and 1,000), so paging continues until a page is shorter than the others. Figures stay as printed, and
null becomes "".
"""

import json
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, NoReturn

import pandas as pd
from pydantic import BaseModel, Field, ValidationError, model_validator

from orchestration.periods import EARLIEST
from orchestration.sources.connector import (
    Context,
    ParseResult,
    Plan,
    RawTable,
    Refused,
    Request,
    Source,
    first_problem,
    refuse_html,
    refuse_repeats,
)
from orchestration.sources.exact import PLACES

NAME = "hkma"
PAGE_SIZE = 1000
LONGEST_FORECAST = timedelta(days=60)  # the liquidity of the next few days is forecast
SMALLEST_PAGE_LIMIT = 100  # the smaller of the two limits in the API's documentation

EXCHANGE_RATES = RawTable(
    "hkma__exchange_rates",
    "HKD per US dollar, as printed: each day's rate (period 2026-06-30) and each month's average (2026-06).",
    {"dataset": "varchar", "period": "varchar", "usd": "varchar", "line_number": "integer"},
)
INTERBANK_LIQUIDITY = RawTable(
    "hkma__interbank_liquidity",
    "Convertibility undertakings (HKD per USD), HIBOR (%) and the Aggregate Balance (HK$ mn) by day, as printed.",
    {
        **dict.fromkeys(("end_of_date", "cu_weakside", "cu_strongside"), "varchar"),
        **dict.fromkeys(("hibor_overnight", "hibor_fixing_1m", "closing_balance"), "varchar"),
        "line_number": "integer",
    },
)

# HKD per USD. The extremes were 5.18 in January 1981 and 8.09 in October 1983; USD per HKD would be about 0.13.
_Rate = Annotated[Decimal, Field(strict=True, ge=5, le=10, decimal_places=PLACES)]
_Undertaking = Annotated[Decimal, Field(strict=True, ge=7, le=9, decimal_places=PLACES)]  # 7.75 to 7.85 since 2005
_Percent = Annotated[Decimal, Field(strict=True, ge=-100, le=1000, decimal_places=PLACES)]
# Above ten million it is in HK$, not HK$ million.
_Million = Annotated[Decimal, Field(strict=True, ge=-10_000_000, le=10_000_000, decimal_places=3)]


class _Header(BaseModel):
    success: bool = Field(strict=True)
    err_code: str = "0000"
    err_msg: str = ""


class _Envelope(BaseModel):
    header: _Header


class _Result(BaseModel):
    datasize: Decimal = Field(strict=True)
    records: list[dict[str, Any]]


class _Body(BaseModel):
    result: _Result


class _ExchangeRate(BaseModel):
    """The only figure that is loaded; changes to the other currencies of the API are ignored."""

    usd: _Rate | None


class _Liquidity(BaseModel):
    cu_weakside: _Undertaking | None
    cu_strongside: _Undertaking | None
    hibor_overnight: _Percent | None
    hibor_fixing_1m: _Percent | None
    closing_balance: _Million | None

    @model_validator(mode="after")
    def refuse_swapped_sides(self) -> "_Liquidity":
        if self.cu_weakside and self.cu_strongside and self.cu_weakside <= self.cu_strongside:
            raise ValueError(f"weak side {self.cu_weakside} is not above strong side {self.cu_strongside}")
        return self


@dataclass(frozen=True)
class _Dataset:
    """Where a dataset is and how it is read: `form` is an example of a period, `has_future` allows later days."""

    path: str
    period: str
    form: str
    figures: type[BaseModel]
    table: RawTable
    has_future: bool = False

    @property
    def key(self) -> str:
        """The column of the raw table that the period is loaded into."""
        return "period" if self.table is EXCHANGE_RATES else self.period


_DAY, _MONTH = "2026-06-30", "2026-06"
_BULLETIN = "monthly-statistical-bulletin/er-ir"
_DATASETS = {
    "exchange_rates_daily": _Dataset(f"{_BULLETIN}/er-eeri-daily", "end_of_day", _DAY, _ExchangeRate, EXCHANGE_RATES),
    "exchange_rates_monthly": _Dataset(
        f"{_BULLETIN}/er-eeri-periodaverage", "end_of_month", _MONTH, _ExchangeRate, EXCHANGE_RATES
    ),
    "interbank_liquidity": _Dataset(
        "daily-monetary-statistics/daily-figures-interbank-liquidity",
        *("end_of_date", _DAY, _Liquidity, INTERBANK_LIQUIDITY),
        has_future=True,
    ),
}


def plan(context: Context) -> Plan:
    """Request every page of the three datasets. Raises Refused at the end if the API ignored the offset of a page."""
    advances = {}
    for name in _DATASETS:
        advances[name] = yield from _fetch_pages(context.addresses, name)
    if stuck := [name for name, advanced in advances.items() if not advanced]:
        raise Refused(f"{', '.join(stuck)}: a further page has only rows of earlier pages; the offset is ignored")


def _fetch_pages(addresses: Mapping[str, str], name: str) -> Generator[Request, ParseResult, bool]:
    """Request pages until one is empty or shorter than the longest so far. Return True if every page had new rows."""
    offset, longest = 0, SMALLEST_PAGE_LIMIT
    seen: set[str] = set()
    while True:
        reply = yield _request(addresses, name, PAGE_SIZE, offset)
        if isinstance(reply, Refused) or reply.empty:
            return True
        periods = set(reply[_DATASETS[name].key])
        if periods <= seen:
            return False
        seen |= periods
        rows = int(reply["line_number"].max())  # future rows are dropped but count towards the offset
        offset, longest = offset + rows, max(longest, rows)
        if rows < longest:
            return True


def _request(addresses: Mapping[str, str], name: str, pagesize: int, offset: int) -> Request:
    dataset = _DATASETS[name]
    return Request(
        name,
        f"{addresses[NAME]}/public/market-data-and-statistics/{dataset.path}",
        {"pagesize": str(pagesize), "offset": str(offset), "sortby": dataset.period, "sortorder": "asc"},
    )


def parse(name: str, payload: bytes, on: date) -> pd.DataFrame:
    """Parse one page into rows of its raw table. Raises Refused, which names row, field, value and reason."""
    dataset = _DATASETS[name]
    rows = []
    for line, record in enumerate(_records(payload), start=1):
        place = f"row {line}"
        period = _period(dataset, place, record)
        if not _is_future(dataset, place, period, on):
            names = (name,) if dataset.table is EXCHANGE_RATES else ()
            rows.append((*names, period, *_figures(dataset, place, record), line))
    *texts, line_number = dataset.table.columns
    frame = pd.DataFrame(rows, columns=[*texts, line_number]).astype({**dict.fromkeys(texts, "str"), line_number: int})
    refuse_repeats(frame.set_index(line_number), [dataset.key])
    return frame


def _is_future(dataset: _Dataset, place: str, period: str, on: date) -> bool:
    """Return True for a future day, which the liquidity dataset lists with forecasts. Raises Refused in the others."""
    if period <= on.isoformat()[: len(period)]:
        return False
    if not dataset.has_future or period > (on + LONGEST_FORECAST).isoformat():
        raise Refused(f"{place}: {dataset.period}: {period!r} is in the future")
    return True


def _records(payload: bytes) -> list[dict[str, Any]]:
    """Return the page's records with every number as a Decimal, which keeps its digits as printed. Raises Refused."""
    refuse_html(payload)
    try:
        body = json.loads(
            payload.decode(),
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique_fields,
        )
        header = _Envelope.model_validate(body).header
        if not header.success or header.err_code != "0000":
            raise Refused(f"the HKMA says success {header.success}, err_code {header.err_code!r}: {header.err_msg}")
        result = _Body.model_validate(body).result
    except ValidationError as error:
        raise Refused(first_problem(error)) from None
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise Refused(f"the body is not valid JSON: {type(error).__name__}: {error}") from None
    if result.datasize != len(result.records):
        raise Refused(
            f"result.datasize is {result.datasize}, but there are {len(result.records)} records: the page is incomplete"
        )
    return result.records


def _refuse_constant(text: str) -> NoReturn:
    raise Refused(f"the body contains {text}, which is not a figure")


def _unique_fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) != len(pairs):
        raise Refused(f"a field occurs twice in one object: {', '.join(name for name, _ in pairs)[:200]}")
    return named


def _period(dataset: _Dataset, place: str, record: dict[str, Any]) -> str:
    """Return the row's period, a real day or month. Raises Refused."""
    if dataset.period not in record:
        fields = ", ".join(record)[:200] or "no fields"
        raise Refused(f"{place}: {dataset.period}: the field is missing; the row has {fields}")
    text = record[dataset.period]
    shape = re.sub(r"\d", r"\\d", dataset.form)
    if isinstance(text, str) and re.fullmatch(shape, text, re.ASCII) and _is_day(f"{text}-01"[:10]):
        return text
    raise Refused(f"{place}: {dataset.period}: {text!r} is not a period such as {dataset.form}")


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text) >= EARLIEST
    except ValueError:
        return False


def _figures(dataset: _Dataset, place: str, record: dict[str, Any]) -> list[str]:
    """Return the row's figures as printed, "" for null. Raises Refused."""
    try:
        figures = dataset.figures.model_validate(record)
    except ValidationError as error:
        raise Refused(f"{place}: {first_problem(error)}") from None
    return ["" if figure is None else format(figure, "f") for _, figure in figures]


def probe(addresses: Mapping[str, str], _on: date) -> Request:
    """Return a request for the first month's exchange rate."""
    return _request(addresses, "exchange_rates_monthly", pagesize=1, offset=0)


SOURCE = Source(
    name=NAME,
    publisher="Hong Kong Monetary Authority",
    description="USD/HKD by day and month; convertibility undertakings, HIBOR and the Aggregate Balance",
    cadence="liquidity each working day; exchange rates with the monthly bulletin, about a month behind",
    licence="HKMA open API: free, the source named",
    table=lambda dataset: _DATASETS[dataset].table.name,
    tables=(EXCHANGE_RATES, INTERBANK_LIQUIDITY),
    plan=plan,
    parse=parse,
    probe=probe,
    pause=timedelta(seconds=1),
)
