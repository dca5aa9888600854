"""Which conversations this process may take turns in, where several processes could.

A lease is kept for a while after its turn, so that the conversation's next message, which mostly
comes to the same process, asks nobody. Who wants the conversation meanwhile says so on the bus and
has it at once; should the bus have lost that, the renewal of the lease tells of it.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from kefu.core.leases import Lease, Renewal
from kefu.errors import StorageError
from kefu.gateway.coordination import FREED, WANTED, Coordination, LiveMessage
from kefu.gateway.counters import Counters
from kefu.logs import fields

__all__ = ["TurnLeases"]

log = logging.getLogger(__name__)

_PREFIX = "turn:"
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 0.4
_PAUSE_WHEN_WOKEN = 0.5
"""Longest wait where the holder says when it is done; it may die before."""
_MOST_HELD = 5_000
"""Leases above which none is kept without a turn."""
_REMEMBERED = 10_000


class GivingBack(Protocol):
    """Is called before a lease is given back, or when it turns out to be lost."""

    def __call__(self, conversation_id: str, *, is_followed: bool) -> None:
        """Do what has to be done before; ``is_followed``: another process probably goes on."""
        ...


@dataclass(slots=True)
class _Held:
    """A lease that this process has."""

    lease: Lease
    until: float
    """Time of the event loop up to which nobody else can have it."""
    may_stay: bool
    """Whether it may be kept when its turns are done."""
    is_busy: bool = True
    """Whether the conversation's lane has jobs."""
    is_wanted: bool = False
    """Whether another process waits for it."""
    idle_since: float = 0.0


