"""Which messages are not taken, by what the desk's library says."""

from __future__ import annotations

import pytest

from kefu.app.blocking import BlockedSenders
from kefu.clock import ManualClock
from kefu.desk.library.blocks import Blocks
from kefu.desk.library.records import By
from kefu.storage.memory import open_memory
from tests.contract.customers import World

ADA = By(agent_id="a_1", name="Ada", address="")


class Counting:
    """Blocks, and how often they were looked at."""

    def __init__(self, blocks):
        self.blocks = blocks
        self.looks = 0

    async def current(self):
        self.looks += 1
        return await self.blocks.current()


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def storage():
    return open_memory()


@pytest.fixture
def blocks(storage, clock):
    return Blocks(storage.desk_items, clock)


async def test_an_address_is_blocked_by_either_name_until_its_time_is_over(storage, blocks, clock):
    senders = BlockedSenders(blocks, storage.customers, clock)
    assert not await senders.is_blocked("wechat-o1", "o1")
    await blocks.block(ADA, "address", "o1", until=clock.now() + 60.0)
    clock.advance(1.0)
    assert await senders.is_blocked("wechat-o1", "o1")
    assert not await senders.is_blocked("wechat-o2", "o2")
    kept = await blocks.block(ADA, "address", "web-1", until=None)
    clock.advance(1.0)
    assert await senders.is_blocked("web-1", "web-1")
    clock.advance(60.0)
    assert not await senders.is_blocked("wechat-o1", "o1")
    await blocks.end(ADA, kept.item_id)
    assert await senders.is_blocked("web-1", "web-1")
    senders.look_again()
    assert not await senders.is_blocked("web-1", "web-1")


async def test_the_list_is_looked_at_once_a_second_however_many_write(storage, blocks, clock):
    counting = Counting(blocks)
    senders = BlockedSenders(counting, storage.customers, clock)
    for number in range(10):
        await senders.is_blocked(f"web-{number}", f"web-{number}")
    assert counting.looks == 1
    clock.advance(1.0)
    await senders.is_blocked("web-1", "web-1")
    assert counting.looks == 2


async def test_a_customer_is_blocked_on_all_their_addresses_and_after_a_merge(
    storage, blocks, clock
):
    world = World(storage)
    for address in ("web-a", "wechat-b", "web-c"):
        await world.say(address)
        await world.customers.set_consent(address, consents=True)
    first, second = [await storage.customers.at(name) for name in ("web-a", "wechat-b")]
    senders = BlockedSenders(blocks, storage.customers, clock)
    await blocks.block(ADA, "customer", second.customer_id, until=None)
    assert await senders.is_blocked("wechat-b", "openid-b")
    assert not await senders.is_blocked("web-a", "web-a")
    assert not await senders.is_blocked("never-seen", "never-seen")
    await world.customers.merge(first.customer_id, second.customer_id)
    assert await senders.is_blocked("web-a", "web-a")
    assert await senders.is_blocked("wechat-b", "openid-b")
    assert not await senders.is_blocked("web-c", "web-c")
