"""What channels share: limits, counters, values with an end."""

import pytest

from kefu.channels.base import ChannelCounters, Flow, FlowLimits, TimedState
from kefu.clock import ManualClock
from kefu.storage.memory.channel_state import MemoryChannelState
from kefu.storage.memory.records import Shelf


async def test_a_value_is_changed_by_who_knows_its_version():
    clock = ManualClock()
    state = TimedState(MemoryChannelState(Shelf()), clock)
    assert await state.get("k") is None
    assert not await state.change("k", "a", expected_version=1)
    assert await state.change("k", "a", expected_version=0, expires_in=10)
    assert not await state.change("k", "b", expected_version=0)
    found = await state.get("k")
    assert (found.value, found.version) == ("a", 1)
    clock.advance(10)
    assert await state.get("k") is None
    assert await state.change("k", "c", expected_version=0)


def test_a_sender_has_its_share_and_no_more():
    clock = ManualClock()
    limits = FlowLimits(clock, sender=Flow(burst=2, per_second=1))
    assert [limits.admits("sender", "a") for _ in range(3)] == [True, True, False]
    assert limits.admits("sender", "b")
    assert all(limits.admits("address", "1.2.3.4") for _ in range(100))
    clock.advance(1)
    assert [limits.admits("sender", "a") for _ in range(2)] == [True, False]


def test_looking_for_room_counts_nothing_and_a_repeat_is_given_back():
    limits = FlowLimits(ManualClock(), sender=Flow(burst=2, per_second=1))
    assert all(limits.has_room("sender", "a") for _ in range(5))
    assert limits.admits("sender", "a")
    assert limits.admits("sender", "a")
    assert not limits.has_room("sender", "a")
    limits.give_back("sender", "a")
    assert [limits.admits("sender", "a") for _ in range(2)] == [True, False]
    limits.give_back("sender", "never seen")
    assert [limits.admits("sender", "never seen") for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize(
    ("address", "is_free"),
    [
        ("127.0.0.1", True),
        ("10.0.0.7", True),
        ("::1", True),
        ("::ffff:192.168.0.9", True),
        ("8.8.8.8", False),
        ("::ffff:8.8.8.8", False),
        ("2001:4860:4860::8888", False),
        ("no address", False),
    ],
)
def test_a_proxy_of_ones_own_is_not_counted_for_its_clients(address, is_free):
    flow = Flow(burst=1, per_second=1, spares_private=True)
    limits = FlowLimits(ManualClock(), address=flow)
    assert [limits.admits("address", address) for _ in range(2)] == [True, is_free]


def test_events_are_counted_by_channel():
    counters = ChannelCounters()
    counters.count("wechat", "bad_signature")
    counters.count("wechat", "bad_signature", 2)
    assert counters.counts == {("wechat", "bad_signature"): 3}
