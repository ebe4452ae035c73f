"""`make clean` and `make distclean`, in a copy of the project's Makefile beside a home."""

import os
import pty
import shutil
import subprocess
from pathlib import Path

import pytest

from orchestration.settings import PROJECT_DIR

LEDGER = Path("var", "archive", "ledger.jsonl")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copy(PROJECT_DIR / "Makefile", tmp_path)
    for file in (LEDGER, Path(".venv", "bin", "python"), Path(".venv-superset", "python"), Path(".cache", "file")):
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).touch()
    return tmp_path


def make(project: Path, *arguments: str, answer: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run make without a terminal, or in one where a user types an answer."""
    command = ["make", "-C", str(project), *arguments]
    if answer is None:
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
        )
    typed, terminal = pty.openpty()
    os.write(typed, answer.encode())
    done = subprocess.run(command, stdin=terminal, capture_output=True, text=True, timeout=60, check=False)
    os.close(typed)
    os.close(terminal)
    return done


def test_clean_keeps_the_output_of_runs(project: Path) -> None:
    assert make(project, "clean").returncode == 0
    assert sorted(path.name for path in project.iterdir()) == ["Makefile", "var"]
    assert (project / LEDGER).exists()


@pytest.mark.parametrize("answer", [None, "\n", "no\n", "\x04"], ids=["no terminal", "return", "no", "end of input"])
@pytest.mark.parametrize("options", [(), ("-i",), ("DELETE_VAR=",)], ids=lambda options: " ".join(options) or "plain")
def test_distclean_deletes_nothing_without_a_yes(project: Path, options: tuple[str, ...], answer: str | None) -> None:
    done = make(project, "distclean", *options, answer=answer)
    assert f"{project}/var" in done.stdout
    assert "Nothing was deleted" in done.stdout
    assert (project / LEDGER).exists()
    assert (project / ".venv" / "bin" / "python").exists()


@pytest.mark.parametrize(("options", "answer"), [((), "y\n"), ((), "yes\n"), (("DELETE_VAR=yes",), None)])
def test_distclean_deletes_everything_after_a_yes(project: Path, options: tuple[str, ...], answer: str | None) -> None:
    done = make(project, "distclean", *options, answer=answer)
    assert done.returncode == 0
    assert [path.name for path in project.iterdir()] == ["Makefile"]
