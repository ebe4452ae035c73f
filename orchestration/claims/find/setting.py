"""What an article settles for all of its sentences: names, dates, and what "$" means."""

from dataclasses import dataclass

from orchestration.claims.find.dates import Calendar
from orchestration.claims.find.mentions import Dollar
from orchestration.claims.find.names import Names


@dataclass(frozen=True)
class Setting:
    """The names that it may use, its calendar, and the currency of a bare "$"."""

    names: Names
    calendar: Calendar
    dollar: Dollar
