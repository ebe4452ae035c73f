"""Locks with a note: who holds one, here or in another process."""

import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.storage import locks

HOLD = """
import sys
from pathlib import Path
from orchestration.storage import locks
with locks.locked(Path(sys.argv[1]), {"purpose": "a test"}):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_lock_of_this_process_is_known_everywhere_in_it(tmp_path: Path) -> None:
    file = tmp_path / "some.lock"
    assert not locks.is_locked(file)
    with locks.locked(file, {}):
        assert locks.is_locked_here(file)
        assert locks.is_locked(file)
    assert not locks.is_locked_here(file)
    assert not locks.is_locked(file)


def test_lock_of_another_process_names_it_until_that_is_killed(tmp_path: Path) -> None:
    file = tmp_path / "some.lock"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        assert locks.is_locked(file)
        assert not locks.is_locked_here(file)
        with pytest.raises(locks.Locked) as refused, locks.locked(file, {}):
            pass
        assert refused.value.described("held by {purpose}", "unknown") == "held by a test"
        assert refused.value.described("held by {stranger}", "unknown") == "unknown"
    finally:
        other.kill()
        other.wait()
    assert not locks.is_locked(file)


@pytest.mark.parametrize("note", ["", "{", "[]", "\udcff"])
def test_unreadable_note_is_no_note(tmp_path: Path, note: str) -> None:
    file = tmp_path / "some.lock"
    file.with_suffix(".json").write_bytes(note.encode(errors="surrogateescape"))
    assert locks._read(file.with_suffix(".json")) == {}
