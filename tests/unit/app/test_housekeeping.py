"""Expired values of channels do not pile up."""

import asyncio

from kefu.app.housekeeping import forget_expired
from kefu.clock import ManualClock
from kefu.errors import Unavailable


class States:
    def __init__(self, error=None):
        self.error = error
        self.asked = asyncio.Event()

    async def drop_expired(self, now):
        self.asked.set()
        if self.error:
            raise self.error


class Attempts:
    def __init__(self):
        self.dropped = []

    async def drop_old(self, before):
        self.dropped.append(before)


class Drafts:
    def __init__(self):
        self.dropped = 0

    async def drop_old(self):
        self.dropped += 1


class Feed:
    def __init__(self):
        self.forgotten = 0

    async def forget_old(self):
        self.forgotten += 1


async def test_expired_values_are_dropped_even_if_the_store_is_away_at_times():
    for error in (None, Unavailable("away")):
        states, attempts, drafts, feed = States(error), Attempts(), Drafts(), Feed()
        task = asyncio.ensure_future(
            forget_expired(states, attempts, drafts, feed, ManualClock(100_000.0))
        )
        await states.asked.wait()
        await asyncio.sleep(0)
        assert not task.done()
        assert attempts.dropped == ([] if error else [13_600.0])
        assert drafts.dropped == (0 if error else 1)
        assert feed.forgotten == (0 if error else 1)
        task.cancel()
