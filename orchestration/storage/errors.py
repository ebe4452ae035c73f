"""What can go wrong with a store. Each error says what, where, and what to do; none holds a credential."""


class StorageError(Exception):
    """An object could not be written, read, listed or deleted."""

    def __init__(self, what: str, where: object, remedy: str) -> None:
        self.what, self.where, self.remedy = what, str(where), remedy
        super().__init__(f"{what}: {where}. {remedy}")


class Missing(StorageError):
    """There is no object of that name, or not even the bucket."""
