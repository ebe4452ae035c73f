"""The web tables of C&SD that are fetched, and what each must contain.

Ids, statistics and dimensions were observed in use. Where the subject of a table was inferred from them, C&SD's title
must contain the words given here; otherwise the table is refused.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A web table: its id, words that its title must contain, its required statistics, and its dimension, if any."""

    id: str
    title_words: tuple[str, ...] = ()
    statistics: tuple[str, ...] = ()
    dimension: str | None = None


TABLES = {
    table.id: table
    for table in (
        Table("410-50001", statistics=("VAL_TX", "VAL_IM", "BAL", "VAL_TT")),
        Table("410-50001A", ("year", "month"), ("VAL_TX", "VAL_IM")),
        Table("410-50001B", ("12 months",), ("VAL_TX", "VAL_IM")),
        Table("410-50002", ("seasonally adjusted",), ("SA_VAL_TX", "SA_VAL_IM")),
        Table("410-50011", dimension="COUNTRY"),
        Table("410-50012", statistics=("VAL_IM",), dimension="COUNTRY"),
        Table("410-50013", statistics=("VAL_TX",), dimension="COUNTRY"),
        Table("410-50021", ("transport",), dimension="TRANS"),
        Table("410-50022", ("transport",), dimension="TRANS"),
        Table("410-50031", ("imports", "commodity"), dimension="COMMD"),
        Table("410-50032", ("exports", "commodity"), dimension="COMMD"),
        Table("410-51001", ("index",)),
        Table("410-51002", ("index",)),
        Table("410-51003", ("terms of trade",)),
        Table("410-51011", ("seasonally adjusted", "index")),
        Table("410-51012", ("seasonally adjusted", "index")),
        Table("410-51021", ("index",), dimension="REGN"),
        Table("410-51022", ("index",), dimension="REGN"),
        Table("410-51031", ("end-use",), dimension="EUC"),
        Table("410-51032", ("end-use",), dimension="EUC"),
    )
}
