"""What one test run has trained already, so that the assistant's copies are not trained again."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["known_steps"]


@contextmanager
def known_steps(folder: Path, factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let training in ``folder`` use, and add to, what all workers of this run have trained.

    One trains at a time, within the block: what the first did the next finds done.
    """
    base = factory.getbasetemp()
    known = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "known-steps"
    known.mkdir(exist_ok=True)
    (folder / ".kefu").symlink_to(known, target_is_directory=True)
    with open(known.with_suffix(".lock"), "w") as lock:  # noqa: PTH123 - locked, not read
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
