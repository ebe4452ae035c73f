"""What an article settles for all of its sentences: names, dates, and what "$" means."""

from dataclasses import dataclass

from orchestration.claims.articles.dates import Calendar
from orchestration.claims.articles.mentions import Dollar
from orchestration.claims.articles.names import Names


@dataclass(frozen=True)
class Setting:
    """The names that it may use, its calendar, and the currency of a bare "$"."""

    names: Names
    calendar: Calendar
    dollar: Dollar
