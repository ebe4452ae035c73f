"""Tiny records for tests, small enough to read. Levels are in HK$ million."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from orchestration import periods
from orchestration.claims.claim import COLUMNS, Claim, parse_claim
from orchestration.claims.judge import judge
from orchestration.claims.record import Evidence, Figures, Members, Observation, Record, Series, record_of
from orchestration.claims.verdicts import Verdict

TABLE = "https://www.censtatd.gov.hk/table"
PRESS = "https://www.info.gov.hk/release"
NEWS = "https://news.example/story"

SERIES_WITH_A_FLOW = {"total_exports", "imports", "re_exports", "domestic_exports"}
MEMBERS = Members(
    codes={
        "vietnam": frozenset({("partner", "704")}),
        "vn": frozenset({("partner", "704")}),
        "704": frozenset({("partner", "704")}),
        "united states": frozenset({("partner", "842")}),
        "us": frozenset({("partner", "842")}),
        "korea": frozenset({("partner", "410"), ("partner", "408")}),
        "office machines": frozenset({("sitc_division", "75")}),
        "75": frozenset({("sitc_division", "75")}),
    },
    names={
        ("partner", "704"): "Vietnam",
        ("partner", "842"): "United States",
        ("partner", "410"): "South Korea",
        ("partner", "408"): "North Korea",
        ("sitc_division", "75"): "Office machines",
    },
)


def claim(
    metric: str, period: str, value: str, unit: str = "HKD bn", *, text: str = "a claim", url: str = NEWS
) -> Claim:
    cells = ("X1", text, metric, period, value, unit, url)
    return parse_claim(dict(zip(COLUMNS, cells, strict=True)))


@dataclass
class TinyRecord:
    """Published figures by series and period; the first one added for a period is the preferred one."""

    figures: Figures = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    def add(
        self,
        series: str,
        label: str,
        value: float | str,
        *,
        unit: float | str = 1,
        evidence: Evidence = "official",
        url: str = TABLE,
        member: tuple[str, str] = ("total", "total"),
        flow: str = "",
        flag: str | None = None,
        source: str = "source",
        known: tuple[date, date | None] = (date(2020, 1, 1), None),
    ) -> "TinyRecord":
        flow = flow or {"exports_yoy": "total_exports", "imports_yoy": "imports"}.get(series, series)
        flow = flow if flow in SERIES_WITH_A_FLOW else "not_applicable"
        observation = Observation(
            value=Decimal(str(value)),
            rounding_unit=Decimal(str(unit)),
            evidence=evidence,
            source_url=url,
            source_id=source,
            flag=flag,
            known_from=known[0],
            known_until=known[1],
            is_current=known[1] is None,
        )
        self.figures[Series(series, flow, *member)][periods.parse(label)].append(observation)
        return self

    def month(self, label: str, exports: int, imports: int) -> "TinyRecord":
        """Add one month of the official table, HK$ million."""
        return self.add("total_exports", label, exports).add("imports", label, imports)

    def months(self, label: str, exports: int, imports: int) -> "TinyRecord":
        """Add the months of a period, equal except for the last one, so that they add up to these levels."""
        every = periods.parse(label).each_month
        for number, each in enumerate(every):
            rest = number == len(every) - 1
            self.month(
                each.label,
                *(
                    total - total // len(every) * number if rest else total // len(every)
                    for total in (exports, imports)
                ),
            )
        return self

    def rate(self, label: str, hkd_per_usd: float) -> "TinyRecord":
        return self.add("hkd_per_usd", label, hkd_per_usd, unit=0.0001, url="https://www.federalreserve.gov/h10")

    @property
    def record(self) -> Record:
        return record_of({series: dict(found) for series, found in self.figures.items()}, MEMBERS)

    def judge(
        self, metric: str, period: str, value: str, unit: str = "HKD bn", *, text: str = "a claim", url: str = NEWS
    ) -> Verdict:
        return judge(self.record, claim(metric, period, value, unit, text=text, url=url))
