"""The JSON bodies of Trade IDDS in English, field by field; a missing or additional field in a row is refused."""

from typing import Annotated, Literal, NotRequired

from pydantic import ConfigDict, FailFast, TypeAdapter, with_config
from typing_extensions import TypedDict


@with_config(ConfigDict(extra="forbid", strict=True))
class Row(TypedDict):
    """A row in English: imports have `co` (origin) or `cc` (consignment), exports `cc`, and world totals neither."""

    freq: Literal["M"]
    period: str
    ttype: int
    ttypeDescEN: str
    co: NotRequired[str]
    coDescEN: NotRequired[str]
    cc: NotRequired[str]
    ccDescEN: NotRequired[str]
    codeclass: Literal["HKHS2", "HKHS4", "HKHS6"]
    code: str
    codeDescEN: str
    sv: Literal["VCm", "QCm"]
    svDescEN: str
    unitEN: str
    figure: str
    cellfootnoteEN: NotRequired[str]


@with_config(ConfigDict(strict=True))
class Status(TypedDict):
    name: str
    code: int
    message: NotRequired[list[str]]


@with_config(ConfigDict(strict=True))
class Count(TypedDict):
    noOfRecords: int


class Header(TypedDict):
    status: Status
    count: NotRequired[Count]


class Body(TypedDict):
    header: Header
    dataSet: NotRequired[Annotated[list[Row], FailFast()]]


BODY = TypeAdapter(Body)
