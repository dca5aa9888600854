"""Which committed events put a conversation in line, and which take it out again."""

from __future__ import annotations

import pytest

from connectors.human_queue import HumanQueue
from kefu.app.handoffs import Handoffs
from kefu.clock import ManualClock
from kefu.core.events import (
    ActionExecuted,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    Restarted,
    SlotSet,
    UserUttered,
)

HANDED_OVER = (
    UserUttered(text="转人工", input_channel="web", timestamp=10.0),
    ActionExecuted(action_name="action_handoff", timestamp=11.0),
    BotUttered(text="好的，正在为您转接", timestamp=11.0),
    SlotSet(key="handoff_reason", value="客户要求转人工", timestamp=11.0),
    ConversationPaused(timestamp=12.0),
)


class Told:
    """A desk that remembers what it was told."""

    def __init__(self):
        self.requested = []
        self.withdrawn = []
        self.heard_of = []

    async def request(self, handoff):
        self.requested.append(handoff)

    async def withdraw(self, conversation_id, *, at):
        self.withdrawn.append((conversation_id, at))

    async def heard(self, conversation_id, events, *, channel, at):
        self.heard_of.append((conversation_id, len(events), channel, at))

    async def waiting(self, limit=100):
        return [{"conversation_id": "c1"}][:limit]


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def handoffs(told):
    return Handoffs(ManualClock(100.0), HumanQueue.from_settings({}, desk=told))


async def test_a_pause_asks_for_a_human_with_reason_channel_and_last_message(handoffs, told):
    await handoffs.committed("c1", HANDED_OVER, channel="rest")
    (handoff,) = told.requested
    assert (handoff.conversation_id, handoff.channel, handoff.at) == ("c1", "web", 12.0)
    assert (handoff.reason, handoff.detail) == ("other", "客户要求转人工")
    assert (handoff.last_message, handoff.by, handoff.is_left) == ("转人工", "bot", False)
    assert told.heard_of == [("c1", 5, "rest", 100.0)]


async def test_what_the_bot_says_about_the_handoff_counts(handoffs, told):
    said = {"reason": "sensitive", "detail": "要起诉", "by": "customer", "skills": ["投诉"]}
    pause = ConversationPaused(timestamp=1.0, metadata={"handoff": said})
    await handoffs.committed("c1", [pause], channel="wechat")
    (handoff,) = told.requested
    assert (handoff.reason, handoff.detail, handoff.by) == ("sensitive", "要起诉", "customer")
    assert handoff.wishes["skills"] == ["投诉"]


@pytest.mark.parametrize("said", ["nonsense", {"reason": None, "detail": 3}, None])
async def test_a_pause_that_says_nothing_of_use_still_asks(handoffs, told, said):
    pause = ConversationPaused(timestamp=1.0, metadata={"handoff": said})
    await handoffs.committed("c1", [pause], channel="wechat")
    (handoff,) = told.requested
    assert handoff.reason == "other"


async def test_a_turn_without_a_pause_asks_for_nobody(handoffs, told):
    await handoffs.committed("c1", HANDED_OVER[:3], channel="rest")
    assert (told.requested, told.withdrawn) == ([], [])


@pytest.mark.parametrize("event", [ConversationResumed, Restarted])
async def test_who_goes_on_with_the_bot_waits_no_longer(handoffs, told, event):
    await handoffs.committed("c1", [event(timestamp=30.0)], channel="rest")
    assert told.withdrawn == [("c1", 30.0)]


async def test_events_count_in_their_order(handoffs, told):
    again = (
        ConversationResumed(timestamp=30.0),
        SlotSet(key="handoff_reason", value="客户投诉", timestamp=40.0),
        SlotSet(key="customer_name", value="李先生", timestamp=40.0),
        ConversationPaused(timestamp=40.0),
    )
    await handoffs.committed("c1", again, channel="rest")
    assert told.withdrawn == [("c1", 30.0)]
    (handoff,) = told.requested
    assert (handoff.detail, handoff.customer_name) == ("客户投诉", "李先生")


async def test_a_message_that_was_left_asks_for_an_answer_elsewhere(handoffs, told):
    left = {"leave_message": {"name": "小王", "contact": "13800000001"}}
    said = UserUttered(text="请回电", input_channel="web", timestamp=10.0, metadata=left)
    await handoffs.committed("c1", [said], channel="web")
    (handoff,) = told.requested
    assert (handoff.is_left, handoff.reason) == (True, "left_message")
    assert (handoff.detail, handoff.customer_name) == ("小王 · 13800000001", "小王")
    assert handoff.last_message == "请回电"


async def test_what_a_customer_writes_is_shortened(handoffs, told):
    await handoffs.committed(
        "c1", [UserUttered(text="急" * 500), ConversationPaused()], channel="rest"
    )
    (handoff,) = told.requested
    assert len(handoff.last_message) == 200
    assert handoff.last_message.endswith("…")


async def test_without_a_queue_nothing_is_told():
    await Handoffs(ManualClock()).committed("c1", HANDED_OVER, channel="rest")


async def test_the_list_is_the_desks(told):
    assert await HumanQueue(told).waiting(1) == [{"conversation_id": "c1"}]
