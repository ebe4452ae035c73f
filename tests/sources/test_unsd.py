"""The United Nations' correlation tables: the real files, where they are at hand, and small synthetic ones."""

import contextlib
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pandas as pd
import pytest

from orchestration.sources import unsd
from orchestration.sources.connector import Context, Refused, Request
from testing.replay.unsd import Pairs, correlation_workbook
from testing.replay.workbook import Cell, xlsx

TODAY = date(2026, 10, 1)
PAIRS: Pairs = [("010121", "010121", "1:1"), ("970610", "970600", "n:1"), ("970690", "970600", "n:1")]
BEC = b"\xef\xbb\xbfHS 2017,BEC,Relationship\r\n010121,41,n:1\r\n010130,111,n:n\r\n010130,41,n:n\r\n,,\r\n"
COLUMNS = ["from_code", "to_code", "relationship", "is_conversion", "line_number"]
FILES = {
    "HS2022toHS2017": "HS2022toHS2017ConversionAndCorrelationTables.xlsx",
    "HS2017toHS2012": "HS2017toHS2012ConversionAndCorrelationTables.xlsx",
    "HS2022toSITC4": "HS2022toSITC4ConversionAndCorrelationTables.xlsx",
    "HS2022toBEC4": "HS2022_to_BEC_Conversion_and_Correlation_Tables.csv",
    "HS2017toBEC4": "HS2017_to_BEC_Conversion_and_Correlation_Tables.csv",
}


