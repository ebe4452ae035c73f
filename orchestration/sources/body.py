"""Decompresses a response body while it arrives, in small pieces: it may be a thousand times its compressed size.

httpx decompresses each chunk whole, in as many layers as the response declares, so a small response can exhaust memory.
Here there is one layer only, and the caller can stop after any piece.
"""

import zlib
from collections.abc import Iterator

import httpx

ACCEPTED = "gzip"
PIECE = 65_536


class DecompressionError(Exception):
    """The body cannot be decompressed, or only in part."""


def decompressed(response: httpx.Response) -> Iterator[bytes]:
    """Yield the body as it arrives, in pieces of at most 64 KiB. Raises DecompressionError."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding in ("gzip", "x-gzip"):
        yield from _gunzipped(response.iter_raw())
        return
    yield from response.iter_raw()
    if encoding not in ("", "identity"):
        raise DecompressionError(f"its content-encoding is {encoding!r}, and only {ACCEPTED} was requested")


def _gunzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    gzip, is_empty = _gzip(), True
    try:
        for chunk in chunks:
            is_empty = False
            while chunk:
                gzip = _gzip() if gzip.eof else gzip  # a body may be several gzip members (RFC 1952)
                yield gzip.decompress(chunk, PIECE)
                chunk = gzip.unconsumed_tail or gzip.unused_data
        while piece := gzip.decompress(b"", PIECE):
            yield piece
    except zlib.error as error:
        raise DecompressionError(f"its gzip encoding is broken: {error}") from error
    if not is_empty and not gzip.eof:
        raise DecompressionError("its gzip encoding is truncated")


def _gzip() -> "zlib._Decompress":
    return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
