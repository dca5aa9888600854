"""What one test run has trained already, so that the assistant's copies are not trained again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

__all__ = ["share_known_steps"]


def share_known_steps(folder: Path, factory: pytest.TempPathFactory) -> None:
    """Let training in ``folder`` use, and add to, what all workers of this run have trained."""
    base = factory.getbasetemp()
    known = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "known-steps"
    known.mkdir(exist_ok=True)
    (folder / ".kefu").symlink_to(known, target_is_directory=True)
