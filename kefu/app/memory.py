"""How the garbage collector is told of a model, which is large and stays."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["spare_garbage_collector", "spared_garbage_collector"]


def spare_garbage_collector() -> None:
    """Leave the model and the libraries out of collections: walking them pauses all customers."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


@contextmanager
def spared_garbage_collector() -> Iterator[None]:
    """Do so for a while."""
    before = gc.get_threshold()
    spare_garbage_collector()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
