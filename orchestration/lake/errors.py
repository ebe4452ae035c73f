"""Errors of the lake."""


class LakeError(Exception):
    """A table of the lake can't be read or written; the message says what, where, and what to do."""


class InvalidRows(LakeError):
    """Rows that a table of the lake does not allow. None of their month or file is stored."""
