"""A damaged database of Dagster is set aside, and Dagster works again; only the history of runs is lost."""

import os
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from orchestration.runtime import databases, instance
from orchestration.settings import Settings
from testing.damage import replace_by_dangling_link, replace_by_folder


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _spoil(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4_096)
        file.write(b"\xff" * 8_192)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "garbage": lambda path: path.write_bytes(os.urandom(20_000)),
    "truncated": _cut,
    "spoilt pages": _spoil,
    "folder": replace_by_folder,
    "dangling link": replace_by_dangling_link,
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a home in which Dagster has recorded a run."""
    settings = Settings(home=tmp_path / "home")
    _run(settings)
    return settings


def _run(settings: Settings) -> str:
    @dg.op
    def nothing() -> None: ...

    @dg.job
    def job() -> None:
        nothing()

    with instance.get(settings) as records:
        result = job.execute_in_process(instance=records)
        assert result.success
        assert records.get_run_by_id(result.run_id)
        return result.run_id


@pytest.mark.slow
@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", databases.DATABASES)
def test_damaged_database_is_set_aside_and_dagster_works(
    name: str, damage: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    path = settings.dagster_home / name
    for log in (f"{path}-wal", f"{path}-shm"):
        Path(log).unlink(missing_ok=True)
    DAMAGES[damage](path)
    _run(settings)
    assert os.path.lexists(f"{path}.broken")
    assert f"{path} is damaged; it is now {path.name}.broken" in caplog.text
    _run(settings)
    assert len(caplog.records) == 1


def test_damaged_log_of_a_run_and_configuration_are_set_aside(settings: Settings) -> None:
    log = settings.dagster_home / "history" / "runs" / f"{_run(settings)}.db"
    log.write_bytes(b"garbage")
    (settings.dagster_home / "dagster.yaml").write_bytes(b"\xff\0")
    _run(settings)
    assert log.with_name(f"{log.name}.broken").exists()


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["dagster", "dagster/history", "dagster/history/runs", "dagster/schedules"])
def test_file_in_place_of_a_folder_is_set_aside(folder: str, settings: Settings) -> None:
    path = settings.home / folder
    path.rename(path.with_name("moved"))
    path.write_text("a file")
    _run(settings)
    assert path.with_name(f"{path.name}.broken").read_text() == "a file"


def test_undamaged_databases_stay(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    run = _run(settings)
    with instance.get(settings) as records:
        assert records.get_run_by_id(run)
        assert records.all_logs(run)
    assert not caplog.records


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a [b] c", "per %41 cent", "star *", "quotes ' \"", "香港 😀", "-x", "{{ y }}"])
def test_dagster_records_runs_in_any_home(name: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / name)
    _run(settings)
    assert (settings.dagster_home / "history" / "runs" / "index.db").exists()
