"""What a claim can be about: each quantity, its series in `fct_observations`, and what it is computed from."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from orchestration.claims.units import Kind

MemberKind = Literal["", "partner", "category"]
MEMBER_KINDS: tuple[MemberKind, ...] = ("partner", "category")


@dataclass(frozen=True, eq=False)
class Quantity:
    """Something that publishers count. Each exists once, in QUANTITIES, and is compared by identity.

    `series` is its series in `fct_observations`; `parts` are other quantities that the formula of `measure` computes it
    from. `sign` is -1 for the deficit, since the record holds balances. `months` says whether the months of a period
    add up, are averaged, or neither. `currency` is that of the record's figures. `growth`, `part` and `change` are the
    series that publishers print beside the level: growth, the share in `whole`, the change in value.
    """

    name: str
    words: str
    series: str
    flow: str = "not_applicable"
    kind: Kind = "money"
    classification: str = "total"
    member_kind: MemberKind = ""
    sign: int = 1
    currency: str = "HKD"
    months: Literal["sum", "average", ""] = "sum"
    measure: str = ""
    parts: tuple[str, ...] = ()
    growth: str = ""
    part: str = ""
    whole: str = ""
    change: str = ""


# Name in a metric -> flow in `fct_observations`, words in a sentence.
CLAIMED_FLOWS = {
    "imports": ("imports", "imports"),
    "exports": ("total_exports", "total exports"),
    "re_exports": ("re_exports", "re-exports"),
    "domestic_exports": ("domestic_exports", "domestic exports"),
}


def _flows() -> Iterator[Quantity]:
    for name, (flow, words) in CLAIMED_FLOWS.items():
        growth = f"{name}_yoy" if name in ("imports", "exports") else ""
        quantity = Quantity(name, words, flow, flow, growth=growth)
        if name == "exports":
            quantity = replace(quantity, measure="total_exports", parts=("domestic_exports", "re_exports"))
        yield quantity


def _balances() -> Iterator[Quantity]:
    balance = Quantity(
        "balance", "the trade balance", "balance", measure="balance", parts=("exports", "imports"), whole="imports"
    )
    yield balance
    yield replace(balance, name="trade_deficit", words="the trade deficit", sign=-1, part="deficit_pct_of_imports")


def _partners_and_categories() -> Iterator[Quantity]:
    for kind in MEMBER_KINDS:
        for name, (flow, words) in CLAIMED_FLOWS.items():
            yield Quantity(
                f"{kind}_{name}",
                words,
                f"{kind}_value",
                flow,
                classification="",
                member_kind=kind,
                months="",
                growth=f"{kind}_yoy",
                part=f"{kind}_share",
                whole=name,
                change="category_change" if kind == "category" else "",
            )


def _gold() -> Iterator[Quantity]:
    in_usd = Quantity("", "", "gold_value", classification="gold_partner", currency="USD")
    in_kg = replace(in_usd, series="gold_weight", kind="weight", currency="")
    for name in ("imports", "exports"):
        flow, _ = CLAIMED_FLOWS[name]
        yield replace(in_usd, name=f"gold_{name}", words=f"gold {name}", flow=flow)
        yield replace(in_kg, name=f"gold_{name}_weight", words=f"gold {name}", flow=flow)
    yield replace(
        in_kg,
        name="gold_net_imports_weight",
        words="net imports of gold",
        flow="net_imports",
        measure="net_imports",
        parts=("gold_imports_weight", "gold_exports_weight"),
    )
    yield Quantity("gold_price", "the gold price", "gold_price", kind="price", currency="USD", months="average")


def _services_and_exchange_rate() -> Iterator[Quantity]:
    yield Quantity("hkd_per_usd", "the exchange rate", "hkd_per_usd", kind="rate", months="average")
    for series, words in (
        ("services_balance", "the services balance"),
        ("services_exports", "exports of services"),
        ("services_imports", "imports of services"),
        ("bop_goods_balance", "the goods balance of the balance of payments"),
    ):
        yield Quantity(series, words, series, classification="", months="")
    yield Quantity("services_cover", "the services balance over the trade deficit", "", kind="ratio", months="")


def _printed_rates() -> Iterator[Quantity]:
    """Yield rates of change that publishers print and whose levels the record does not hold."""
    for name in ("imports", "exports"):
        flow, words = CLAIMED_FLOWS[name]
        for series, rate in (
            ("volume_yoy", "the change in volume"),
            ("price_yoy", "the change in price"),
            ("sa_change", "the seasonally adjusted change"),
            ("gdp_real_yoy", "the real change, in the national accounts,"),
        ):
            yield Quantity(f"{name}_{series}", f"{rate} of {words}", series, flow, kind="pct", months="")
    terms = "terms_of_trade_yoy"
    yield Quantity(terms, "the change in the terms of trade", terms, kind="pct", months="")


QUANTITIES = {
    quantity.name: quantity
    for group in (
        _flows,
        _balances,
        _partners_and_categories,
        _gold,
        _services_and_exchange_rate,
        _printed_rates,
    )
    for quantity in group()
}
