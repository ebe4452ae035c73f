"""What may stand for a place in an object store: a URL that says where, and nothing else."""

from urllib.parse import urlsplit


def plain(url: str) -> str:
    """Return a URL without its last slashes. Raises ValueError, which does not repeat it, when it is more than a place.

    fsspec would read `simplecache::s3://` and queries as options, some of which break what a store promises.
    """
    parts = urlsplit(url)
    if not parts.scheme or not (parts.netloc + parts.path).strip("/") or "::" in url or parts.query or parts.fragment:
        raise ValueError("must be a URL such as s3://bucket/prefix")
    if parts.password:
        raise ValueError("must hold no password: credentials come from the environment")
    return url.rstrip("/")
