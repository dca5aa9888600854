"""Doing something again until nobody else changed the same thing first."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from kefu.errors import Conflict

__all__ = ["until_settled"]

T = TypeVar("T")

_ATTEMPTS: Final = 8
_PAUSE: Final = 0.02


async def until_settled(attempt: Callable[[], Awaitable[T]]) -> T:
    """Do something again when somebody else changed the same thing first.

    Raises:
        Conflict: Others change it all the time.
    """
    for number in range(_ATTEMPTS):
        try:
            return await attempt()
        except Conflict:
            if number == _ATTEMPTS - 1:
                raise
            await asyncio.sleep(_PAUSE * random.uniform(0.5, 1.5) * (number + 1))
    raise AssertionError
