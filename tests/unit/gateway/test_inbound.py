"""The queue for peaks, over a queue that does what a client of a real one may do."""

import asyncio
from contextlib import asynccontextmanager, suppress

from kefu.gateway.inbound import Inbound
from kefu.storage.memory import open_memory


class Forgetful:
    """A queue whose client drops a cancellation, as Python 3.11's wait_for may."""

    def __init__(self):
        self.taking = asyncio.Event()
        self.dropped = 0

    @asynccontextmanager
    async def serving(self, partition):
        yield self

    async def take(self, *, limit, seconds):
        self.taking.set()
        if self.dropped == 0:
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            self.dropped += 1
        await asyncio.sleep(0)
        return []

    async def counts(self):
        return 0, 0


async def test_a_cancellation_that_the_queues_client_drops_ends_the_serving_all_the_same():
    async def take_in(message):
        raise AssertionError(message)

    queue = Forgetful()
    inbound = Inbound(queue, open_memory().leases, name="q", partitions=1, take_in=take_in)
    running = asyncio.ensure_future(inbound.run())
    await queue.taking.wait()
    running.cancel()
    done, _ = await asyncio.wait([running], timeout=5)
    assert running in done
    assert queue.dropped == 1
