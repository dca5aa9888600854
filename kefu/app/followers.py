"""Wires those who follow the log: an event broker, and copies in Rasa's form in Redis."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from kefu.app.background import Background
from kefu.app.brokers import feeding_broker
from kefu.app.settings import AppSettings
from kefu.errors import StorageError
from kefu.gateway.copying import Copies, Copying, take_over
from kefu.gateway.feeding import Feeding
from kefu.gateway.gateway import Gateway
from kefu.gateway.ports import Follower
from kefu.logs import fields
from kefu.storage.opened import Storage

__all__ = ["Followers", "followers"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Followers:
    """What follows the log, and what was there before it."""

    storage: Storage
    feeding: Feeding | None = None
    """Feeds the event broker; None: there is none."""
    copying: Copying | None = None
    """None: there are no copies."""
    copies: Copies | None = None
    mark: str = ""
    """Says, among the values that channels keep, that what was there is taken over."""

    @property
    def all(self) -> tuple[Follower | None, ...]:
        """Who hears every commit."""
        return self.feeding, self.copying

    async def take_over(self, gateway: Gateway) -> None:
        """Let the conversations that Rasa kept go on, once in the life of the log."""
        if self.copies is None:
            return
        state = self.storage.channel_state
        try:
            if await state.get(self.mark, now=0.0) is not None:  # it does not expire
                return
            taken, unreadable = await take_over(self.copies, gateway.exists, gateway.replace_events)
            await state.put(self.mark, str(taken), expires_at=None)
        except StorageError as error:
            log.warning(
                "conversations that Rasa kept are not taken over; the next start tries again",
                extra=fields(error=str(error)),
            )
            return
        if taken or unreadable:
            counts = fields(taken=taken, unreadable=unreadable)
            log.warning("conversations that Rasa kept in Redis go on", extra=counts)


@asynccontextmanager
async def followers(
    settings: AppSettings, storage: Storage, background: Background
) -> AsyncIterator[Followers]:
    """Feed the event broker and keep copies, where endpoints.yml says so; stop at the end.

    Raises:
        BrokerError: A package that the broker needs is missing.
    """
    async with (
        feeding_broker(settings, storage, background) as feeding,
        _copied_to_redis(settings, storage, background) as copied,
    ):
        yield replace(copied, feeding=feeding)


@asynccontextmanager
async def _copied_to_redis(
    settings: AppSettings, storage: Storage, background: Background
) -> AsyncIterator[Followers]:
    wanted = settings.endpoints.redis_trackers
    if wanted is None:
        yield Followers(storage=storage)
        return
    from kefu.storage.redis.link import RedisLink
    from kefu.storage.redis.trackers import RedisTrackerCopies

    link = RedisLink(wanted.url)
    copies = RedisTrackerCopies(link, prefix=wanted.prefix, expires_in=wanted.expires_in)
    copying = Copying(storage.stores.log, copies)
    digest = hashlib.sha256(f"{link.description} {wanted.prefix}".encode()).hexdigest()[:16]
    task = background.keep_going("copies in Redis", copying.run)
    try:
        mark = f"redis-trackers:{digest}"
        yield Followers(storage=storage, copying=copying, copies=copies, mark=mark)
    finally:
        task.cancel()
        await asyncio.wait([task])
        try:
            await copying.copy_changed()
        except StorageError as error:
            log.warning("copies of conversations stay behind", extra=fields(error=str(error)))
        await link.close()
