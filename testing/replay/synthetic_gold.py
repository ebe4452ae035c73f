"""Hong Kong's gold trade as Trade IDDS and UN Comtrade would report it: the same synthetic flows in both forms.

Weights are invented; values are computed from them with the record's gold price and exchange rate of the month (the
latest ones for months after the end of the record), so that implied prices are plausible.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from testing.replay.record_rows import monthly

KG_PER_TROY_OZ = Decimal("0.0311034768")
SHARES = {"710811": Decimal("0.02"), "710812": Decimal("0.90"), "710813": Decimal("0.05"), "710820": Decimal("0.03")}
MONETARY = "710820"  # not reported to Comtrade
NAMES = {
    "710811": "GOLD POWDER",
    "710812": "GOLD, UNWROUGHT",
    "710813": "GOLD, SEMI-MANUFACTURED",
    "710820": "MONETARY GOLD",
}
PARTNERS = {"CN": ("CHINESE MAINLAND", 156, 9), "CH": ("SWITZERLAND", 757, 6), "GB": ("UNITED KINGDOM", 826, 3)}
TYPES = {
    1: ("Imports", 1200, "M"),
    2: ("Domestic exports", 100, None),
    3: ("Re-exports", 900, None),
    4: ("Total exports", 1000, "X"),
}


# The fields of a record in their order; figures are filled in.
RECORD: dict[str, Any] = json.loads(
    '{"typeCode":"C","freqCode":"M","refPeriodId":0,"refYear":0,"refMonth":0,"period":"","reporterCode":344,'
    '"reporterISO":null,"reporterDesc":null,"flowCode":"","flowDesc":null,"partnerCode":0,"partnerISO":null,'
    '"partnerDesc":null,"partner2Code":0,"partner2ISO":null,"partner2Desc":null,"classificationCode":"H6",'
    '"classificationSearchCode":"HS","isOriginalClassification":true,"cmdCode":"","cmdDesc":null,"aggrLevel":null,'
    '"isLeaf":null,"customsCode":"C00","customsDesc":null,"mosCode":"0","motCode":0,"motDesc":null,"qtyUnitCode":8,'
    '"qtyUnitAbbr":null,"qty":0.0,"isQtyEstimated":false,"altQtyUnitCode":8,"altQtyUnitAbbr":null,"altQty":0.0,'
    '"isAltQtyEstimated":false,"netWgt":0.0,"isNetWgtEstimated":false,"grossWgt":0.0,"isGrossWgtEstimated":false,'
    '"cifvalue":null,"fobvalue":null,"primaryValue":0.0,"legacyEstimationFlag":0,"isReported":false,"isAggregate":true}'
)
AVAILABILITY: dict[str, Any] = json.loads(
    '{"datasetCode":0,"typeCode":"C","freqCode":"M","period":0,"reporterCode":344,"reporterISO":"HKG",'
    '"reporterDesc":"China, Hong Kong SAR","classificationCode":"H6","classificationSearchCode":"HS",'
    '"isOriginalClassification":true,"isExtendedFlowCode":false,"isExtendedPartnerCode":true,'
    '"isExtendedPartner2Code":false,"isExtendedCmdCode":true,"isExtendedCustomsCode":false,'
    '"isExtendedMotCode":false,"totalRecords":1000,"datasetChecksum":0,"firstReleased":"","lastReleased":""}'
)


@dataclass(frozen=True)
class Flow:
    """One type of trade in one code with one partner in one month."""

    month: str
    ttype: int
    partner: str
    code: str
    kg: int
    value_hkd: Decimal
    value_usd: Decimal


def synthetic_gold_flows(months: Sequence[str]) -> Iterator[Flow]:
    """Yield the flows of the months; total exports are domestic exports and re-exports together."""
    prices, rates = monthly("gold_prices_monthly"), monthly("exchange_rates_monthly")
    for step, month in enumerate(months):
        price, rate = prices.get(month, prices[max(prices)]), rates.get(month, rates[max(rates)])
        for ttype, (_, base, _) in TYPES.items():
            for partner, (_, _, weight) in PARTNERS.items():
                for code, share in SHARES.items():
                    kg = int(base * weight * share) * (100 + step)
                    usd = (kg / KG_PER_TROY_OZ * price).quantize(Decimal("0.001"))
                    yield Flow(month, ttype, partner, code, kg, usd * rate, usd)


def synthetic_idds_rows(months: Sequence[str]) -> list[dict[str, Any]]:
    """Return value and quantity by HS6 code, for each partner and for the world."""
    by_partner = list(synthetic_gold_flows(months))
    rows = [row for flow in by_partner for row in _idds_rows(flow)]
    world: dict[tuple[str, int, str], list[Flow]] = {}
    for flow in by_partner:
        world.setdefault((flow.month, flow.ttype, flow.code), []).append(flow)
    for (month, ttype, code), flows in world.items():
        kg, value = sum(flow.kg for flow in flows), sum((flow.value_hkd for flow in flows), Decimal(0))
        rows += _idds_rows(Flow(month, ttype, "", code, kg, value, Decimal(0)))
    return rows


def _idds_rows(flow: Flow) -> list[dict[str, Any]]:
    name = TYPES[flow.ttype][0]
    row = {"freq": "M", "period": flow.month, "ttype": flow.ttype, "ttypeDescEN": name, **_partner(flow)}
    row |= {"codeclass": "HKHS6", "code": flow.code, "codeDescEN": NAMES[flow.code]}
    value, unit = str(round(flow.value_hkd / 1000)), "HK$ '000"
    return [
        {**row, "sv": "VCm", "svDescEN": "Value (Monthly)", "unitEN": unit, "figure": value},
        {**row, "sv": "QCm", "svDescEN": "Quantity (Monthly)", "unitEN": "KILOGRAM", "figure": str(flow.kg)},
    ]


def _partner(flow: Flow) -> dict[str, Any]:
    return {"cc": flow.partner, "ccDescEN": PARTNERS[flow.partner][0]} if flow.partner else {}


def synthetic_comtrade_records(months: Sequence[str]) -> list[dict[str, Any]]:
    """Return gold (7108) by partner and for the world, and the breakdown of each by customs procedure."""
    sums: dict[tuple[str, str, int], tuple[int, Decimal]] = {}
    for flow in synthetic_gold_flows(months):
        flow_code = TYPES[flow.ttype][2]
        if flow_code and flow.code != MONETARY:
            for partner in (PARTNERS[flow.partner][1], 0):
                kg, usd = sums.get((flow.month, flow_code, partner), (0, Decimal(0)))
                sums[flow.month, flow_code, partner] = (kg + flow.kg, usd + flow.value_usd)
    return [
        synthetic_comtrade_record(month, flow_code, partner, "7108", float(usd), float(kg), customs)
        for (month, flow_code, partner), (kg, usd) in sorted(sums.items())
        for customs in ("C00", "C01")
    ]


def synthetic_comtrade_record(
    month: str, flow: str, partner: int, code: str, usd: float, kg: float, customs: str = "C00"
) -> dict[str, Any]:
    """Return one record with every field that a real one has; a customs procedure other than C00 is a breakdown."""
    when = {"refPeriodId": int(f"{month}01"), "refYear": int(month[:4]), "refMonth": int(month[4:]), "period": month}
    what = {"flowCode": flow, "partnerCode": partner, "cmdCode": code, "customsCode": customs}
    weight = dict.fromkeys(("qty", "altQty", "netWgt"), kg)
    value = {"primaryValue": usd, "cifvalue" if flow == "M" else "fobvalue": usd}
    return {**RECORD, **when, **what, **weight, **value}


def synthetic_availability(month: str, released: str, checksum: int = -1) -> dict[str, Any]:
    """Return an item of getDA for a month; its period is a number, and its code is larger than 2**53."""
    what = {"datasetCode": int(f"30344{month}202100"), "period": int(month), "datasetChecksum": checksum}
    return {**AVAILABILITY, **what, "firstReleased": released, "lastReleased": released}
