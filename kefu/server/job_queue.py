"""One piece of long work at a time, and one more that waits: whose turn it is."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Hashable
from typing import Final, Generic, Protocol, TypeVar

__all__ = ["MOST", "JobQueue", "OneAtATime", "OwnQueue"]

Key = TypeVar("Key", bound=Hashable)

MOST: Final = 2
"""One that is done, and one that waits."""


class JobQueue(Protocol):
    """Where long work waits for its turn."""

    @property
    def count(self) -> int:
        """How many are under way or wait."""
        ...

    async def enter(self) -> int | None:
        """Return the number of a place; None: all are taken.

        Raises:
            Unavailable: Nobody says whether there is one.
        """
        ...

    async def turn(self, place: int) -> None:
        """Wait for the turn of a place."""
        ...

    def leave(self, place: int) -> None:
        """Give a place back."""
        ...


class OneAtATime(Generic[Key]):
    """Who has the places, in their order."""

    def __init__(self, go: Callable[[Key], None]) -> None:
        """Begin with nobody. ``go`` is called when it is somebody's turn."""
        self._go = go
        self._keys: list[Key] = []

    def __len__(self) -> int:
        """Return how many have a place."""
        return len(self._keys)

    def enter(self, key: Key) -> bool:
        """Give a place to ``key``; False: there is none."""
        if len(self._keys) >= MOST:
            return False
        self._keys.append(key)
        if len(self._keys) == 1:
            self._go(key)
        return True

    def leave(self, key: Key) -> None:
        """Take the place of ``key`` back, if it has one."""
        if key not in self._keys:
            return
        was_first = self._keys[0] == key
        self._keys.remove(key)
        if was_first and self._keys:
            self._go(self._keys[0])

    def everybody(self) -> tuple[Key, ...]:
        """Return who has a place."""
        return tuple(self._keys)


class OwnQueue:
    """The queue of a process that shares its port with no other."""

    def __init__(self) -> None:
        self._places = OneAtATime[int](lambda place: self._turns[place].set())
        self._turns: dict[int, asyncio.Event] = {}
        self._numbers = itertools.count(1)

    @property
    def count(self) -> int:
        """How many are under way or wait."""
        return len(self._places)

    async def enter(self) -> int | None:
        """Return the number of a place; None: all are taken."""
        place = next(self._numbers)
        self._turns[place] = asyncio.Event()
        if self._places.enter(place):
            return place
        del self._turns[place]
        return None

    async def turn(self, place: int) -> None:
        """Wait for the turn of a place."""
        await self._turns[place].wait()

    def leave(self, place: int) -> None:
        """Give a place back."""
        self._places.leave(place)
        del self._turns[place]
