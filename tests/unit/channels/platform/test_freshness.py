"""Old requests and used nonces."""

import pytest

from kefu.channels.platform.freshness import Freshness, Stamp
from kefu.clock import ManualClock
from kefu.errors import Untrusted
from tests.unit.channels.platform.fakes import SharedState

NOW = "1700000000"


@pytest.fixture
def clock():
    return ManualClock(float(NOW))


@pytest.fixture
def fresh(clock):
    return Freshness(SharedState(), clock, name="wechat:wx1")


async def refusal(fresh, **request):
    given = {"timestamp": NOW, "nonce": "n", "body": b"<xml/>", **request}
    try:
        await fresh.check(Stamp.of(**given))
    except Untrusted as error:
        return error.what
    return None


@pytest.mark.parametrize("timestamp", ["", "x", "-1", "1e9", "²", "1699999000", "1700001000"])
async def test_a_timestamp_far_from_the_clock_is_stale(fresh, timestamp):
    assert await refusal(fresh, timestamp=timestamp) == "stale"


async def test_a_nonce_stands_for_one_body(fresh):
    assert await refusal(fresh) is None
    assert await refusal(fresh, body=b"<other/>") == "replayed"
    assert await refusal(fresh, nonce="m", body=b"<other/>") is None
    assert await refusal(fresh, nonce="") == "malformed"


async def test_the_platforms_own_repeats_pass_but_not_for_ever(fresh, clock):
    assert [await refusal(fresh) for _ in range(7)] == [None] * 6 + ["replayed"]
    assert await refusal(fresh, nonce="m") is None
    clock.advance(61)
    assert await refusal(fresh, nonce="m") == "replayed"


async def test_processes_and_accounts(clock):
    state = SharedState()
    first, second = (Freshness(state, clock, name="wechat:wx1") for _ in "ab")
    assert await refusal(first) is None
    assert await refusal(second, body=b"<other/>") == "replayed"
    other = Freshness(state, clock, name="wechat:wx2")
    assert await refusal(other, body=b"<other/>") is None
