"""Notes in the store what was sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable
from itertools import islice

from kefu.clock import Clock
from kefu.errors import StorageError, Unavailable
from kefu.gateway.ports import Deliveries
from kefu.logs import fields

__all__ = ["Noting"]

log = logging.getLogger(__name__)

_LARGEST_BATCH = 200


class Noting:
    """Notes what was sent, all that was sent while the last note was written in one transaction.

    What the store does not take is kept and noted later: it was sent, and is not sent again
    unless this process dies.
    """

    def __init__(
        self, deliveries: Deliveries, clock: Clock, *, after: Callable[[], Awaitable[None]]
    ) -> None:
        """Put it together; ``after`` is awaited each time that something was noted."""
        self._deliveries = deliveries
        self._clock = clock
        self._after = after
        self._waiting: dict[int, str | None] = {}
        self._writing: asyncio.Task[None] | None = None
        self._turn: asyncio.Future[None] | None = None
        """Done when the next batch is written."""

    def __contains__(self, delivery_id: int) -> bool:
        """Whether it was sent and is not noted yet."""
        return delivery_id in self._waiting

    def add(self, delivery_ids: Iterable[int], reference: str | None) -> None:
        """Note soon that these were sent; ``reference`` is what the channel calls them."""
        self._waiting |= dict.fromkeys(delivery_ids, reference)
        self._begin()

    def again(self) -> None:
        """Try again what the store did not take."""
        if self._waiting:
            self._begin()

    async def finish(self, delivery_ids: Collection[int] | None = None) -> None:
        """Return when these are noted, or all.

        Raises:
            StorageError: The store did not take it; it is tried again with the next note.
        """
        while any(number in self._waiting for number in delivery_ids or self._waiting):
            turn = self._turn = self._turn or asyncio.get_running_loop().create_future()
            self._begin()
            await asyncio.shield(turn)
        if delivery_ids is None and self._writing is not None:
            await asyncio.wait([self._writing])

    def _begin(self) -> None:
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write_all())
            self._writing.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._writing = None
        error = None if task.cancelled() else task.exception()
        if error is not None:
            told = fields(count=len(self._waiting), error=str(error))
            log.warning("what was sent could not be noted yet", extra=told)
        self._end_turn(error)
        if error is None:
            self.again()

    async def _write_all(self) -> None:
        while self._waiting:
            batch = dict(islice(self._waiting.items(), _LARGEST_BATCH))
            try:
                await self._deliveries.mark_sent(batch, at=self._clock.now())
            except Unavailable:
                raise
            except StorageError:  # a reference that no database takes must not spoil the others
                await self._write_each(batch)
            for number in batch:
                self._waiting.pop(number, None)
            self._end_turn(None)
            await self._after()

    def _end_turn(self, error: BaseException | None) -> None:
        turn, self._turn = self._turn, None
        if turn is not None and not turn.done():
            if error is None:
                turn.set_result(None)
            else:
                turn.set_exception(error)

    async def _write_each(self, batch: dict[int, str | None]) -> None:
        for number, reference in batch.items():
            try:
                await self._deliveries.mark_sent({number: reference}, at=self._clock.now())
            except Unavailable:
                raise
            except StorageError as error:
                log.warning(
                    "what a channel calls a delivery cannot be stored",
                    extra=fields(delivery=number, error=str(error)),
                )
                await self._deliveries.mark_sent({number: None}, at=self._clock.now())
