"""What was imported is no garbage: a run need not look through it again and again, which took 1.3 s of a main job."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def none_among_imports() -> Iterator[None]:
    """Leave what exists now out of garbage collection while the block runs."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()  # at exit it is garbage after all, and DuckDB says so if nobody collects it
