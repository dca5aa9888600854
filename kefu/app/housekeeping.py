"""What is thrown away by and by, so that nothing grows that nobody needs."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import NoReturn, Protocol

from kefu.clock import Clock
from kefu.errors import StorageError
from kefu.logs import fields
from kefu.staff.ports import AttemptStore
from kefu.storage.opened import ChannelStates

__all__ = ["forget_expired"]

log = logging.getLogger(__name__)

_EVERY_SECONDS = 3600.0
_STAFF_SECONDS = 86400.0
"""For so long nothing is forgotten of attempts to sign in; see :mod:`kefu.staff.attempts`."""


class OldDrafts(Protocol):
    """What agents began to write and forgot."""

    async def drop_old(self) -> None:
        """Remove what nobody touched for long."""
        ...


class OldNews(Protocol):
    """What screens of the desk were told."""

    async def forget_old(self) -> int:
        """Drop what nobody resumes from any more."""
        ...


async def forget_expired(
    states: ChannelStates, attempts: AttemptStore, drafts: OldDrafts, feed: OldNews, clock: Clock
) -> NoReturn:
    """Drop the channels' expired values and what is over of staff and desk: every hour."""
    while True:
        try:
            await states.drop_expired(clock.now())
            await attempts.drop_old(clock.now() - _STAFF_SECONDS)
            await drafts.drop_old()
            await feed.forget_old()
        except StorageError as error:
            log.info("expired values were not dropped", extra=fields(error=str(error)))
        await asyncio.sleep(_EVERY_SECONDS * random.uniform(0.8, 1.2))
