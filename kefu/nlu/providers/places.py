"""Where folders named in settings are, in training and later wherever the model is used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

__all__ = ["places_of"]


def places_of(written: str, root: Path, known: str = "") -> Iterator[Path]:
    """Yield where a folder may be.

    Args:
        written: Path in the settings; a relative one starts at the project.
        root: The project's folder.
        known: Absolute path of the folder in training; empty: not known.
    """
    yield root / Path(written).expanduser()
    if known:
        yield Path(known)
