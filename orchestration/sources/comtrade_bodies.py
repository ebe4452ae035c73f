"""The JSON bodies of UN Comtrade, field by field, as observed in October 2026 without labels (`includeDesc`).

A missing, renamed or additional field means a new format: the body is refused until the types here are updated.
"""

import json
import re
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import ConfigDict, FailFast, Field, InstanceOf, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from orchestration.sources.connector import Refused, first_problem, refuse_html

exact_fields = with_config(ConfigDict(extra="forbid", strict=True))


class Figure(str):
    """The text of a number with a decimal point, as printed: a float would lose digits and trailing zeros."""

    __slots__ = ()


Number = int | InstanceOf[Figure]


@exact_fields
class Row(TypedDict):
    """The fields of every row: monthly trade in goods, in the HS edition that the reporter used."""

    typeCode: Literal["C"]
    freqCode: Literal["M"]
    reporterISO: str | None
    reporterDesc: str | None
    classificationCode: Annotated[str, Field(pattern="^H[0-9]$")]
    classificationSearchCode: Literal["HS"]
    isOriginalClassification: bool


@exact_fields
class Trade(Row):
    """A row of `preview` or `get`: one flow of one code with one partner in one month."""

    refPeriodId: int
    refYear: int
    refMonth: int
    period: str
    flowCode: Literal["M", "X", "RX", "RM", "DX"]
    flowDesc: str | None
    partnerISO: str | None
    partnerDesc: str | None
    partner2Code: int
    partner2ISO: str | None
    partner2Desc: str | None
    cmdCode: str
    cmdDesc: str | None
    aggrLevel: int | None
    isLeaf: bool | None
    customsCode: str
    customsDesc: str | None
    mosCode: str
    motCode: int
    motDesc: str | None
    qtyUnitCode: Annotated[int, Field(ge=-1, le=999)]
    qtyUnitAbbr: str | None
    qty: Number | None
    isQtyEstimated: bool
    altQtyUnitCode: Annotated[int, Field(ge=-1, le=999)]
    altQtyUnitAbbr: str | None
    altQty: Number | None
    isAltQtyEstimated: bool
    netWgt: Number | None
    isNetWgtEstimated: bool
    grossWgt: Number | None
    isGrossWgtEstimated: bool
    cifvalue: Number | None
    fobvalue: Number | None
    primaryValue: Number
    legacyEstimationFlag: int
    isReported: bool
    isAggregate: bool


@exact_fields
class TradeRow(Trade):
    """Hong Kong's trade as reported by Hong Kong."""

    reporterCode: Literal[344]
    partnerCode: Annotated[int, Field(ge=0, le=999)]


@exact_fields
class MirrorRow(Trade):
    """Trade with Hong Kong as reported by a partner."""

    reporterCode: Annotated[int, Field(ge=1, le=999)]
    partnerCode: Literal[344]


@exact_fields
class AvailabilityRow(Row):
    """A row of `getDA`: one month that is available. Its period is a number; its dataset code exceeds 2**53."""

    reporterCode: Literal[344]
    datasetCode: Annotated[int, Field(ge=1)]
    period: int
    isExtendedFlowCode: bool
    isExtendedPartnerCode: bool
    isExtendedPartner2Code: bool
    isExtendedCmdCode: bool
    isExtendedCustomsCode: bool
    isExtendedMotCode: bool
    totalRecords: Annotated[int, Field(ge=1)]
    datasetChecksum: int
    firstReleased: str
    lastReleased: str


RowKind = TypeVar("RowKind")


@exact_fields
class Body(TypedDict, Generic[RowKind]):
    """A whole body; validation stops at the first bad row."""

    elapsedTime: str
    count: int
    data: Annotated[list[RowKind], FailFast()]
    error: Literal[""]


TRADE = TypeAdapter(Body[TradeRow])
MIRROR = TypeAdapter(Body[MirrorRow])
AVAILABILITY = TypeAdapter(Body[AvailabilityRow])


def read(adapter: TypeAdapter[Body[RowKind]], payload: bytes) -> Body[RowKind]:
    """Return a validated body; numbers with a decimal point are Figure, as printed. Raises Refused."""
    refuse_html(payload)
    try:
        body = json.loads(payload.decode("utf-8"), parse_float=Figure)
        _refuse_notice(body)
        return adapter.validate_python(body)
    except ValidationError as error:
        changed = error.errors()[0]["type"] in ("missing", "extra_forbidden")
        raise Refused(("the format changed: " if changed else "") + first_problem(error)) from None
    except (ValueError, RecursionError) as error:
        raise Refused(f"the body is not JSON ({error}); it begins with {payload[:80]!r}") from None


def _refuse_notice(body: Any) -> None:
    """Refuse an error of the gateway or the API: access denied, quota used up, or an error message."""
    if isinstance(body, dict) and "statusCode" in body:
        raise Refused(f"the gateway refused the request: {body['statusCode']!r}, {str(body.get('message'))[:200]!r}")
    if isinstance(body, dict) and body.get("error"):
        raise Refused(f"UN Comtrade reports an error: {str(body['error'])[:200]!r}")


def asks_to_wait(payload: bytes) -> float | None:
    """Return the seconds to wait that a body with `statusCode` 429 names, or 1; None for any other body."""
    # Bodies with trade are longer than an error, and are not searched.
    if len(payload) > 1000 or not re.search(rb'"statusCode"\s*:\s*429\b', payload):
        return None
    named = re.search(rb"again in (\d{1,6}) second", payload)
    return float(named[1]) if named else 1.0
