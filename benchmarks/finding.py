"""How many of the claims that articles make `entrepot claims find` finds, and how many of its proposals are right.

    python -m benchmarks.finding FOLDER [CLAIMS]

CLAIMS lists the claims of articles by address, as a person read them (tests/claims/articles/held_out*.csv), without
their text. FOLDER has the texts, each named by the first 16 digits of the SHA-256 of its address, .txt or .html;
articles without a text are left out. `published` is the day of an article whose text does not give it. A proposal is
right if its metric, period, value and unit are those of a claim. Partners and goods are those of the current release.
"""

import csv
import hashlib
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from orchestration import releases
from orchestration.claims import members, record
from orchestration.claims.articles.article import read
from orchestration.claims.articles.names import Names, names_of
from orchestration.claims.articles.propose import propose
from orchestration.settings import PROJECT_DIR, get_settings

HELD_OUT = PROJECT_DIR / "tests" / "claims" / "articles" / "held_out.csv"
FACTS = ("metric", "period", "claimed_value", "claimed_unit")

Codes = dict[str, frozenset[tuple[str, str]]]
Fact = tuple[str, ...]


@dataclass(frozen=True)
class ArticleScore:
    """The proposals for one article that are right and wrong, and the claims that were not proposed."""

    url: str
    right: set[Fact]
    wrong: set[Fact]
    missed: set[Fact]


def score_articles(folder: Path, claims: Path, codes: Codes, *, with_days: bool = True) -> Iterator[ArticleScore]:
    """Yield the score of every listed article whose text is in the folder."""
    names = names_of(codes, members.PRESS_NAMES)
    listed: dict[tuple[str, str], set[Fact]] = defaultdict(set)
    with claims.open(newline="") as file:
        for row in csv.DictReader(file):
            listed[row["url"], row["published"]].add(_fact(row, codes))
    for (url, published), wanted in listed.items():
        day = date.fromisoformat(published) if published and with_days else None
        for path in folder.glob(f"{hashlib.sha256(url.encode()).hexdigest()[:16]}.*"):
            found = _found(path, url, day, names, codes)
            yield ArticleScore(url, found & wanted, found - wanted, wanted - found)


def _found(path: Path, url: str, day: date | None, names: Names, codes: Codes) -> set[Fact]:
    article = read(path.read_bytes(), path.name, url=url, published=day)
    return {_fact(row, codes) for row in propose(article, names).rows}


def _fact(row: dict[str, str], codes: Codes) -> Fact:
    """Return the compared facts of a claim, with a partner or category as its code whatever its spelling."""
    metric, _, member = row["metric"].partition(":")
    spelling = member.lower()
    known = codes.get(members.PRESS_NAMES.get(spelling, spelling), codes.get(spelling, frozenset()))
    code = ",".join(sorted(code for _, code in known)) or spelling
    return (f"{metric}:{code}" if member else metric, *(row[name] for name in FACTS[1:]))


def main(folder: str, claims: str = str(HELD_OUT)) -> None:
    with releases.connect(releases.current_release(get_settings().current)) as connection:
        codes = record.members(connection).codes
    for with_days in (True, False):
        scores = list(score_articles(Path(folder), Path(claims), codes, with_days=with_days))
        for score in scores if with_days else []:
            print(f"{score.url}\n  {len(score.right)} right, {len(score.wrong)} wrong, {len(score.missed)} missed")
            for sign, facts in (("wrong ", score.wrong), ("missed", score.missed)):
                for fact in sorted(facts):
                    print(f"    {sign} {' '.join(fact)}")
        right = sum(len(score.right) for score in scores)
        wrong = sum(len(score.wrong) for score in scores)
        missed = sum(len(score.missed) for score in scores)
        print(
            f"{len(scores)} articles, {'with' if with_days else 'without'} the days that texts do not give:"
            f" precision {right}/{right + wrong} = {right / max(1, right + wrong):.1%},"
            f" recall {right}/{right + missed} = {right / max(1, right + missed):.1%}"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
