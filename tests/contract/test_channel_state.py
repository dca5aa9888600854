"""What every store of shared values does; see kefu.storage.opened.ChannelStates."""

import asyncio

from kefu.core.shared_state import StateChange, StateValue


async def test_a_value_is_there_until_it_expires(storage):
    states = storage.channel_state
    assert await states.get("令牌", now=0.0) is None
    await states.put("令牌", "一", expires_at=10.0)
    assert await states.get("令牌", now=9.9) == StateValue("一", 1)
    assert await states.get("令牌", now=10.0) is None
    await states.put("令牌", "二", expires_at=None)
    assert await states.get("令牌", now=1e12) == StateValue("二", 2)


async def test_a_change_needs_the_version(storage):
    states = storage.channel_state
    assert not await states.change(StateChange("k", "x", 1), expires_at=None, now=0.0)
    assert await states.change(StateChange("k", "a", 0), expires_at=5.0, now=0.0)
    assert not await states.change(StateChange("k", "b", 0), expires_at=None, now=4.0)
    assert not await states.change(StateChange("k", "b", 2), expires_at=None, now=4.0)
    assert await states.change(StateChange("k", "b", 1), expires_at=9.0, now=4.0)
    assert await states.get("k", now=5.0) == StateValue("b", 2)
    assert await states.change(StateChange("k", "c", 0), expires_at=None, now=9.0)
    assert await states.get("k", now=9.0) == StateValue("c", 3)


async def test_a_value_is_created_by_one_of_many(storage):
    states = storage.channel_state
    done = await asyncio.gather(
        *(states.change(StateChange("k", str(n), 0), expires_at=None, now=0.0) for n in range(8))
    )
    assert sum(done) == 1
    done = await asyncio.gather(
        *(states.change(StateChange("k", str(n), 1), expires_at=None, now=0.0) for n in range(8))
    )
    assert sum(done) == 1


async def test_what_has_expired_can_be_dropped(storage):
    states = storage.channel_state
    await states.put("old", "x", expires_at=1.0)
    await states.put("new", "x", expires_at=9.0)
    await states.put("always", "x", expires_at=None)
    await states.drop_expired(5.0)
    assert await states.get("old", now=0.0) is None
    assert await states.get("new", now=5.0) is not None
    assert await states.get("always", now=5.0) is not None
