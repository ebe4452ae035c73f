"""Trace rows of the detail to the line of the file that they were read from."""

import csv
import hashlib
import json
from pathlib import Path

import pytest

from testing.commands import call_entrepot, run_entrepot


@pytest.mark.xdist_group("lake")
def test_detail_row_is_traced_to_its_line_and_payload(home_with_lake: Path) -> None:
    home, file = home_with_lake, home_with_lake / "detail.csv"
    command = ("trace", "2026-03", "detail", "--hs", "8542", "--partner", "CN")
    [row] = json.loads(run_entrepot(home, *command, "--json").stdout)
    assert (row["hs_code"], row["partner_code"], row["value_hkd_mn"]) == ("854231", "156", 1)
    assert row["payload_sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    line = list(csv.reader(file.open()))[row["line_number"] - 1]
    assert line[:3] == ["2026-03-01", "imports", "854231"]
    assert (row["url"], row["vintage"] != "") == ("file:detail.csv", True)
    assert row["payload_sha256"][:12] in call_entrepot(home, *command).stdout
    missing = call_entrepot(home, "trace", "2026-03", "detail", "--hs", "99")
    assert missing.returncode == 1
    assert "no detail is held of imports of 99 in 2026-03" in missing.stderr
