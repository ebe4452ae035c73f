"""What the record counts: the quantities that a claim can be about, and where `fct_observations` has them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from orchestration.claims.units import Kind

Member = Literal["", "partner", "category"]
MEMBERS: tuple[Member, ...] = ("partner", "category")


@dataclass(frozen=True)
class Quantity:
    """Something that the record counts: its series in `fct_observations`, or what it is worked out from.

    `sign` is -1 for a deficit, which the record holds as a negative balance. Months add up to a period (`sum`), or have
    an average, or neither. `currency` is that of the record's figures. `growth`, `part` and `change` are the series of
    what is printed beside the level: growth, the share in `whole`, the change in value.
    """

    name: str
    words: str
    series: str
    flow: str = "not_applicable"
    kind: Kind = "money"
    classification: str = "total"
    member: Member = ""
    sign: int = 1
    currency: str = "HKD"
    months: Literal["sum", "average", ""] = "sum"
    plus: tuple[str, ...] = ()
    minus: tuple[str, ...] = ()
    growth: str = ""
    part: str = ""
    whole: str = ""
    change: str = ""


FLOWS = {
    "imports": ("imports", "imports"),
    "exports": ("total_exports", "total exports"),
    "re_exports": ("re_exports", "re-exports"),
    "domestic_exports": ("domestic_exports", "domestic exports"),
}


def _flows() -> Iterator[Quantity]:
    for name, (flow, words) in FLOWS.items():
        parts = ("domestic_exports", "re_exports") if name == "exports" else ()
        growth = f"{name}_yoy" if name in ("imports", "exports") else ""
        yield Quantity(name, words, flow, flow, plus=parts, growth=growth)


def _balances() -> Iterator[Quantity]:
    for name, sign, words in (("balance", 1, "the trade balance"), ("trade_deficit", -1, "the trade deficit")):
        yield Quantity(
            name,
            words,
            "balance",
            sign=sign,
            plus=("exports",),
            minus=("imports",),
            part="deficit_pct_of_imports" if sign == -1 else "",
            whole="imports",
        )


def _of_members() -> Iterator[Quantity]:
    for member in MEMBERS:
        for name, (flow, words) in FLOWS.items():
            yield Quantity(
                f"{member}_{name}",
                words,
                f"{member}_value",
                flow,
                classification="",
                member=member,
                months="",
                growth=f"{member}_yoy",
                part=f"{member}_share",
                whole=name,
                change="category_change" if member == "category" else "",
            )


def _gold() -> Iterator[Quantity]:
    of_gold = Quantity("", "", "gold_value", classification="gold_partner", currency="USD")
    in_kg = replace(of_gold, series="gold_weight", kind="weight", currency="")
    for name in ("imports", "exports"):
        flow, _ = FLOWS[name]
        yield replace(of_gold, name=f"gold_{name}", words=f"gold {name}", flow=flow)
        yield replace(in_kg, name=f"gold_{name}_weight", words=f"gold {name}", flow=flow)
    yield replace(
        in_kg,
        name="gold_net_imports_weight",
        words="net imports of gold",
        flow="net_imports",
        plus=("gold_imports_weight",),
        minus=("gold_exports_weight",),
    )
    yield Quantity("gold_price", "the gold price", "gold_price", kind="price", currency="USD", months="average")


def _beside_trade() -> Iterator[Quantity]:
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
    for name in ("imports", "exports"):
        flow, words = FLOWS[name]
        for series, measure in (
            ("volume_yoy", "the change in volume"),
            ("price_yoy", "the change in price"),
            ("sa_change", "the seasonally adjusted change"),
            ("gdp_real_yoy", "the real change, in the national accounts,"),
        ):
            yield Quantity(f"{name}_{series}", f"{measure} of {words}", series, flow, kind="pct", months="")
    yield Quantity(
        "terms_of_trade_yoy", "the change in the terms of trade", "terms_of_trade_yoy", kind="pct", months=""
    )


QUANTITIES = {
    quantity.name: quantity
    for group in (_flows, _balances, _of_members, _gold, _beside_trade, _printed_rates)
    for quantity in group()
}
