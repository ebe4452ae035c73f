"""What can go wrong in the lake."""


class LakeError(Exception):
    """A table of the lake can't be read or written; the message says what, where, and what to do."""


class InvalidRows(LakeError):
    """Rows that are not what a table of the lake holds: nothing of them is in the lake."""
