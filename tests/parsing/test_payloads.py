"""Payloads that make a parser abort, hang or exhaust memory are refused, and the next payload is parsed."""

import io
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from orchestration.parsing import failures, payloads, rows
from orchestration.parsing.journal import Journal
from orchestration.settings import Settings
from orchestration.sources import hkma, idds, world_bank
from orchestration.sources.connector import Refused
from testing import hostile_parsers

TODAY = date(2026, 9, 25)
RATES = (
    b'{"header":{"success":true},"result":{"datasize":2,"records":['
    b'{"end_of_month":"2026-06","usd":7.8440},{"end_of_month":"2026-07","usd":null}]}}'
)
HOSTILE = replace(hkma.SOURCE, name="hostile", parse=hostile_parsers.parse)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, parser_seconds=20, parser_memory_limit="500MB")


def parse(settings: Settings, said: str) -> pd.DataFrame:
    return payloads.parse(settings, HOSTILE, "d", said.encode(), TODAY)


def hostile_workbook() -> bytes:
    """Return a workbook of 1 kB that claims to have four billion texts."""
    main, office = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://schemas.openxmlformats.org"
    types, links = f"{office}/package/2006/content-types", f"{office}/package/2006/relationships"
    of = f"{office}/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{types}"/>',
        "_rels/.rels": f'<Relationships xmlns="{links}"><Relationship Id="r1" Type="{of}/officeDocument"'
        ' Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{of}"><sheets><sheet name="Monthly Prices" sheetId="1"'
        ' r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{links}"><Relationship Id="r1" Type="{of}/worksheet"'
        f' Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{of}/sharedStrings"'
        ' Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData/></worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{main}" count="1" uniqueCount="4294967295"><si><t>a</t></si></sst>',
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return content.getvalue()


@pytest.mark.hostile
def test_workbook_that_claims_four_billion_texts_is_refused(settings: Settings) -> None:
    how = r"^the parser was killed by signal 6 \(SIGABRT\): memory allocation of \d+ bytes failed \[limits 500MB"
    with pytest.raises(payloads.ParserFailed, match=how):
        payloads.parse(settings, world_bank.SOURCE, "pink_sheet", hostile_workbook(), TODAY)
    assert len(parse(settings, "fine")) == 1


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("exit", "the parser ended with exit code 3 ["),
        ("divide", "it can't be read: ZeroDivisionError: division by zero"),
    ],
)
def test_hostile_payload_is_refused_with_the_reason(settings: Settings, said: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(settings, said)
    assert str(refused.value).startswith(reason)
    assert len(parse(settings, "fine")) == 1


def test_payload_whose_parser_was_killed_once_is_accepted(settings: Settings, tmp_path: Path) -> None:
    assert len(parse(settings, f"abort_once {tmp_path / 'marker'}")) == 1


def test_failure_is_remembered_until_a_limit_changes(settings: Settings, tmp_path: Path) -> None:
    marker = tmp_path / "counted"
    said = f"count_and_abort {marker}"
    for _ in range(2):
        with pytest.raises(payloads.ParserFailed) as refused:
            parse(settings, said)
    assert marker.read_text() == "xx"  # twice for the first call, not at all for the second
    assert failures.is_lasting(str(refused.value), settings)
    more = settings.model_copy(update={"parser_memory_limit": "600MB"})
    assert failures.is_worth_another_try(str(refused.value), more)
    with pytest.raises(payloads.ParserFailed):
        parse(more, said)
    assert marker.read_text() == "xxxx"


def test_other_refusals_are_no_failures_of_the_parser(settings: Settings) -> None:
    for refusal in ("row 1: the figure is negative", "it can't be read: ValueError: [x]"):
        assert not failures.is_lasting(refusal, settings)
        assert not failures.is_worth_another_try(refusal, settings)


def test_fault_of_this_machine_is_no_refusal(settings: Settings) -> None:
    with pytest.raises(OSError, match="No space left on device"):
        parse(settings, "full_disk")


def test_payload_in_the_journal_after_two_killed_runs_is_refused(settings: Settings) -> None:
    journal = Journal(settings.parsing_dir)
    said = b"fine, but two runs were killed"
    settings.parsing_dir.mkdir(parents=True)
    name = failures.entry_name("hostile", "d", payloads.sha256(said), settings)
    (settings.parsing_dir / name).write_bytes(b"xx")
    with pytest.raises(payloads.ParserFailed, match="was at work when 2 runs in a row were killed"):
        payloads.parse(settings, HOSTILE, "d", said, TODAY, journal)


def test_refusal_keeps_its_class(settings: Settings) -> None:
    body = b'{"header": {"status": {"name": "Fail", "code": 1, "message": ["Period code (202609) is not defined"]}}}'
    with pytest.raises(idds.NotReleased, match="IDDS says: Period code"):
        payloads.parse(settings, idds.SOURCE, "gold", body, TODAY)


def test_rows_are_the_same_as_without_a_child(settings: Settings) -> None:
    parsed = payloads.parse(settings, hkma.SOURCE, "exchange_rates_monthly", RATES, TODAY)
    pd.testing.assert_frame_equal(parsed, hkma.parse("exchange_rates_monthly", RATES, TODAY))
    assert len(parsed) == 2
    none = RATES.replace(b'"datasize":2', b'"datasize":0').partition(b"[")[0] + b"[]}}"
    pd.testing.assert_frame_equal(
        payloads.parse(settings, hkma.SOURCE, "exchange_rates_monthly", none, TODAY),
        hkma.parse("exchange_rates_monthly", none, TODAY),
    )


def test_rows_other_than_text_and_whole_numbers_are_an_error_of_the_connector() -> None:
    with pytest.raises(TypeError, match="column 'price' has other values than text"):
        rows.encode(pd.DataFrame({"price": [1.5]}))
    with pytest.raises(TypeError, match="column 'name'"):
        rows.encode(pd.DataFrame({"name": ["a", None]}))


@pytest.mark.hostile
def test_refusal_with_half_of_a_surrogate_pair_can_be_stored(settings: Settings) -> None:
    body = rb'{"header":{"success":true},"result":{"datasize":1,"records":[{"\ud800":1}]}}'
    with pytest.raises(Refused) as refused:
        payloads.parse(settings, hkma.SOURCE, "exchange_rates_daily", body, TODAY)
    assert str(refused.value).encode()


@pytest.mark.hostile
@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (["a" * 20_001], "text has a text of more than 20,000 characters"),
        (["a" * 20_000] * 5_001, "its rows have 100,020,000 bytes"),
        (["\ud800"], "text has a text that is not valid Unicode"),
    ],
)
def test_texts_that_would_fill_the_memory_or_that_nothing_can_store_are_refused(texts: list[str], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        rows.encode(pd.DataFrame({"text": pd.Series(texts, dtype="object")}))
    assert rows.encode(pd.DataFrame({"text": ["a" * 20_000]})) == [["text", "str", ["a" * 20_000]]]


def test_refusal_that_repeats_what_a_failure_begins_with_is_told_apart_in_no_time(settings: Settings) -> None:
    refusal = ": the parser [" * 7_000
    assert not failures.is_lasting(refusal, settings)
    assert not failures.is_worth_another_try(refusal, settings)
    failed = f"pink_sheet: the parser was killed [{failures.stamp(settings)}]"
    assert failures.is_lasting(failed, settings)
    assert failures.is_worth_another_try(f"{failed[:-1]}, once]", settings)
    assert not failures.is_lasting("table [1] is empty", settings)
