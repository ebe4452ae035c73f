"""The world behind the replay server: six publishers with their data, and the active faults.

The default world serves the figures of the embedded record, and synthetic rows where the record has none.
"""

import threading
from dataclasses import dataclass, field

from testing.replay.comtrade import Comtrade
from testing.replay.csd import Csd
from testing.replay.csd_tables import csd_tables
from testing.replay.faults import Fault
from testing.replay.hkma import Hkma
from testing.replay.idds import Idds
from testing.replay.message import HttpRequest, Reply
from testing.replay.synthetic_gold import synthetic_availability, synthetic_comtrade_records, synthetic_idds_rows
from testing.replay.synthetic_hkma import synthetic_daily_rates, synthetic_liquidity, synthetic_monthly_rates
from testing.replay.unsd import Unsd, synthetic_tables
from testing.replay.workbook import synthetic_price_sheet, workbook
from testing.replay.world_bank import WorldBank

PUBLISHERS = ("csd", "idds", "hkma", "world_bank", "comtrade", "unsd")
Publisher = Csd | Idds | Hkma | WorldBank | Comtrade | Unsd
GOLD_MONTHS = [f"{number // 12}{number % 12 + 1:02d}" for number in range(2024 * 12, 2026 * 12 + 8)]  # to August 2026


@dataclass
class _ActiveFault:
    """An active fault: where it applies, and how many times more; None means until it is repaired."""

    publisher: str
    fault: Fault
    path: str
    times: int | None


@dataclass
class World:
    """Change it while the server runs: `world.csd.tables["410-50001"] = rows`."""

    csd: Csd = field(default_factory=Csd)
    idds: Idds = field(default_factory=Idds)
    hkma: Hkma = field(default_factory=Hkma)
    world_bank: WorldBank = field(default_factory=WorldBank)
    comtrade: Comtrade = field(default_factory=Comtrade)
    unsd: Unsd = field(default_factory=Unsd)
    _faults: list[_ActiveFault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def publisher(self, name: str) -> Publisher | None:
        return getattr(self, name) if name in PUBLISHERS else None

    def fault(self, publisher: str, fault: Fault, path: str = "", times: int | None = None) -> None:
        """Apply a fault to a publisher's next `times` responses, or to all, whose path and query contain `path`."""
        if publisher not in PUBLISHERS:
            raise ValueError(publisher)
        with self._lock:
            self._faults.append(_ActiveFault(publisher, fault, path, times))

    def repair(self, publisher: str | None = None) -> None:
        """Remove the faults of a publisher, or all faults."""
        with self._lock:
            self._faults = [active for active in self._faults if publisher not in (None, active.publisher)]

    def spoil(self, request: HttpRequest, reply: Reply) -> Reply:
        """Return the reply as changed by the first fault that applies; the same object if none does."""
        with self._lock:
            for active in self._faults:
                if (
                    active.publisher != request.publisher
                    or active.path not in f"{request.path}?{request.raw_query}"
                    or active.times == 0
                ):
                    continue
                changed = active.fault(request, reply)
                if changed is not reply:
                    active.times = None if active.times is None else active.times - 1
                    return changed
        return reply


def default_world() -> World:
    """Return a world in which every publisher has data."""
    tables, descriptions = csd_tables()
    return World(
        csd=Csd(tables, descriptions),
        idds=Idds(synthetic_idds_rows(GOLD_MONTHS), latest=GOLD_MONTHS[-1]),
        hkma=Hkma(
            {
                "monthly-statistical-bulletin/er-ir/er-eeri-daily": synthetic_daily_rates("202507"),
                "monthly-statistical-bulletin/er-ir/er-eeri-endperiod": synthetic_monthly_rates("201001"),
                "monthly-statistical-bulletin/er-ir/er-eeri-periodaverage": synthetic_monthly_rates("201001"),
                "daily-monetary-statistics/daily-figures-interbank-liquidity": synthetic_liquidity(GOLD_MONTHS[-3:]),
            }
        ),
        world_bank=WorldBank(workbook(synthetic_price_sheet())),
        comtrade=Comtrade(
            synthetic_comtrade_records(GOLD_MONTHS),
            [synthetic_availability(month, "2026-10-10T19:37:29.8666667") for month in GOLD_MONTHS],
        ),
        unsd=Unsd(synthetic_tables()),
    )
