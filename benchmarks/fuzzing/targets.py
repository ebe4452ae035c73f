"""The parsers to fuzz, each with good bytes to start from, and the exceptions with which it may reject bytes."""

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.fuzzing.mutations import gzipped
from orchestration import releases
from orchestration.archive import Archive, Sighting, Visit
from orchestration.claims.register import REGISTER
from orchestration.lake import file_child
from orchestration.sources.registry import EVERY_SOURCE
from testing import lake_detail
from testing.commands import run_entrepot
from testing.replay.server import replay

MOST_SEEDS = 12
PAGE = """<html><head><title>Trade</title><meta property="article:published_time" content="2026-04-28"></head><body>
<article><h1>Exports rise</h1><p>The value of total exports rose by 24.4% to $436.6 billion in March 2026 over a
year earlier, after an increase of 24.7% in February. The value of imports rose by 25.2% to $707.5 billion. A visible
trade deficit of $88.7 billion, or 16.9% of the value of imports, was recorded.</p><p>Shipments to the United States
fell by 1.3% in the first quarter, the largest decline since 2019.</p></article></body></html>"""
Report = Callable[[Any], None]


@dataclass(frozen=True)
class Target:
    """A parser: `function` is called in a child process with `arguments` and damaged bytes.

    `rejections` are names of exception classes that mean that the bytes were rejected for a good reason.
    """

    name: str
    function: str
    seeds: list[bytes]
    rejections: frozenset[str]
    arguments: dict[str, Any] = field(default_factory=dict)


def targets(home: Path) -> list[Target]:
    """Build a home from a replay of all publishers, and return every target. Takes about a minute."""
    with replay() as server:
        built = run_entrepot(home, "build", **server.environment)
    assert built.returncode == 0, built.stderr
    return [*_payloads(Archive(home / "archive")), *_others(home)]


def _payloads(archive: Archive) -> Iterator[Target]:
    """Yield a target for each dataset of each source."""
    seeds: dict[tuple[str, str], dict[str, bytes]] = {}
    for seen in archive.sightings():
        if not seen.problem and len(of := seeds.setdefault((seen.source, seen.dataset), {})) < MOST_SEEDS:
            of[seen.sha256] = archive.read(seen.source, seen.dataset, seen.sha256)
    for (name, dataset), payloads in seeds.items():
        parse = EVERY_SOURCE[name].parse
        arguments = {
            "parser": f"{parse.__module__}:{parse.__qualname__}",
            "dataset": dataset,
            "on": datetime.now(UTC).date().isoformat(),
        }
        rejections = frozenset({"Refused", "MustSplit", "NotReleased"})
        yield Target(
            f"{name} {dataset}", "orchestration.parsing.rows:parse", [*payloads.values()], rejections, arguments
        )


def _others(home: Path) -> Iterator[Target]:
    release = releases.current_release(home / "current")
    ledger = (home / "archive" / "ledger.jsonl").read_bytes().splitlines()[:MOST_SEEDS]
    visits = (home / "archive" / "visits.jsonl").read_bytes().splitlines()[:MOST_SEEDS]
    detail = lake_detail.write(home / "detail.csv")
    parquet = home / "detail.parquet"
    duckdb.sql(f"copy (select * from read_csv('{detail}')) to '{parquet}' (format parquet)")
    claims = [
        {"claim": "imports", "metric": "imports", "period": "2026-03", "claimed_value": 707.5, "claimed_unit": "HKD bn"}
    ]
    here = "benchmarks.fuzzing.targets"
    yield Target("an article", f"{here}:article", [PAGE.encode()], frozenset({"ArticleError"}))
    yield Target("claims, CSV", f"{here}:claims_csv", [REGISTER.read_bytes()], frozenset({"ClaimError"}))
    yield Target("claims, JSON", f"{here}:claims_json", [json.dumps(claims).encode()], frozenset({"ClaimError"}))
    yield Target("the ledger", f"{here}:sighting", ledger, frozenset({"ValueError"}))
    yield Target("the log of visits", f"{here}:visit", visits, frozenset({"ValueError"}))
    yield Target("detail, CSV", f"{here}:detail", [detail.read_bytes()], frozenset({"InvalidRows"}))
    yield Target("detail, Parquet", f"{here}:detail", [parquet.read_bytes()], frozenset({"InvalidRows"}))
    yield Target("a gzip body", f"{here}:body", [gzipped(PAGE.encode())], frozenset({"DecompressionError"}))
    package = (release.path / "datapackage.json").read_bytes()
    yield Target("datapackage.json", f"{here}:package", [package], frozenset({"ReleaseError", "ReleaseDamaged"}))


def article(_arguments: dict[str, Any], payload: bytes, _report: Report) -> int:
    """Read an article, and propose its claims."""
    from orchestration.claims.articles.article import read
    from orchestration.claims.articles.propose import propose
    from testing.article_reading import NAMES

    return len(propose(read(payload, "article.html", published=date(2026, 4, 28)), NAMES).rows)


def claims_csv(_arguments: dict[str, Any], payload: bytes, _report: Report) -> int:
    """Read a claims file, CSV."""
    from orchestration.claims import reading

    return len(reading.parse(payload, "claims.csv").claims)


def claims_json(_arguments: dict[str, Any], payload: bytes, _report: Report) -> int:
    """Read a claims file, JSON."""
    from orchestration.claims import reading

    return len(reading.parse(payload, "claims.json", is_json=True).claims)


def sighting(_arguments: dict[str, Any], payload: bytes, _report: Report) -> str:
    """Read a line of the ledger."""
    return Sighting.from_json(payload).sha256


def visit(_arguments: dict[str, Any], payload: bytes, _report: Report) -> str:
    """Read a line of the log of visits."""
    return Visit.from_json(payload).source


def detail(_arguments: dict[str, Any], payload: bytes, _report: Report) -> None:
    """Read a file of trade detail."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(payload)
        arguments = {
            "table": "trade_detail",
            "path": str(path),
            "name": "file",
            "sha256": "0" * 64,
            "on": datetime.now(UTC).date().isoformat(),
            "provider": "files",
            "part": "csd_trade_idds",
            "folder": folder,
            "spill": f"{folder}/spill",
            "memory_limit": "500MB",
        }
        file_child.write_months(arguments, b"", lambda _: None)


def body(_arguments: dict[str, Any], payload: bytes, _report: Report) -> int:
    """Decompress the body of a response."""
    import httpx

    from orchestration.sources.body import decompressed

    class Bytes(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield payload

    return sum(map(len, decompressed(httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Bytes()))))


def package(_arguments: dict[str, Any], payload: bytes, _report: Report) -> str:
    """Read the description of a release."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "20260101T000000Z-00000000"
        path.mkdir()
        (path / "datapackage.json").write_bytes(payload)
        release = releases.Release(path, is_new=False)
        return f"{release.content_id} {len(release.rows)} {releases.describe(release).code_version}"
