"""Where folders named in settings are, in training and later wherever the model is used."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["places_of", "read_settings"]


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


def read_settings(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file of a model; nothing where there is none."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
