"""The main job with its archive and releases in an object store, and its messages when the store is down."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration import releases, storage
from orchestration.archive import Archive
from orchestration.cli import status
from orchestration.defs.assets import replicas
from orchestration.defs.resources import Warehouse
from orchestration.serving.mirror_replica import MirrorReplica
from orchestration.settings import PROJECT_DIR, Settings
from testing.commands import call_entrepot, run_entrepot
from testing.homes import revise

DOWN = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}


@pytest.fixture
def here(built: Settings, bucket: str, tmp_path: Path) -> Settings:
    """Settings of a home with the built release, whose copies go to a bucket."""
    home = tmp_path / "here"
    home.mkdir()
    (home / "current").symlink_to(built.current.resolve())
    return Settings(home=home, archive=built.archive_dir, releases=f"{bucket}/releases")


def test_build_with_archive_and_releases_in_an_object_store_equals_the_local_build(
    bucket: str, built: Settings, tmp_path: Path
) -> None:
    places = {"ENTREPOT_ARCHIVE": f"{bucket}/archive", "ENTREPOT_RELEASES": f"{bucket}/releases"}
    home, there = tmp_path / "home", tmp_path / "there"
    done = run_entrepot(home, "build", "--json", **places)
    assert done.returncode == 0, done.stderr
    local = releases.current_release(built.current)
    assert releases.current_release(home / "current").content_id == local.content_id
    assert not (home / "archive").exists()
    seen, seen_here = Archive(f"{bucket}/archive").sightings(), Archive(built.archive_dir).sightings()
    assert {each.sha256 for each in seen} == {each.sha256 for each in seen_here}

    fetched = run_entrepot(there, "releases", "fetch", f"{bucket}/releases", "--json")
    assert fetched.returncode == 0, fetched.stderr
    assert json.loads(fetched.stdout)["content_id"] == local.content_id
    assert json.loads(fetched.stdout)["file"] == str(there / "current" / "warehouse.duckdb")
    query = "select imports_hkd_mn from marts.fct_trade_balance_monthly where month = '2026-03-01'"
    with duckdb.connect(str(there / "current" / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute(query).fetchall() == [(707_484,)]

    traced = run_entrepot(there, "trace", "2026-03", "imports", ENTREPOT_ARCHIVE=f"{bucket}/archive")
    assert traced.returncode == 0, traced.stderr
    kept = [path for path in home.rglob("*") if path.is_file() and b"s3cret-made-up" in path.read_bytes()]
    assert kept == []
    assert "s3cret-made-up" not in done.stdout + done.stderr + fetched.stdout + fetched.stderr


def test_build_whose_copy_fails_exits_6_and_keeps_the_local_release(bucket: str, home: Path, figures: Path) -> None:
    places = {"ENTREPOT_RELEASES": f"{bucket}/releases", "ENTREPOT_FIGURES_DIR": str(figures)}
    before = releases.current_release(home / "current")
    revise(figures)
    partial = run_entrepot(home, "build", **places, **DOWN)
    assert partial.returncode == 6
    made = releases.current_release(home / "current")
    assert made.id != before.id
    assert f"Published release {made.id}" in partial.stdout
    assert "released, but not copied to ENTREPOT_RELEASES, which keeps its earlier release" in partial.stderr
    assert f"127.0.0.1:9/{bucket.removeprefix('s3://')}/releases/current.json" in partial.stderr
    assert "Traceback" not in partial.stderr
    back = run_entrepot(home, "releases", "rollback", **places)
    assert back.returncode == 0, back.stderr
    assert f"release {before.id} is at {bucket}/releases" in back.stdout
    pointer = releases.read_pointer(storage.open_store(f"{bucket}/releases"))
    assert pointer == releases.Pointer.to(before)


def test_build_with_unreachable_archive_publishes_nothing_and_says_why(bucket: str, home: Path) -> None:
    before = releases.current_release(home / "current")
    refused = run_entrepot(home, "build", ENTREPOT_ARCHIVE=f"{bucket}/archive", **DOWN)
    assert refused.returncode == 1
    assert "Could not connect to the endpoint URL" in refused.stderr
    assert f"{bucket}/archive" in refused.stderr
    assert "nothing was published; the last release stays current" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert releases.current_release(home / "current").id == before.id


def test_mirror_asset_copies_only_when_the_url_has_another_release(here: Settings) -> None:
    found: list[object] = []
    for _ in range(2):
        result = dg.materialize(replicas.assets(here), resources={"warehouse": Warehouse(here)})
        [event] = result.get_asset_materialization_events()
        found.append(event.materialization.metadata["is_new"].value)
    assert found == [True, False]
    storage.open_store(str(here.releases)).put("current.json", b"spoilt")
    assert MirrorReplica(here).update_if_stale()[1] is True


def test_mirror_status_says_what_to_do(here: Settings, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        MirrorReplica.sentence(MirrorReplica(here).state())
        == f"{bucket}/releases has no release; run `entrepot releases mirror`"
    )
    release = MirrorReplica(here).update()["release"]
    assert MirrorReplica.sentence(status.summarise(here)["mirror"]) == f"{bucket}/releases has the current release"
    storage.open_store(str(here.releases)).put("current.json", b"spoilt")
    assert "the pointer cannot be read" in MirrorReplica.sentence(MirrorReplica(here).state())
    nowhere = here.model_copy(update={"releases": "nosuch://bucket"})
    assert "nosuch" in MirrorReplica.sentence(MirrorReplica(nowhere).state())
    assert MirrorReplica(here).update()["release"] == release


def test_mirror_command_without_the_setting_exits_2(built_home: Path) -> None:
    refused = call_entrepot(built_home, "releases", "mirror")
    assert refused.returncode == 2
    assert "ENTREPOT_RELEASES is not set" in refused.stderr


def test_mirror_asset_exists_only_with_a_url_and_without_as_of(tmp_path: Path) -> None:
    assert replicas.assets(Settings(home=tmp_path)) == []
    past = Settings(home=tmp_path, releases="s3://bucket", as_of=datetime(2026, 9, 25, tzinfo=UTC))
    assert replicas.assets(past) == []
    [definition] = replicas.assets(Settings(home=tmp_path, releases="s3://bucket"))
    assert {key.to_user_string() for key in definition.asset_deps[definition.key]} == {"release"}


def test_examples_in_the_docs_read_the_copied_release(here: Settings, bucket: str) -> None:
    MirrorReplica(here).update()
    page = (PROJECT_DIR / "docs" / "releases.md").read_text()
    examples = [code for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "s3://" in code]
    assert examples
    for code in examples:
        run = [sys.executable, "-c", code.replace("s3://bucket/hong-kong", str(here.releases))]
        ran = subprocess.run(run, capture_output=True, text=True, timeout=60, check=False)
        assert ran.returncode == 0, ran.stderr
        assert "-89083" in ran.stdout
