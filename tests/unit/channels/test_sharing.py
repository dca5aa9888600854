"""What channels share: limits, counters, values with an end."""

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


def test_events_are_counted_by_channel():
    counters = ChannelCounters()
    counters.count("wechat", "bad_signature")
    counters.count("wechat", "bad_signature", 2)
    assert counters.counts == {("wechat", "bad_signature"): 3}
