"""Quoting of names and values in SQL that is put together as text."""


def identifier(name: str) -> str:
    """Return a name in double quotes, as SQL writes identifiers."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """Return a text, number or path as an SQL string; folders may have an apostrophe in their names."""
    return "'" + str(value).replace("'", "''") + "'"
