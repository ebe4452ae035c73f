"""Keep the garbage collector from going through imported objects again and again: 1.3 s of a main job."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def freeze_imports() -> Iterator[None]:
    """Leave the objects that exist now out of garbage collection while the block runs."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()  # DuckDB reports objects that were not collected at exit
