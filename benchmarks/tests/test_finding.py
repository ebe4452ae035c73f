"""The measurement of `entrepot claims find` scores its proposals against the claims that a person read."""

from pathlib import Path

from benchmarks import finding

CODES = {"vietnam": frozenset({("partner", "704")})}


def test_score_counts_claims_that_are_right_wrong_and_missed(tmp_path: Path) -> None:
    claims = tmp_path / "claims.csv"
    claims.write_text(
        "url,published,metric,period,claimed_value,claimed_unit\n"
        "https://a.example/,2026-04-28,exports_yoy,2026-03,35.8,pct\n"
        "https://a.example/,2026-04-28,imports_yoy,2026-03,41.2,pct\n"
        "https://absent.example/,2026-04-28,exports_yoy,2026-03,35.8,pct\n"
    )
    (tmp_path / "befde498a45b6c82.txt").write_text(
        "Exports rose 35.8% in March. Exports to Vietnam rose 50.9% in March."
    )
    (score,) = finding.score_articles(tmp_path, claims, CODES)
    assert score.right == {("exports_yoy", "2026-03", "35.8", "pct")}
    assert score.wrong == {("partner_exports_yoy:704", "2026-03", "50.9", "pct")}
    assert score.missed == {("imports_yoy", "2026-03", "41.2", "pct")}
