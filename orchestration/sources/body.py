"""The body of a reply, unpacked as it arrives and in small pieces: what is packed may be a thousand times as large.

httpx unpacks whatever it is sent, each chunk whole and in as many layers as the reply claims; this does one layer.
"""

import zlib
from collections.abc import Iterator

import httpx

ACCEPTED = "gzip"
PIECE = 65_536


class Damaged(Exception):
    """The body can't be unpacked, or not to its end."""


def unpacked(response: httpx.Response) -> Iterator[bytes]:
    """Yield the body, as soon as bytes of it are there, in pieces of 64 KiB at most. Raises Damaged."""
    packing = response.headers.get("content-encoding", "").strip().lower()
    if packing in ("gzip", "x-gzip"):
        yield from _gunzipped(response.iter_raw())
        return
    yield from response.iter_raw()
    if packing not in ("", "identity"):
        raise Damaged(f"it is packed as {packing!r}, and only {ACCEPTED} was asked for")


def _gunzipped(arriving: Iterator[bytes]) -> Iterator[bytes]:
    gzip, has_begun = _gzip(), False
    try:
        for packed in arriving:
            has_begun = True
            while packed:
                gzip = _gzip() if gzip.eof else gzip
                yield gzip.decompress(packed, PIECE)
                packed = gzip.unconsumed_tail or gzip.unused_data
        while piece := gzip.decompress(b"", PIECE):
            yield piece
    except zlib.error as error:
        raise Damaged(f"its packing is broken: {error}") from error
    if has_begun and not gzip.eof:
        raise Damaged("its packing has no end")


def _gzip() -> "zlib._Decompress":
    return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