@pytest.fixture
def few_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a table of two codes do for an edition of the HS."""
    monkeypatch.setattr(unsd, "MIN_CODES", 2)


@pytest.fixture
def real(raw_reference: Path) -> Callable[[str], pd.DataFrame]:
    return lambda dataset: unsd.parse(dataset, (raw_reference / "classifications" / FILES[dataset]).read_bytes(), TODAY)


def refusal(dataset: str, payload: bytes) -> str:
    with pytest.raises(Refused) as caught:
        unsd.parse(dataset, payload, TODAY)
    return str(caught.value)


# The publisher's own files


@pytest.mark.parametrize(
    ("dataset", "pairs", "codes", "conversions", "relationships"),
    [
        ("HS2022toHS2017", 15_657, 5_613, 5_613, {"n:n": 10_114, "1:1": 4_097, "n:1": 1_392, "1:n": 54}),
        ("HS2017toHS2012", 6_141, 5_388, 5_388, {"1:1": 4_744, "n:n": 775, "n:1": 578, "1:n": 44}),
        ("HS2022toSITC4", 13_240, 5_611, 5_611, {"n:n": 7_755, "n:1": 4_156, "1:1": 1_257, "1:n": 23, "": 49}),
        ("HS2022toBEC4", 5_926, 5_611, 5_468, {"n:1": 5_468, "n:n": 458}),
        ("HS2017toBEC4", 5_511, 5_386, 5_286, {"n:1": 5_286, "n:n": 225}),
    ],
)
def test_real_tables_are_parsed_completely(
    real: Callable[[str], pd.DataFrame],
    dataset: str,
    pairs: int,
    codes: int,
    conversions: int,
    relationships: dict[str, int],
) -> None:
    frame = real(dataset)
    assert (len(frame), frame["from_code"].nunique()) == (pairs, codes)
    assert Counter(frame["relationship"]) == relationships
    assert Counter(frame["is_conversion"])["true"] == conversions
    assert frame["line_number"].is_unique
    assert list(frame.columns) == list(unsd.CORRELATIONS.columns)
    assert frame[["from_classification", "to_classification"]].drop_duplicates().to_numpy().tolist() == [
        dataset.split("to")
    ]


def test_partial_correspondence_is_an_ordinary_pair(real: Callable[[str], pd.DataFrame]) -> None:
    frame = real("HS2017toHS2012")
    trout = frame[(frame["from_code"] == "030211") & (frame["to_code"] == "030211")]  # printed with "ex" between them
    assert trout[["relationship", "is_conversion"]].to_numpy().tolist() == [["n:1", "true"]]


def test_numeric_code_with_all_digits_is_accepted(
    real: Callable[[str], pd.DataFrame],
) -> None:
    frame = real("HS2022toHS2017")  # its last conversion is the number 999999
    assert frame.iloc[-1][COLUMNS].tolist() == ["999999", "999999", "1:1", "true", 15_659]


def test_conversion_to_a_sitc_group_is_added_to_its_items(
    real: Callable[[str], pd.DataFrame],
) -> None:
    frame = real("HS2022toSITC4")
    fowl = frame[frame["from_code"] == "020760"].set_index("to_code")
    assert fowl.loc[["0123"], ["relationship", "is_conversion"]].to_numpy().tolist() == [["", "true"]]
    assert len(fowl) > 1
    assert {code[:4] for code in fowl.index} == {"0123"}
    assert (fowl["is_conversion"] == "true").sum() == 1


# Small tables of our own


@pytest.mark.usefixtures("few_codes")
def test_pair_on_the_conversion_sheet_is_marked_as_conversion() -> None:
    pairs: Pairs = [("010121", "010121", "1:n"), ("010121", "010129", "1:n"), ("970610", "970600", "1:1")]
    to = {"010121": "010129", "970610": "970600"}
    frame = unsd.parse("HS2022toHS2017", correlation_workbook("HS2022toHS2017", pairs, to), TODAY)
    assert frame[COLUMNS].to_numpy().tolist() == [
        ["010121", "010121", "1:n", "false", 3],
        ["010121", "010129", "1:n", "true", 4],
        ["970610", "970600", "1:1", "true", 5],
    ]


@pytest.mark.usefixtures("few_codes")
def test_conversion_to_a_group_is_numbered_after_the_last_correlation() -> None:
    pairs: Pairs = [("020760", "01231", "1:n"), ("020760", "01232", "1:n"), ("970610", "8966", "1:1")]
    frame = unsd.parse(
        "HS2022toSITC4", correlation_workbook("HS2022toSITC4", pairs, {"020760": "0123", "970610": "8966"}), TODAY
    )
    assert frame[COLUMNS].to_numpy().tolist()[-1] == ["020760", "0123", "", "true", 5 + 2]
    assert frame["is_conversion"].tolist() == ["false", "false", "true", "true"]


@pytest.mark.usefixtures("few_codes")
def test_csv_is_parsed_with_a_byte_order_mark_and_blank_rows() -> None:
    frame = unsd.parse("HS2017toBEC4", BEC, TODAY)
    assert frame[COLUMNS].to_numpy().tolist() == [
        ["010121", "41", "n:1", "true", 2],
        ["010130", "111", "n:n", "false", 3],
        ["010130", "41", "n:n", "false", 4],
    ]
    assert frame.dtypes.astype(str).to_dict() == {
        **dict.fromkeys(unsd.CORRELATIONS.columns, "str"),
        "line_number": "int64",
    }


@pytest.mark.usefixtures("few_codes")
@pytest.mark.parametrize("printed", ["n:1", "n to 1", "N : 1", " n:1 "])
def test_relationships_are_normalised(printed: str) -> None:
    frame = unsd.parse("HS2017toBEC4", BEC.replace(b"n:1", printed.encode()), TODAY)
    assert frame["relationship"].tolist() == ["n:1", "n:n", "n:n"]


# What is refused

HEAD: list[list[Cell]] = [["Between"], ["HS 2022", "HS2017", "Relationship"]]
CONVERSION: list[list[Cell]] = [["From HS 2022", "To HS2017"], ["010121", "010121"], ["970610", "970600"]]
CORRELATION: list[list[Cell]] = [*HEAD, ["010121", "010121", "1:1"], ["970610", "970600", "1:1"]]


def tables(conversion: list[list[Cell]] = CONVERSION, correlation: list[list[Cell]] = CORRELATION) -> bytes:
    return xlsx({"Conversion HS22-HS17": conversion, "Correlation HS22-HS17": correlation})


def correlated(*row: Cell) -> bytes:
    return tables(correlation=[*CORRELATION[:-1], [*row]])


def converted(*row: Cell) -> bytes:
    return tables([*CONVERSION[:-1], [*row]])


@pytest.mark.usefixtures("few_codes")
def test_unmodified_small_workbook_is_accepted() -> None:
    assert len(unsd.parse("HS2022toHS2017", tables(), TODAY)) == 2


@pytest.mark.hostile
@pytest.mark.usefixtures("few_codes")
@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "the body is empty"),
        (b"<html>Access Denied</html>", "the body is not an xlsx workbook"),
        (
            xlsx({"Sheet1": CONVERSION, "Sheet2": CORRELATION}),
            "the sheets are ['Sheet1', 'Sheet2']; the first two",
        ),
        (xlsx({"Correlation": CORRELATION, "Conversion": CONVERSION}), "the sheets are ['Correlation', 'Conversion']"),
        (xlsx({"Conversion": CONVERSION}), "the sheets are ['Conversion']; the first two must be conversions and"),
        (tables([]), "sheet 'Conversion HS22-HS17', row 1: the headings are missing, not fromhs2022, tohs2017"),
        (tables([["From HS 2017", "To HS2012"]]), "the headings are fromhs2017, tohs2012, not fromhs2022, tohs2017"),
        (tables(correlation=CORRELATION[1:]), "row 2: the headings are 010121, 010121, 1:1, not hs2022, hs2017"),
        (
            tables(correlation=[HEAD[0], [*HEAD[1], "Note"], *CORRELATION[2:]]),
            "the headings are hs2022, hs2017, relationship, note, not hs2022, hs2017, relationship",
        ),
        (correlated("970610", "970600", "1:1", "x"), "row 4: 'x' is in a column without a heading"),
        (correlated("970610", "970600", "many"), "row 4: 'many' is not a relationship such as n:1"),
        (correlated("970610", "970600", ""), "row 4: '' is not a relationship such as n:1"),
        (correlated(10121.0, "970600", "1:1"), "10121.0 is a number, which may have lost a leading zero: a code has 6"),
        (correlated("970610", 970.5, "1:1"), "970.5 is a number, which may have lost"),
        (correlated("97061", "970600", "1:1"), "'97061' is not a code: a code has 6 digits"),
        (correlated("97061O", "970600", "1:1"), "'97061O' is not a code"),
        (correlated("٩٧٠٦١٠", "970600", "1:1"), "is not a code: a code has 6 digits"),
        (correlated("", "970600", "1:1"), "row 4: '' is not a code"),
        (correlated("010121", "010121", "1:1"), "code '970610' is on only one of the two sheets; 1 such codes"),
        (converted("970690", "970600"), "code '970610' is on only one of the two sheets; 2 such codes"),
        (
            converted("970610", "970500"),
            "row 3: 970610 is converted to 970500, which none of its",
        ),
        (converted("010121", "010129"), "sheet 'Conversion HS22-HS17', row 3: 010121 is converted a second time"),
        (
            tables(correlation=[*CORRELATION, ["970610", "970600", "1:1"]]),
            "row 5: the same figure occurs twice (from_code '970610', to_code '970600')",
        ),
    ],
    ids=count(),
)
def test_bad_workbook_is_refused_with_the_reason(payload: bytes, reason: str) -> None:
    assert reason in refusal("HS2022toHS2017", payload)


@pytest.mark.hostile
@pytest.mark.usefixtures("few_codes")
@pytest.mark.parametrize("number", [111.0, 2211.0, 9310.0])
def test_number_that_may_have_lost_a_leading_zero_is_refused(number: float) -> None:
    pairs: list[list[Cell]] = [["Between"], ["HS 2022", "SITC Rev. 4", "Relationship"], ["010121", number, "n:1"]]
    payload = xlsx({"Conversion": [["From HS 2022", "To SITC Rev. 4"], ["010121", "0015"]], "Correlation": pairs})
    assert f"{number} is a number, which may have lost a leading zero" in refusal("HS2022toSITC4", payload)


@pytest.mark.hostile
@pytest.mark.usefixtures("few_codes")
@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"\n", "the body is empty"),
        (b"<html>Access Denied</html>", "the headings are <html>accessdenied</html>, not hs2017, bec4, relationship"),
        (
            BEC.replace(b"HS 2017", b"HS 2022"),
            "the headings are hs2022, bec, relationship, not hs2017",
        ),
        (BEC.replace(b"010121", b"10121"), "the file, row 2: '10121' is not a code: a code has 6 digits"),
        (BEC.replace(b",41,n:1", b",4100,n:1"), "row 2: '4100' is not a code: a code has 1 or 2 or 3 digits"),
        (BEC.replace(b",41,n:1", b",41"), "row 2: it has 2 cells"),
        (BEC.replace(b",41,n:1", b",41,n:1,new"), "row 2: 'new' is in a column without a heading"),
        (BEC.replace(b"010130,41", b"010130,111"), "row 4: the same figure occurs twice (from_code '010130'"),
        (BEC.decode("utf-8-sig").encode("utf-16"), "the body is not CSV"),
        (BEC + b'"open', "the body is not CSV (unexpected end of data)"),
        (BEC.replace(b"010121", b"0101\x001"), "is not a code"),
        (b"PK\x03\x04" + bytes(40), "the headings are"),
    ],
    ids=count(),
)
def test_bad_csv_is_refused_with_the_reason(payload: bytes, reason: str) -> None:
    assert reason in refusal("HS2017toBEC4", payload)


@pytest.mark.hostile
def test_table_with_too_few_codes_is_refused() -> None:
    said = refusal("HS2022toHS2017", correlation_workbook("HS2022toHS2017", PAIRS))
    assert said == "the table has 3 codes of HS2022; an edition has at least 5,000"


# What is asked


class Nothing:
    def is_older_than(self, answer: Request, signal: Request) -> bool:
        raise AssertionError("these tables have no signal to look at")


def test_tables_with_known_addresses_are_requested_every_180_days() -> None:
    plan = unsd.plan(Context(date(2026, 11, 23), Nothing(), {"unsd": "https://unstats.un.org"}))
    requests = [next(plan)]
    with contextlib.suppress(StopIteration):
        while True:
            requests.append(plan.send(Refused("synthetic")))
    folder = "https://unstats.un.org/unsd/classifications/Econ/tables"
    assert [(request.dataset, request.url, request.archive_part) for request in requests] == [
        (name, f"{folder}/{name}ConversionAndCorrelationTables.xlsx", "")
        for name in ("HS2022toHS2017", "HS2022toSITC4")
    ]
    assert {request.fresh_for for request in requests} == {timedelta(days=180)}


def test_every_table_can_be_imported() -> None:
    assert unsd.SOURCE.importable == dict.fromkeys(FILES, "")
