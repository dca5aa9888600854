"""Who pulls an account, and when: one process at a time, and nobody's wish is forgotten."""

import asyncio

import pytest

from kefu.channels.base import TimedState
from kefu.channels.wecom import pulling
from kefu.channels.wecom.pulling import Puller
from kefu.channels.wecom.reading import Throttled
from kefu.clock import ManualClock, SystemClock
from kefu.errors import ChannelError, Unavailable
from kefu.storage.memory import open_memory


class Account:
    """An account's log that is read; one reading at a time."""

    def __init__(self):
        self.readings = []
        self.problems = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.running = self.most_running = 0
        self.began = asyncio.Event()
        self.was_read = asyncio.Event()

    async def read_all(self, name, token, may_go_on):
        self.running += 1
        self.began.set()
        self.most_running = max(self.most_running, self.running)
        try:
            await self.gate.wait()
            if self.problems:
                raise self.problems.pop(0)
            self.readings.append((name, token))
            self.was_read.set()
        finally:
            self.running -= 1

    async def read(self, times):
        async with asyncio.timeout(5):
            while len(self.readings) < times:
                self.was_read.clear()
                await self.was_read.wait()


@pytest.fixture
def account():
    return Account()


@pytest.fixture
async def puller(account):
    """Return what makes pullers, which share a store as processes do."""
    storage, clock, tasks = open_memory(), ManualClock(), []

    def spawn(work):
        tasks.append(asyncio.get_running_loop().create_task(work))

    def make(*, leases=storage.leases, clock=clock, every=60.0):
        state = TimedState(storage.channel_state, clock)
        return Puller(
            account.read_all, state=state, leases=leases, clock=clock, spawn=spawn, every=every
        )

    make.storage, make.clock = storage, clock
    yield make
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    monkeypatch.setattr(pulling, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(pulling, "THROTTLED_PAUSE", 0.001)
    monkeypatch.setattr(pulling, "UNTOKENED_SECONDS", 0.001)


async def test_wishes_during_a_pull_are_one_more_pull(account, puller):
    account.gate.clear()
    one = puller()
    one.wish("wk1", "t1")
    await asyncio.sleep(0)
    for number in range(10):
        one.wish("wk1", f"t{number}")
    account.gate.set()
    await account.read(1)
    assert len(account.readings) <= 2


@pytest.mark.parametrize("problem", [ChannelError("x"), Unavailable("x"), Throttled("x")])
async def test_what_fails_is_tried_again(account, puller, problem):
    account.problems = [problem, problem]
    puller().wish("wk1", "t1")
    await account.read(1)
    assert account.readings == [("wk1", "t1")]


async def test_a_callbacks_token_is_used_while_it_is_good(account, puller):
    one = puller()
    one.wish("wk1", "t1")
    await account.read(1)
    puller.clock.advance(599)
    one.wish("wk1")
    await account.read(2)
    assert account.readings == [("wk1", "t1"), ("wk1", "")]


async def test_who_does_not_get_the_lease_leaves_word(account, puller):
    one, two = puller(), puller()
    account.gate.clear()
    one.wish("wk1", "t1")
    await account.began.wait()
    two.wish("wk1", "t2")
    async with asyncio.timeout(5):
        state = puller.storage.channel_state
        while await state.get("wecom:word:wk1", now=0) is None:  # noqa: ASYNC110 - has no event
            await asyncio.sleep(0)
    account.gate.set()
    await account.read(2)
    assert account.most_running == 1


async def test_a_wish_outlives_the_process_that_had_the_lease(account, puller, monkeypatch):
    monkeypatch.setattr(pulling, "LEASE_SECONDS", 0.05)
    await puller.storage.leases.acquire("wecom:pull:wk1", seconds=0.05)  # and dies
    puller(clock=SystemClock()).wish("wk1", "t1")
    await account.read(1)


async def test_known_accounts_are_pulled_at_the_start(account, puller):
    puller().wish("wk1", "t1")
    await account.read(1)
    later = puller()
    starting = asyncio.ensure_future(later.keep_pulling(["wk2"]))
    await account.read(3)
    starting.cancel()
    assert {name for name, _ in account.readings[1:]} == {"wk1", "wk2"}


async def test_one_process_of_all_makes_a_round(account, puller):
    one, two = puller(), puller()
    assert [await each._is_my_round("wk1") for each in (one, two)] == [True, False]
    puller.clock.advance(60)
    assert [await each._is_my_round("wk1") for each in (two, one)] == [True, False]
