"""datapackage.json, and verification of a release's files against it."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from frictionless import Package

from orchestration import releases
from testing.release_builds import publish_changed


def described(release: releases.Release) -> dict[str, Any]:
    return dict(json.loads((release.path / "datapackage.json").read_text()))


def resource(release: releases.Release, name: str) -> dict[str, Any]:
    (found,) = [item for item in described(release)["resources"] if item["name"] == name]
    return dict(found)


def test_datapackage_is_valid_frictionless(tmp_path: Path) -> None:
    release = publish_changed(tmp_path)
    assert list(Package.metadata_validate(described(release))) == []
    package = Package.from_descriptor(str(release.path / "datapackage.json"))
    assert package.get_resource("marts.balance").schema.primary_key == ["month", "flow"]


def test_table_is_described_with_columns_key_and_hash(tmp_path: Path) -> None:
    release = publish_changed(tmp_path)
    balance = resource(release, "marts.balance")
    file = release.path / "parquet" / "marts" / "balance.parquet"
    assert balance["path"] == "parquet/marts/balance.parquet"
    assert (balance["format"], balance["rows"], balance["bytes"]) == ("parquet", 3, file.stat().st_size)
    assert balance["hash"] == f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
    assert balance["description"].startswith("Grain: a month and flow.")
    assert balance["schema"]["primaryKey"] == ["month", "flow"]
    required = {"constraints": {"required": True}}
    assert balance["schema"]["fields"] == [
        {"name": "month", "type": "date", "duckdbType": "DATE"} | required,
        {"name": "flow", "type": "string", "duckdbType": "VARCHAR"} | required,
        {"name": "value_hkd_mn", "type": "number", "duckdbType": "DECIMAL(18,3)", "description": "Value, HK$ million"}
        | required,
        {"name": "yoy_pct", "type": "number", "duckdbType": "DOUBLE"},
        {"name": "generation", "type": "integer", "duckdbType": "INTEGER"},
    ]


def test_database_is_described_with_its_hash(tmp_path: Path) -> None:
    release = publish_changed(tmp_path)
    database = resource(release, "warehouse")
    assert database["path"] == "warehouse.duckdb"
    assert database["hash"] == f"sha256:{hashlib.sha256(release.database.read_bytes()).hexdigest()}"


def test_sources_licences_checks_and_code_version_are_described(tmp_path: Path) -> None:
    package = described(publish_changed(tmp_path))
    assert package["licenses"] == [
        {"name": "CC-BY-4.0", "title": "CC BY 4.0"},
        {"name": "Terms-of-use-of-C-SD", "title": "Terms of use of C&SD"},
    ]
    assert [source["title"] for source in package["sources"]] == [
        "record/gold_prices_monthly",
        "record/trade_totals_monthly",
    ]
    assert package["checks"][0]["name"] == "balance_is_exports_less_imports"
    assert package["checks"][0]["passed"] is True
    assert package["codeVersion"] == "abc123"
    assert package["created"].endswith("Z")


def test_release_returns_row_counts(tmp_path: Path) -> None:
    rows = {"marts.balance": 3, "marts.headlines": 1, "reference.partners": 2}
    assert publish_changed(tmp_path).rows == rows


def test_verify_accepts_a_whole_release(tmp_path: Path) -> None:
    releases.verify(publish_changed(tmp_path))


@pytest.mark.parametrize("file", ["warehouse.duckdb", "parquet/marts/balance.parquet"])
def test_verify_finds_one_flipped_bit(tmp_path: Path, file: str) -> None:
    release = publish_changed(tmp_path)
    path = release.path / file
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(damaged)
    with pytest.raises(releases.ReleaseDamaged, match=path.name):
        releases.verify(release)


def test_verify_finds_a_missing_file(tmp_path: Path) -> None:
    release = publish_changed(tmp_path)
    (release.path / "parquet" / "marts" / "balance.parquet").unlink()
    with pytest.raises(releases.ReleaseDamaged, match=r"balance\.parquet is missing"):
        releases.verify(release)