class TurnLeases:
    """Takes, keeps, renews and gives back the leases of conversations."""

    def __init__(
        self,
        shared: Coordination,
        counters: Counters,
        *,
        seconds: float,
        kept_seconds: float = 0.0,
    ) -> None:
        """Put it together.

        Args:
            shared: What the processes have in common.
            counters: Counts waits and losses.
            seconds: How long a lease lasts that is not renewed: as long as the conversations of
                a process that died wait for another.
            kept_seconds: How long a lease is kept without a turn while nobody wants it.
        """
        self._shared = shared
        self._counters = counters
        self._seconds = seconds
        self._kept_seconds = kept_seconds
        self._held: dict[str, _Held] = {}
        self._own: OrderedDict[str, int] = OrderedDict()
        """Conversation -> token of the latest lease of it that was given back here."""
        self._waiting: dict[str, asyncio.Event] = {}
        self._pauses: dict[str, float] = {}
        self._renewing: asyncio.Task[None] | None = None
        self._kick = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stop: Callable[[], None] = shared.bus.subscribe(self._hear)
        self.before_giving_back: GivingBack | None = None
        shared.on_change(self.check)

    def held(self, conversation_id: str) -> Lease | None:
        """Return the lease under which this process takes turns of a conversation just now."""
        held = self._held.get(conversation_id)
        return held.lease if held is not None and held.is_busy else None

    async def take(self, conversation_id: str) -> bool:
        """Whether the conversation's turns are this process's to take, from now on.

        Raises:
            Unavailable: Nobody hands out leases.
        """
        held = self._held.get(conversation_id)
        if held is not None and (held.is_busy or await self._is_still_ours(conversation_id, held)):
            return True
        begun = _now()
        name = f"{_PREFIX}{conversation_id}"
        lease = await self._shared.leases.acquire(name, seconds=self._seconds)
        if lease is None:
            self._counters.lease_waits += 1
            return False
        self._pauses.pop(conversation_id, None)
        own = self._own.pop(conversation_id, 0)
        self._held[conversation_id] = _Held(
            lease,
            until=begun + self._seconds,
            may_stay=lease.previous in {0, own},  # not where processes take turns at it
        )
        if self._renewing is None:
            self._renewing = asyncio.get_running_loop().create_task(self._renew())
        return True

    async def wait(self, conversation_id: str) -> None:
        """Return when it may be worth trying :meth:`take` again."""
        event = self._waiting.setdefault(conversation_id, asyncio.Event())
        bus = self._shared.bus
        pause = self._pauses.get(conversation_id, _FIRST_PAUSE)
        longest = _PAUSE_WHEN_WOKEN if bus.is_complete else _LONGEST_PAUSE
        self._pauses[conversation_id] = min(2 * pause, longest)
        bus.publish(LiveMessage(conversation_id=conversation_id, kind=WANTED))
        try:
            async with asyncio.timeout(pause * random.uniform(0.5, 1.5)):
                await event.wait()
        except TimeoutError:
            return
        finally:
            self._waiting.pop(conversation_id, None)

    async def release(self, conversation_id: str) -> None:
        """Take note that the conversation's turns are done; its lease is kept or given back."""
        held = self._held.get(conversation_id)
        if held is None:
            return
        held.is_busy = False
        held.idle_since = _now()
        if held.is_wanted or not self._may_keep(held):
            await self._give_back([conversation_id])

    def check(self) -> None:
        """Renew all leases at once, as when who hands them out has changed."""
        self._kick.set()

    async def close(self) -> None:
        """Give everything back."""
        self._stop()
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait([self._renewing])
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._give_back(list(self._held))

    # -- while no turn is under way --------------------------------------------------------

    def _may_keep(self, held: _Held) -> bool:
        return (
            held.may_stay
            and self._shared.bus.is_complete  # or nobody could say that it is wanted
            and len(self._held) <= _MOST_HELD
            and _now() - held.idle_since < self._kept_seconds
        )

    async def _is_still_ours(self, conversation_id: str, held: _Held) -> bool:
        """Use a lease that was kept, unless it was lost."""
        held.is_busy = True
        if _now() < held.until:
            return True
        begun = _now()  # the process slept, or who keeps the leases did not answer
        with suppress(StorageError):
            if await self._shared.leases.renew(held.lease, seconds=self._seconds):
                held.until = begun + self._seconds
                return True
        del self._held[conversation_id]
        self._leave(conversation_id, is_followed=False)
        return False

    async def _give_back(self, conversation_ids: Iterable[str]) -> None:
        given = {one: self._held.pop(one) for one in conversation_ids if one in self._held}
        if not given:
            return
        for conversation_id, held in given.items():
            self._own[conversation_id] = held.lease.token
            self._own.move_to_end(conversation_id)
            self._leave(conversation_id, is_followed=held.is_wanted or not held.may_stay)
        while len(self._own) > _REMEMBERED:
            self._own.popitem(last=False)
        try:
            await self._shared.leases.release_all([held.lease for held in given.values()])
        except StorageError as error:
            log.info("leases were left to end by themselves", extra=fields(error=str(error)))
        for conversation_id, held in given.items():
            if held.is_wanted:
                self._shared.bus.publish(LiveMessage(conversation_id=conversation_id, kind=FREED))

    def _leave(self, conversation_id: str, *, is_followed: bool) -> None:
        if self.before_giving_back is not None:
            self.before_giving_back(conversation_id, is_followed=is_followed)

    def _hear(self, message: LiveMessage) -> None:
        conversation_id = message.conversation_id
        if message.kind == FREED and conversation_id in self._waiting:
            self._waiting[conversation_id].set()
        elif message.kind == WANTED and conversation_id in self._held:
            held = self._held[conversation_id]
            held.is_wanted = True
            if not held.is_busy:
                self._begin(self._give_back([conversation_id]))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- renewing --------------------------------------------------------------------------

    async def _renew(self) -> None:
        """Renew what is held until nothing is."""
        while self._held:
            self._kick.clear()
            try:
                async with asyncio.timeout(self._seconds / 3):
                    await self._kick.wait()
            except TimeoutError:
                pass
            await self._give_back([one for one, held in self._held.items() if self._is_over(held)])
            await self._renew_held()
        self._renewing = None

    def _is_over(self, held: _Held) -> bool:
        return not held.is_busy and not self._may_keep(held)

    async def _renew_held(self) -> None:
        held = dict(self._held)
        begun = _now()
        try:
            renewals = await self._shared.leases.renew_all(
                [one.lease for one in held.values()], seconds=self._seconds
            )
        except StorageError as error:
            log.info("leases could not be renewed", extra=fields(error=str(error)))
            return
        for (conversation_id, one), renewal in zip(held.items(), renewals, strict=True):
            if self._held.get(conversation_id) is one:  # it was not given back meanwhile
                await self._note_renewal(conversation_id, one, renewal, begun)

    async def _note_renewal(
        self, conversation_id: str, held: _Held, renewal: Renewal, begun: float
    ) -> None:
        if renewal == "lost":
            await self._note_loss(conversation_id, held)
            return
        held.until = begun + self._seconds
        if renewal == "wanted":
            held.is_wanted = True
            if not held.is_busy:
                await self._give_back([conversation_id])

    async def _note_loss(self, conversation_id: str, held: _Held) -> None:
        """Try for a lost lease once more if a turn is under way, or forget it."""
        held.may_stay = False
        if not held.is_busy:
            del self._held[conversation_id]
            self._leave(conversation_id, is_followed=False)
            return
        begun = _now()
        try:
            again = await self._shared.leases.acquire(held.lease.name, seconds=self._seconds)
        except StorageError as error:
            log.info("a lease could not be renewed", extra=fields(error=str(error)))
            return
        if self._held.get(conversation_id) is not held:
            if again is not None:  # the turn ended meanwhile
                await self._shared.leases.release(again)
            return
        if again is None:
            self._counters.leases_lost += 1  # the turn goes on: its commit decides
            return
        held.lease, held.until = again, begun + self._seconds


def _now() -> float:
    return asyncio.get_running_loop().time()
