"""What is thrown away by and by, so that nothing grows that nobody needs."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import NoReturn

from kefu.clock import Clock
from kefu.errors import StorageError
from kefu.logs import fields
from kefu.storage.opened import ChannelStates

__all__ = ["forget_expired"]

log = logging.getLogger(__name__)

_EVERY_SECONDS = 3600.0


async def forget_expired(states: ChannelStates, clock: Clock) -> NoReturn:
    """Drop the channels' expired values now and every hour, until cancelled."""
    while True:
        try:
            await states.drop_expired(clock.now())
        except StorageError as error:
            log.info("expired values were not dropped", extra=fields(error=str(error)))
        await asyncio.sleep(_EVERY_SECONDS * random.uniform(0.8, 1.2))
