"""What a trained component is made of once it leaves memory.

A component's ``save()`` returns its parts, its ``load()`` takes them back. Parts hold data
only - JSON values, arrays and bytes - so that loading a model can never run code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy

__all__ = ["JsonValue", "Part", "Parts", "prefixed", "under"]

JsonValue: TypeAlias = Any
Part: TypeAlias = "JsonValue | numpy.ndarray[Any, Any] | bytes"
Parts: TypeAlias = "dict[str, Part]"
"""Relative path without suffix -> JSON-serialisable value, numpy array (no objects) or bytes."""


def prefixed(prefix: str, parts: Parts) -> Parts:
    """Return ``parts`` with every name moved below ``prefix/``."""
    return {f"{prefix}/{name}": part for name, part in parts.items()}


def under(prefix: str, parts: Parts) -> Parts:
    """Return the parts below ``prefix/``, named relative to it."""
    start = f"{prefix}/"
    return {name[len(start) :]: part for name, part in parts.items() if name.startswith(start)}
