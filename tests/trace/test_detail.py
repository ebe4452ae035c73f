"""From a row of the detail that is served to the line of the file that it was read from."""

import csv
import hashlib
import json
from pathlib import Path

import pytest

from testing.commands import call_entrepot, run_entrepot


@pytest.mark.xdist_group("lake")
def test_a_row_leads_to_the_line_of_the_file_and_its_hash(home_with_lake: Path) -> None:
    home, file = home_with_lake, home_with_lake / "detail.csv"
    asked = ("trace", "2026-03", "detail", "--hs", "8542", "--partner", "CN")
    [row] = json.loads(run_entrepot(home, *asked, "--json").stdout)
    assert (row["hs_code"], row["partner_code"], row["value_hkd_mn"]) == ("854231", "156", 1)
    assert row["payload_sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    line = list(csv.reader(file.open()))[row["line_number"] - 1]
    assert line[:3] == ["2026-03-01", "imports", "854231"]
    assert (row["url"], row["vintage"] != "") == ("file:detail.csv", True)
    assert row["payload_sha256"][:12] in call_entrepot(home, *asked).stdout
    missing = call_entrepot(home, "trace", "2026-03", "detail", "--hs", "99")
    assert missing.returncode == 1
    assert "no detail is held of imports of 99 in 2026-03" in missing.stderr
