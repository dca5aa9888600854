"""Senders whom nobody listens to."""

from __future__ import annotations

import pytest

from kefu.core.shared_state import StateChange
from kefu.errors import SenderBlocked
from tests.unit.gateway.fakes import RecordingSender, message


class Blocked:
    def __init__(self, *names):
        self.names = set(names)

    async def is_blocked(self, conversation_id, sender):
        return bool({conversation_id, sender} & self.names)


@pytest.fixture
def blocked(gateway):
    blocked = Blocked("c1", "openid")
    gateway.block(blocked)
    gateway.connect("push", RecordingSender())
    return blocked


async def test_where_nothing_pushes_the_sender_is_told(gateway, blocked):
    with pytest.raises(SenderBlocked):
        await gateway.handle(message("hello"))
    with pytest.raises(SenderBlocked):
        await gateway.receive(message("hello", conversation_id="x", sender="openid"))
    assert await gateway.head("c1") is None
    assert gateway.counters.blocked_messages == 2
    assert (await gateway.handle(message("hello", conversation_id="c2"))).replies
    blocked.names.clear()
    assert (await gateway.handle(message("hello"))).replies


async def test_a_platform_is_told_that_all_is_well_and_nothing_is_kept(gateway, blocked, storage):
    change = StateChange(key="cursor", value="7", expected_version=0)
    receipt = await gateway.receive(message("hello", channel="push"), changes=[change])
    assert receipt.seq == 0
    answered = await gateway.answer_within(message("hello", channel="push"), 1.0)
    assert (answered.replies, answered.delivery_ids) == ((), ())
    assert await gateway.head("c1") is None
    assert gateway.counters.blocked_messages == 2
    assert (await storage.channel_state.get("cursor", now=0.0)).value == "7"


async def test_of_a_batch_only_the_others_are_taken(gateway, blocked):
    batch = [
        message("a", channel="push"),
        message("b", channel="push", conversation_id="c2"),
        message("c", channel="push", conversation_id="x", sender="openid"),
    ]
    receipts = await gateway.receive_all(batch)
    await gateway.idle()
    assert [one.seq for one in receipts] == [0, 1, 0]
    assert [one.conversation_id for one in receipts] == ["c1", "c2", "x"]
    assert await gateway.head("c1") is None
    assert (await gateway.head("c2")).is_answered


async def test_what_waited_in_the_queue_for_peaks_is_dropped(gateway, blocked):
    await gateway.take_queued(message("hello"))
    assert await gateway.head("c1") is None
