"""One process fetches a token for all."""

import asyncio

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
