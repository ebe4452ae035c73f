"""What can be claimed, and in which unit: the names that claims use, and where the marts hold each."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Kind = Literal["money", "pct", "since"]


@dataclass(frozen=True)
class Metric:
    """One metric: its series in `fct_observations`, its column in the balance marts, and what it is worked out from."""

    name: str
    kind: Kind
    words: str
    series: str
    column: str
    inputs: tuple[str, ...]
    sign: int = 1
    on_a_year_earlier: bool = False


@dataclass(frozen=True)
class Unit:
    """One unit: how it is written, and how many of the marts' units (HK$ or US$ million, percent, year) make one."""

    name: str
    kind: Kind
    template: str
    size: Decimal = Decimal(1)
    in_usd: bool = False
    tolerance_pct: Decimal = Decimal(0)

    def write(self, number: Decimal) -> str:
        return self.template.format(number)

    def write_difference(self, number: Decimal) -> str:
        return f"{number:f} percentage points" if self.kind == "pct" else self.write(number)


EXPORTS = ("total_exports", "domestic_exports", "re_exports")
TOTALS = ("balance", "imports", *EXPORTS)


def _growth(name: str, words: str, inputs: tuple[str, ...]) -> Metric:
    return Metric(
        name, "pct", f"the change of {words} on a year earlier", name, f"{name}_pct", inputs, on_a_year_earlier=True
    )


METRICS = {
    metric.name: metric
    for metric in (
        Metric("imports", "money", "imports", "imports", "imports_hkd_mn", ("imports",)),
        Metric("exports", "money", "total exports", "total_exports", "total_exports_hkd_mn", EXPORTS),
        Metric("trade_deficit", "money", "the trade deficit", "balance", "balance_hkd_mn", TOTALS, sign=-1),
        Metric("trade_deficit_record", "since", "the trade deficit", "balance", "balance_hkd_mn", TOTALS, sign=-1),
        _growth("imports_yoy", "imports", ("imports",)),
        _growth("exports_yoy", "total exports", EXPORTS),
        Metric(
            "deficit_pct_of_imports",
            "pct",
            "the deficit as a share of imports",
            "deficit_pct_of_imports",
            "deficit_pct_of_imports",
            TOTALS,
        ),
    )
}

# "Nearly 10 %" has no decimals to be held to. Within a twentieth of the number it reads as true: 9.5 to 10.5.
APPROXIMATE_PCT = Decimal(5)

UNITS = {
    unit.name: unit
    for unit in (
        Unit("HKD mn", "money", "HK${:,f} mn"),
        Unit("HKD bn", "money", "HK${:,f} bn", Decimal(1_000)),
        Unit("HKD tn", "money", "HK${:,f} tn", Decimal(1_000_000)),
        Unit("USD bn", "money", "US${:,f} bn", Decimal(1_000), in_usd=True),
        Unit("pct", "pct", "{:f} %"),
        Unit("pct_approx", "pct", "{:f} %", tolerance_pct=APPROXIMATE_PCT),
        Unit("since_year", "since", "{:f}"),
    )
}
