"""One process fetches a token for all."""

import asyncio
import contextlib
import itertools

import pytest

from kefu.channels.platform.tokens import AccessTokens, Fetched
from kefu.clock import ManualClock
from kefu.errors import ChannelError
from tests.unit.channels.platform.fakes import SharedLeases, SharedState


class Platform:
    def __init__(self):
        self.number, self.fetches, self.forced, self.lives = 1, 0, 0, 7200.0

    async def fetch(self, *, force):
        self.fetches += 1
        await asyncio.sleep(0)
        if force:
            self.forced += 1
            self.number += 1
        return Fetched(f"secret-{self.number}", self.lives)


@pytest.fixture
def platform():
    return Platform()


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def processes(platform, clock):
    state, leases = SharedState(), SharedLeases()
    return [
        AccessTokens(platform.fetch, name="wechat:wx1", state=state, leases=leases, clock=clock)
        for _ in range(5)
    ]


async def test_processes_that_start_together_fetch_once(processes, platform):
    tokens = await asyncio.gather(*(tokens.current() for tokens in processes for _ in "ab"))
    assert set(tokens) == {"secret-1"}
    assert platform.fetches == 1


async def test_a_token_is_renewed_before_it_ends(processes, platform, clock):
    await processes[0].current()
    clock.advance(7200 - 299)
    platform.number = 2
    assert {await tokens.current() for tokens in processes} == {"secret-2"}
    assert platform.fetches == 2


async def test_a_token_replaced_elsewhere_is_asked_for_without_force(processes, platform):
    await processes[0].current()
    platform.number = 2
    tokens = await asyncio.gather(*(t.instead_of("secret-1") for t in processes))
    assert set(tokens) == {"secret-2"}
    assert (platform.fetches, platform.forced) == (2, 0)


async def test_a_token_refused_though_the_platform_gives_it_is_forced_once(processes, platform):
    await processes[0].current()
    tokens = await asyncio.gather(*(t.instead_of("secret-1") for t in processes))
    assert set(tokens) == {"secret-2"}
    assert platform.forced == 1
    with pytest.raises(ChannelError, match="refuses"):
        await processes[0].instead_of("secret-2")
    assert platform.forced == 1


async def test_no_token_shows_in_a_log_or_a_repr(processes, caplog):
    caplog.set_level("DEBUG")
    await processes[0].current()
    assert "renewed" in caplog.text
    assert "secret" not in caplog.text + repr(Fetched("secret", 1.0)) + repr(vars(processes[0]))


async def test_what_the_platform_insists_on_is_forced_a_few_times_a_day(processes, platform, clock):
    await processes[0].current()
    forced_at = []

    async def insisting(*, force):
        platform.fetches += 1
        if force:
            forced_at.append(clock.now())
        return Fetched("secret-1", 7200.0)

    for tokens in processes:
        tokens._fetch = insisting
    for _ in range(24 * 60):
        clock.advance(60)
        for tokens in processes:
            with contextlib.suppress(ChannelError):
                await tokens.instead_of("secret-1")
    assert 8 <= len(forced_at) <= 12
    assert min(b - a for a, b in itertools.pairwise(forced_at)) >= 30


async def test_many_who_hear_that_the_token_is_worthless_ask_once(processes, platform):
    await processes[0].current()
    platform.number = 2
    tokens = await asyncio.gather(*(t.instead_of("secret-1") for t in processes for _ in range(20)))
    assert set(tokens) == {"secret-2"}
    assert platform.fetches == 2
    for _ in range(50):  # the platform gives secret-2 and refuses it
        with contextlib.suppress(ChannelError):
            await processes[0].instead_of("secret-2")
    assert platform.forced == 1
    assert platform.fetches < 8


async def test_who_waits_for_the_token_of_another_gets_it(platform, clock):
    """The state answers late, as a database does: nobody is given what was there before."""

    class SlowState(SharedState):
        async def get(self, key):
            found = await super().get(key)
            for _ in range(5):
                await asyncio.sleep(0)
            return found

        async def put(self, key, value, *, expires_in=None):
            for _ in range(20):
                await asyncio.sleep(0)
            await super().put(key, value, expires_in=expires_in)

    state, leases = SlowState(), SharedLeases()
    tokens = AccessTokens(platform.fetch, name="w", state=state, leases=leases, clock=clock)

    async def later(steps):
        for _ in range(steps):
            await asyncio.sleep(0)
        return await tokens.current()

    assert set(await asyncio.gather(*map(later, range(60)))) == {"secret-1"}


async def test_a_young_token_that_ends_soon_is_not_asked_for_with_every_call(processes, platform):
    platform.lives = 250.0
    for _ in range(10):
        await processes[0].current()
    assert platform.fetches == 1
