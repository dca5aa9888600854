"""Reading parts of a model, with a clear message where they are not what was saved."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kefu.core.parts import Parts
from kefu.errors import ModelError

__all__ = ["stored_array", "stored_bytes", "stored_json"]


def stored_json(parts: Parts, name: str) -> Any:
    """Return a JSON value."""
    value = _stored(parts, name)
    if isinstance(value, bytes | np.ndarray):
        raise ModelError(f"the model is damaged: {name} is not JSON")
    return value


def stored_array(parts: Parts, name: str) -> NDArray[Any]:
    """Return an array."""
    value = _stored(parts, name)
    if not isinstance(value, np.ndarray):
        raise ModelError(f"the model is damaged: {name} is not an array")
    return value


def stored_bytes(parts: Parts, name: str) -> bytes:
    """Return bytes."""
    value = _stored(parts, name)
    if not isinstance(value, bytes):
        raise ModelError(f"the model is damaged: {name} is not a binary file")
    return value


def _stored(parts: Parts, name: str) -> Any:
    if name not in parts:
        raise ModelError(f"the model is damaged: {name} is missing")
    return parts[name]
