"""Files that users name: what is no file, never ends, or never begins is an error at once."""

import io
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.storage import input_files
from orchestration.storage.input_files import UnreadableFile, read_file, read_file_or_pipe, read_standard_input

LIMIT = 1_000
pytestmark = pytest.mark.timeout(60)
each_reader = pytest.mark.parametrize("read", [read_file, read_file_or_pipe])


def _socket(path: Path) -> None:
    socket.socket(socket.AF_UNIX).bind(str(path))


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10_000_000_000)


NO_FILES: dict[str, tuple[Callable[[Path], None], str]] = {
    "folder": (Path.mkdir, "is a folder, not a file"),
    "socket": (_socket, "is a socket, not a file"),
    "endless device": (lambda path: path.symlink_to("/dev/zero"), "is a device, not a file"),
    "full device": (lambda path: path.symlink_to("/dev/full"), "is a device, not a file"),
    "loop": (lambda path: path.symlink_to(path.name), "can't be read: Too many levels of symbolic links"),
    "dangling link": (lambda path: path.symlink_to("absent"), "can't be read: No such file or directory"),
    "missing file": (lambda path: None, "can't be read: No such file or directory"),
    "file in a file": (lambda path: path.parent.joinpath("x").touch(), "can't be read: "),
    "10 GB": (_huge, "has 10,000,000,000 bytes; at most 1,000 are read"),
}


@each_reader
@pytest.mark.parametrize("name", NO_FILES)
def test_what_is_no_readable_file_is_an_error_at_once(
    name: str, read: Callable[[Path, int], bytes], tmp_path: Path
) -> None:
    make, reason = NO_FILES[name]
    make(tmp_path / "input")
    with pytest.raises(UnreadableFile, match=f"input {reason}"):
        read(tmp_path / "input", LIMIT)


@each_reader
@pytest.mark.parametrize("name", ["\0", "a" * 300, "x" * 5_000, "/proc/self/mem"])
def test_impossible_names_are_errors(name: str, read: Callable[[Path, int], bytes]) -> None:
    with pytest.raises(UnreadableFile, match="can't be read: "):
        read(Path(name), LIMIT)


@pytest.mark.skipif(os.getuid() == 0, reason="root may read every file")
@each_reader
def test_file_without_permission_is_an_error(read: Callable[[Path, int], bytes], tmp_path: Path) -> None:
    (tmp_path / "input").touch(mode=0)
    with pytest.raises(UnreadableFile, match="can't be read: Permission denied"):
        read(tmp_path / "input", LIMIT)


@each_reader
def test_file_up_to_the_limit_is_read_and_a_growing_one_is_not(
    read: Callable[[Path, int], bytes], tmp_path: Path
) -> None:
    path = tmp_path / "input"
    path.write_bytes(b"x" * LIMIT)
    assert read(path, LIMIT) == b"x" * LIMIT
    (tmp_path / "link").symlink_to(path)
    assert read(tmp_path / "link", LIMIT) == b"x" * LIMIT
    with pytest.raises(UnreadableFile, match="has more bytes; at most 10 are read"):
        read(Path("/proc/self/maps"), 10)  # such a file has the size 0


def test_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "input")
    with pytest.raises(UnreadableFile, match="is a pipe, not a file"):
        read_file(tmp_path / "input", LIMIT)


def test_pipe_that_nothing_writes_to_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(input_files, "WAIT_FOR_WRITER", 0.05)
    os.mkfifo(tmp_path / "input")
    with pytest.raises(UnreadableFile, match="is a pipe without a writer"):
        read_file_or_pipe(tmp_path / "input", LIMIT)


def test_pipe_that_pauses_for_ever_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(input_files, "LONGEST_PAUSE", 0.05)
    os.mkfifo(tmp_path / "input")
    descriptor = os.open(tmp_path / "input", os.O_RDWR)
    try:
        with pytest.raises(UnreadableFile, match="is a pipe that gave nothing for"):
            read_file_or_pipe(tmp_path / "input", LIMIT)
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("content", [b"", b"x", b"x" * LIMIT])
def test_pipe_is_read_to_its_end(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "input"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=[content])
    writer.start()
    assert read_file_or_pipe(path, LIMIT) == content
    writer.join()


def test_pipe_of_a_shell_is_read(tmp_path: Path) -> None:
    ends = os.pipe()
    os.write(ends[1], b"content")
    os.close(ends[1])
    assert read_file_or_pipe(Path(f"/dev/fd/{ends[0]}"), LIMIT) == b"content"
    os.close(ends[0])


def test_endless_pipe_is_an_error_at_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "input"
    os.mkfifo(path)

    def write() -> None:
        with path.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 65_536)
            except BrokenPipeError:
                pass

    writer = threading.Thread(target=write)
    writer.start()
    with pytest.raises(UnreadableFile, match="has more bytes; at most 1,000 are read"):
        read_file_or_pipe(path, LIMIT)
    writer.join()


class _Endless(io.RawIOBase):
    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        return len(buffer)


def test_standard_input_is_read_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"content")))
    assert read_standard_input(LIMIT) == b"content"
    endless = io.BufferedReader(_Endless())  # type: ignore[type-var]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(endless))
    with pytest.raises(UnreadableFile, match="standard input has more bytes"):
        read_standard_input(LIMIT)
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UnreadableFile, match="standard input is closed"):
        read_standard_input(LIMIT)
