"""Everything in memory: for tests, for ``kefu shell``, and for trying things out."""

from kefu.storage.memory.opening import open_memory

__all__ = ["open_memory"]
