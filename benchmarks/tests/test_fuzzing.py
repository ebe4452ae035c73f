"""Fuzzing finds a parser that aborts or raises anything unexpected, and repeats its cases."""

import random
from pathlib import Path

import pytest

from benchmarks.fuzzing.__main__ import fuzz
from benchmarks.fuzzing.mutations import mutate
from benchmarks.fuzzing.targets import Target


def test_same_seed_gives_the_same_bytes() -> None:
    def cases() -> list[bytes]:
        picks = (random.Random(f"1 {number}") for number in range(50))  # noqa: S311
        return [mutate(b'{"a": 12, "b": "2026-03"}', pick) for pick in picks]

    assert cases() == cases()
    assert len(set(cases())) > 40


def test_failing_parser_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = Target("a parser", "os:abort", [b"{}"], frozenset())  # called with arguments that it does not take
    outcomes = fuzz([target], 0.5, 1, tmp_path)
    assert outcomes["a parser"]["found"] == outcomes["a parser"].total() > 0
    assert "TypeError" in capsys.readouterr().out
    assert len(list(tmp_path.iterdir())) == outcomes["a parser"].total()


def test_parser_that_aborts_is_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parse = {"parser": "testing.hostile_parsers:parse", "dataset": "any", "on": "2026-11-28"}
    target = Target("a parser", "orchestration.parsing.rows:parse", [b"abort " * 50], frozenset({"Refused"}), parse)
    outcomes = fuzz([target], 3, 1, tmp_path)
    assert outcomes["a parser"]["found"] > 0
    assert "killed by signal 6" in capsys.readouterr().out
