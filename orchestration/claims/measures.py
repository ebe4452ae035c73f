"""The arithmetic of the domain, defined once: the formula and unit of each measure, and the mart columns that hold it.

`claims` computes with these formulas, `trace` writes them out with their numbers, and a test compares every row of the
marts with them. A formula takes and returns plain decimals; `written` is the same formula for a reader.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

GRAMS_PER_TROY_OZ = Decimal("31.1034768")
# The Hong Kong tael of the Chinese Gold and Silver Exchange; other places have other taels.
GRAMS_PER_TAEL = Decimal("37.429")
STRONG_SIDE, WEAK_SIDE = Decimal("7.75"), Decimal("7.85")  # HKMA's convertibility undertakings since 2005-05-18
MILLION = Decimal(1_000_000)


@dataclass(frozen=True, eq=False)
class Measure:
    """One measure of the domain.

    `written` has the inputs of `formula` in braces, in their order. `words` describes the measure of a quantity, for a
    claim about it. `columns` are the mart columns that hold it, `table.column`; one that the publisher may have printed
    is only computed where it was not.
    """

    name: str
    unit: str
    formula: Callable[..., Decimal]
    written: str
    words: str = ""
    months_back: int = 0
    columns: tuple[str, ...] = ()

    @property
    def scale(self) -> int:
        """100 for a ratio in percent or percentage points, else 1."""
        return 100 if self.unit in ("%", "pp") else 1

    def write(self, **inputs: str) -> str:
        """Return the formula with its numbers: `618,401 - 707,484`."""
        return self.written.format(**inputs)


def total_exports(domestic_exports: Decimal, re_exports: Decimal) -> Decimal:
    """Return total exports; retained imports are not part of them."""
    return domestic_exports + re_exports


def difference(this: Decimal, that: Decimal) -> Decimal:
    """Return one amount less another in the same unit: a balance, net imports, a change."""
    return this - that


def share(part: Decimal, whole: Decimal) -> Decimal:
    """Return a part in percent of its whole."""
    return 100 * part / whole


def deficit_share(balance: Decimal, imports: Decimal) -> Decimal:
    """Return the deficit in percent of imports, positive for a deficit."""
    return share(-balance, imports)


def growth(this: Decimal, earlier: Decimal) -> Decimal:
    """Return the change from an earlier level in percent."""
    return 100 * (this / earlier - 1)


def ratio(this: Decimal, that: Decimal) -> Decimal:
    """Return how many times as large one amount is as another."""
    return this / that


def hkd_to_usd(amount: Decimal, hkd_per_usd: Decimal) -> Decimal:
    """Return an amount or a price in US dollars."""
    return amount / hkd_per_usd


def usd_to_hkd(amount: Decimal, hkd_per_usd: Decimal) -> Decimal:
    """Return an amount or a price in Hong Kong dollars."""
    return amount * hkd_per_usd


def price_per_tael(price: Decimal) -> Decimal:
    """Return a price per troy ounce as a price per tael."""
    return price * GRAMS_PER_TAEL / GRAMS_PER_TROY_OZ


def implied_gold_price(value_usd_mn: Decimal, weight_kg: Decimal) -> Decimal:
    """Return the US$ per troy ounce that a value in US$ million and a weight in kg imply."""
    return value_usd_mn * MILLION / (weight_kg * 1000 / GRAMS_PER_TROY_OZ)


def band_position(hkd_per_usd: Decimal) -> Decimal:
    """Return where a rate lies in the convertibility band: 0 is the strong side, 1 the weak side."""
    return (hkd_per_usd - STRONG_SIDE) / (WEAK_SIDE - STRONG_SIDE)


MONTHLY, PERIOD = "fct_trade_balance_monthly", "fct_trade_balance_period"
CATEGORY, PARTNER = "fct_trade_by_category", "fct_trade_by_partner"
GOLD_PRICE, GOLD_TRADE = "fct_gold_price_monthly", "fct_gold_trade"

MEASURES = {
    measure.name: measure
    for measure in (
        Measure(
            name="total_exports",
            unit="HK$ mn",
            formula=total_exports,
            written="{domestic_exports} + {re_exports}",
            columns=(f"{PERIOD}.total_exports_hkd_mn",),
        ),
        Measure(
            name="balance",
            unit="HK$ mn",
            formula=difference,
            written="{total_exports} - {imports}",
            columns=(f"{MONTHLY}.balance_hkd_mn", f"{PERIOD}.balance_hkd_mn"),
        ),
        Measure(
            name="late_corrections",
            unit="HK$ mn",
            formula=difference,
            written="{published} - {sum_of_months}",
            columns=(f"{PERIOD}.late_corrections_balance_hkd_mn",),
        ),
        Measure(
            name="balance_usd",
            unit="US$ mn",
            formula=hkd_to_usd,
            written="({balance}) / {hkd_per_usd}",
            columns=(f"{MONTHLY}.balance_usd_mn",),
        ),
        Measure(
            name="deficit_pct_of_imports",
            unit="%",
            formula=deficit_share,
            written="100 * -({balance}) / {imports}",
            columns=(f"{MONTHLY}.deficit_pct_of_imports", f"{PERIOD}.deficit_pct_of_imports"),
        ),
        Measure(
            name="yoy",
            unit="%",
            formula=growth,
            written="100 * ({this} / {earlier} - 1)",
            words="the change of {} on a year earlier",
            months_back=12,
            columns=(
                *(f"{table}.{flow}_yoy_pct" for table in (MONTHLY, PERIOD) for flow in ("exports", "imports")),
                f"{CATEGORY}.yoy_pct",
                f"{PARTNER}.yoy_pct",
            ),
        ),
        Measure(
            name="mom",
            unit="%",
            formula=growth,
            written="100 * ({this} / {earlier} - 1)",
            words="the change of {} on the month before",
            months_back=1,
            columns=(f"{MONTHLY}.exports_mom_pct", f"{MONTHLY}.imports_mom_pct"),
        ),
        Measure(
            name="change",
            unit="HK$ mn",
            formula=difference,
            written="{this} - {earlier}",
            words="the increase of {} on a year earlier",
            months_back=12,
            columns=(f"{CATEGORY}.change_hkd_mn",),
        ),
        Measure(
            name="share",
            unit="%",
            formula=share,
            written="100 * {part} / {whole}",
            words="the share of {}",
            columns=(f"{CATEGORY}.share_pct", f"{PARTNER}.share_pct"),
        ),
        # No mart serves it: claims only.
        Measure(
            name="share_change",
            unit="pp",
            formula=difference,
            written="{this} - {earlier}",
            words="the change in the share of {} on a year earlier",
            months_back=12,
        ),
        Measure(
            name="contribution",
            unit="pp",
            formula=share,
            written="100 * {change} / {whole_a_year_earlier}",
            words="the contribution of {} to growth",
            months_back=12,
            columns=(f"{CATEGORY}.contribution_pp",),
        ),
        Measure(
            name="net_imports",
            unit="kg",
            formula=difference,
            written="{imports} - {exports}",
        ),
        Measure(
            name="gold_price_hkd",
            unit="HK$ per troy oz",
            formula=usd_to_hkd,
            written="{usd_per_troy_oz} * {hkd_per_usd}",
            columns=(f"{GOLD_PRICE}.hkd_per_troy_oz",),
        ),
        Measure(
            name="gold_price_per_tael",
            unit="HK$ per tael",
            formula=price_per_tael,
            written=f"{{hkd_per_troy_oz}} * {GRAMS_PER_TAEL} / {GRAMS_PER_TROY_OZ}",
            columns=(f"{GOLD_PRICE}.hkd_per_tael",),
        ),
        Measure(
            name="gold_value_hkd",
            unit="HK$ mn",
            formula=usd_to_hkd,
            written="{value_usd_mn} * {hkd_per_usd}",
            columns=(f"{GOLD_TRADE}.value_hkd_mn",),
        ),
        Measure(
            name="implied_gold_price",
            unit="US$ per troy oz",
            formula=implied_gold_price,
            written=f"{{value_usd_mn}} * 1000000 / ({{weight_kg}} * 1000 / {GRAMS_PER_TROY_OZ})",
            columns=(f"{GOLD_TRADE}.implied_usd_per_troy_oz",),
        ),
        Measure(
            name="gold_price_gap",
            unit="%",
            formula=growth,
            written="100 * ({implied_price} / {market_price} - 1)",
            columns=(f"{GOLD_TRADE}.price_gap_pct",),
        ),
        Measure(
            name="services_cover",
            unit="times",
            formula=ratio,
            written="{services_balance} / {deficit}",
            columns=("fct_services_buffer_quarterly.services_cover_ratio",),
        ),
        Measure(
            name="band_position",
            unit="",
            formula=band_position,
            written=f"({{hkd_per_usd}} - {STRONG_SIDE}) / ({WEAK_SIDE} - {STRONG_SIDE})",
            columns=("fct_hkd_peg_monthly.band_position",),
        ),
    )
}
