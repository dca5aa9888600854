"""What is told to whoever watches a conversation at the moment, and is never stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

__all__ = ["Signal", "Speaker"]

Speaker = Literal["customer", "bot", "agent"]


class Signal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that matters now only: somebody types, has read, has taken over."""

    kind: str
    """``typing``, ``owner``, ``read``, ``delivered`` ..."""
    by: Speaker
    data: Mapping[str, Any] = {}
