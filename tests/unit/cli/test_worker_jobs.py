"""The queue of long work of several processes."""

import asyncio

import pytest

from kefu.cli.worker_jobs import KeptJobs, SharedJobs
from kefu.errors import Unavailable


class Worker:
    """A worker, and the pipes to it."""

    def __init__(self, kept):
        self.jobs = SharedJobs(lambda message: asyncio.get_running_loop().call_soon(
            kept.heard, self, message
        ))  # fmt: skip

    def say(self, message):
        asyncio.get_running_loop().call_soon(self.jobs.heard, message)


@pytest.fixture
def workers():
    made = []
    kept = KeptJobs(lambda: made)
    made += [Worker(kept), Worker(kept)]
    made[0].kept = kept
    return made


async def settled():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_one_is_done_one_waits_and_no_more(workers):
    first, second = (worker.jobs for worker in workers)
    one, two = await first.enter(), await second.enter()
    await first.turn(one)
    waiting = asyncio.create_task(second.turn(two))
    assert await first.enter() is None
    assert await second.enter() is None
    assert (first.count, second.count) == (2, 2)
    assert not waiting.done()
    first.leave(one)
    await waiting
    second.leave(two)
    await settled()
    assert (first.count, second.count) == (0, 0)


async def test_the_places_of_a_process_that_ends_are_free_again(workers):
    first, second = (worker.jobs for worker in workers)
    await first.enter()
    await first.enter()
    assert await second.enter() is None
    workers[0].kept.ended(workers[0])
    await second.turn(await second.enter())


async def test_who_gives_up_waiting_for_a_place_has_none(workers):
    first, second = (worker.jobs for worker in workers)
    asking = asyncio.create_task(first.enter())
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait([asking])
    await settled()
    assert second.count == 0


async def test_a_supervisor_that_is_silent_is_not_waited_for(monkeypatch):
    monkeypatch.setattr("kefu.cli.worker_jobs._ANSWER_SECONDS", 0.001)
    with pytest.raises(Unavailable):
        await SharedJobs(lambda message: None).enter()
