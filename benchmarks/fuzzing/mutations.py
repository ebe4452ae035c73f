"""Damages bytes at random, the same way for the same seed."""

import io
import random
import zipfile
import zlib

# What parsers of numbers, dates, structures and encodings are known to trip over.
TOKENS = (
    *(b"-1", b"0", b"4294967295", b"99999999999999999999", b"1e400", b"-0.0", b"0.1", b"NaN", b"Infinity", b"1_000"),
    *(b"true", b"null", b"0044-03-01 (BC)", b"0001-01", b"9999-12", b"2026-13", b"infinity", b"1752-09"),
    *(b'"', b"'", b",", b"\n", b"\r", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\\u0000", b"\\ud800"),
    *(b"[" * 5_000, b'{"a":' * 2_000, b"<!--" * 300, b"<div>" * 2_000, b"9" * 10_000, b"(" * 500, b"&#x110000;"),
    *(b"\xe2\x80\xae", b"\x1b]8;;x\x07", b"%00", b"../../x", b"=1+1", "\u0661\u0662".encode(), "\uff11".encode()),
)
MOST_BYTES = 3_000_000


def mutate(seed_bytes: bytes, pick: random.Random) -> bytes:
    """Return the bytes with one to five changes; of a zip file, such as a workbook, mostly inside one member."""
    if seed_bytes.startswith(b"PK") and pick.random() < 0.8:
        return _with_changed_member(seed_bytes, pick)
    return _changed(seed_bytes, pick)


def _changed(data: bytes, pick: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(pick.randint(1, 5)):
        pick.choice((_flip, _replace, _insert, _delete, _repeat, _truncate, _replace_number))(changed, pick)
    return bytes(changed[:MOST_BYTES])


def _with_changed_member(data: bytes, pick: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as workbook:
        members = {name: workbook.read(name) for name in workbook.namelist()}
    name = pick.choice(sorted(members))
    members[name] = _changed(members[name], pick)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as workbook:
        for member, content in members.items():
            workbook.writestr(member, content)
    return buffer.getvalue()


def _place(data: bytearray, pick: random.Random) -> tuple[int, int]:
    start = pick.randrange(len(data) + 1)
    return start, min(len(data), start + int(pick.paretovariate(0.6)))


def _flip(data: bytearray, pick: random.Random) -> None:
    if data:
        data[pick.randrange(len(data))] ^= 1 << pick.randrange(8)


def _replace(data: bytearray, pick: random.Random) -> None:
    start, end = _place(data, pick)
    data[start:end] = pick.choice(TOKENS)


def _insert(data: bytearray, pick: random.Random) -> None:
    start, _ = _place(data, pick)
    data[start:start] = pick.choice(TOKENS)


def _delete(data: bytearray, pick: random.Random) -> None:
    start, end = _place(data, pick)
    del data[start:end]


def _repeat(data: bytearray, pick: random.Random) -> None:
    start, end = _place(data, pick)
    data[start:start] = (bytes(data[start:end]) * pick.choice((1, 2, 100)))[:100_000]


def _truncate(data: bytearray, pick: random.Random) -> None:
    del data[pick.randrange(len(data) + 1) :]


def _replace_number(data: bytearray, pick: random.Random) -> None:
    """Replace a run of digits, which random places in long texts would seldom hit."""
    digits = [at for at in range(min(len(data), 200_000)) if 48 <= data[at] < 58]
    if digits:
        start = end = pick.choice(digits)
        while end < len(data) and 48 <= data[end] < 58:
            end += 1
        data[start:end] = pick.choice(TOKENS)


def gzipped(data: bytes) -> bytes:
    """Return the bytes as a gzip stream."""
    packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()
