"""File names and texts on the command line that are not UTF-8 work, or are refused with one sentence."""

import os
import shutil
from pathlib import Path

import pytest

from orchestration.archive import Archive
from testing.commands import call_entrepot, run_entrepot
from testing.lake_files import row, write_csv
from testing.replay.unsd import synthetic_tables

NAME = os.fsdecode(b"caf\xe9")
SHOWN = r"caf\udce9"
# As in a locale such as en_US.UTF-8; in C.UTF-8 Python lets such bytes through.
STRICT = {"PYTHONIOENCODING": "utf-8:strict"}


def test_files_with_such_a_name_are_imported_and_listed_with_escapes(tmp_path: Path) -> None:
    home, detail, table = tmp_path / "home", tmp_path / f"{NAME}.csv", tmp_path / f"{NAME}.xlsx"
    write_csv(detail, [row()])
    table.write_bytes(synthetic_tables()["HS2022toHS2017"])
    run_entrepot(home, "lake", "import", str(detail), "--source-id", "csd_trade_idds", **STRICT)
    imported = run_entrepot(home, "import", "unsd", "HS2022toHS2017", str(table), **STRICT)
    assert imported.stdout.startswith(f"{SHOWN}.xlsx: 5,000 rows")
    seen = list(Archive(home / "archive").sightings())
    assert [each.url for each in seen] == [f"file:{SHOWN}.csv", f"file:{SHOWN}.xlsx"]
    run_entrepot(home, "archive", "quarantine", seen[0].sha256, "--reason", NAME, **STRICT)
    assert SHOWN in run_entrepot(home, "archive", "list", **STRICT).stdout


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("claims", "check", f"{NAME}.csv"), 0, "confirmed"),
        (("claims", "check", f"{NAME}.csv", "--format", "csv"), 0, "confirmed"),
        (("claims", "check", f"{NAME}.csv", "--format", "json"), 0, "confirmed"),
        (("claims", "check", f"missing {NAME}"), 1, f"'missing {SHOWN}' is not a claim"),
        (("claims", "check", f"{NAME}.json"), 1, f"{SHOWN}.json is not JSON"),
        (("claims", "find", f"{NAME}.txt"), 0, "89.1"),
        (("claims", "find", f"{NAME}.txt", "--url", f"https://{NAME}"), 2, "not UTF-8"),
        (("sql", f"select '{NAME}'"), 2, "not UTF-8"),
        (("sql", "select 1", "--out", f"out {NAME}.csv"), 0, f"out {SHOWN}.csv"),
        (("report", "--out", f"{NAME}.html"), 0, f"{SHOWN}.html"),
        (("releases", "diff", NAME), 1, f"no release '{SHOWN}'"),
        (("releases", "fetch", f"file:///{NAME}"), 1, f"/{SHOWN}"),
        (("trace", "2026-03", "detail", "--hs", NAME), 1, "surrogate"),
        (("archive", "quarantine", NAME), 1, f"begins with '{SHOWN}'"),
    ],
)
def test_name_or_text_that_is_not_utf8_makes_no_traceback(
    args: tuple[str, ...], code: int, said: str, built_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = "claim_id,claim,metric,period,claimed_value,claimed_unit,source_url\n"
    (tmp_path / f"{NAME}.csv").write_text(f"{header}A1,,trade_deficit,2026-03,89.1,HKD bn,\n")
    shutil.copy(tmp_path / f"{NAME}.csv", tmp_path / f"{NAME}.json")
    (tmp_path / f"{NAME}.txt").write_text("Hong Kong's trade deficit was HK$89.1 billion in March 2026.")
    monkeypatch.chdir(tmp_path)
    ended = call_entrepot(built_home, *args, **STRICT)
    assert "Traceback" not in ended.stderr
    assert (ended.returncode, said in ended.stdout + ended.stderr) == (code, True)
