"""The human queue: which events of a log open, note and close a waiting entry."""

from __future__ import annotations

from connectors.human_queue import HumanQueue
from kefu.core.events import (
    ActionExecuted,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    Restarted,
    SlotSet,
    UserUttered,
)
from kefu.storage.memory import open_memory

HANDED_OVER = (
    UserUttered(text="转人工", input_channel="web", timestamp=10.0),
    ActionExecuted(action_name="action_handoff", timestamp=11.0),
    BotUttered(text="好的，正在为您转接", timestamp=11.0),
    SlotSet(key="handoff_reason", value="客户要求转人工", timestamp=11.0),
    ConversationPaused(timestamp=1_700_000_000.0),
)


def a_queue() -> HumanQueue:
    return HumanQueue(store=open_memory().waiting)


async def test_a_pause_opens_an_entry_with_reason_channel_and_last_message() -> None:
    queue = a_queue()
    await queue.committed("c1", HANDED_OVER, channel="rest")
    assert await queue.waiting() == [
        {
            "conversation_id": "c1",
            "reason": "客户要求转人工",
            "channel": "web",
            "customer_name": None,
            "since": "2023-11-14T22:13:20+00:00",
            "state": "waiting",
            "last_message": "转人工",
        }
    ]


async def test_feeding_the_same_events_again_changes_nothing() -> None:
    queue = a_queue()
    await queue.committed("c1", HANDED_OVER, channel="rest")
    before = await queue.waiting()
    await queue.committed("c1", HANDED_OVER, channel="rest")
    assert await queue.waiting() == before


async def test_a_turn_without_a_pause_opens_nothing() -> None:
    queue = a_queue()
    await queue.committed("c1", HANDED_OVER[:3], channel="rest")
    assert await queue.waiting() == []


async def test_a_pause_without_a_recorded_reason_still_waits() -> None:
    queue = a_queue()
    await queue.committed("c1", [ConversationPaused(timestamp=5.0)], channel="wechat")
    (entry,) = await queue.waiting()
    assert (entry["channel"], entry["reason"]) == ("wechat", "会话已暂停，等待人工处理")


async def test_what_a_waiting_customer_writes_is_noted_and_shortened() -> None:
    queue = a_queue()
    await queue.committed("c1", HANDED_OVER, channel="rest")
    await queue.committed("c1", [UserUttered(text="急" * 500, timestamp=20.0)], channel="rest")
    (entry,) = await queue.waiting()
    assert len(entry["last_message"]) == 200
    assert entry["last_message"].endswith("…")


async def test_resuming_closes_the_entry() -> None:
    queue = a_queue()
    await queue.committed("c1", HANDED_OVER, channel="rest")
    await queue.committed("c1", [ConversationResumed(timestamp=30.0)], channel="rest")
    assert await queue.waiting() == []


async def test_restarting_closes_the_entry() -> None:
    queue = a_queue()
    await queue.committed("c1", HANDED_OVER, channel="rest")
    await queue.committed("c1", [Restarted(timestamp=30.0)], channel="rest")
    assert await queue.waiting() == []


async def test_a_conversation_can_wait_again_with_another_reason() -> None:
    queue = a_queue()
    await queue.committed("c1", HANDED_OVER, channel="rest")
    again = (
        ConversationResumed(timestamp=30.0),
        SlotSet(key="handoff_reason", value="客户投诉", timestamp=40.0),
        ConversationPaused(timestamp=40.0),
    )
    await queue.committed("c1", again, channel="rest")
    assert [entry["reason"] for entry in await queue.waiting()] == ["客户投诉"]


async def test_the_longest_waiting_comes_first_and_the_limit_holds() -> None:
    queue = a_queue()
    for number, since in (("late", 30.0), ("first", 10.0), ("middle", 20.0)):
        await queue.committed(number, [ConversationPaused(timestamp=since)], channel="rest")
    assert [entry["conversation_id"] for entry in await queue.waiting(2)] == ["first", "middle"]


async def test_the_customers_name_is_taken_from_the_channel_or_the_slot() -> None:
    queue = a_queue()
    paused = ConversationPaused(timestamp=1.0)
    await queue.committed("c1", [paused], channel="rest", customer_name="陈女士")
    named = SlotSet(key="customer_name", value="李先生", timestamp=1.0)
    await queue.committed("c2", [named, paused], channel="rest")
    names = [entry["customer_name"] for entry in await queue.waiting()]
    assert sorted(names) == sorted(["陈女士", "李先生"])


async def test_a_message_left_by_a_customer_waits_with_its_contact() -> None:
    queue = a_queue()
    left = {"leave_message": {"name": "小王", "contact": "13800000001"}}
    said = UserUttered(text="请回电", input_channel="web", timestamp=10.0, metadata=left)
    await queue.committed("c1", [said], channel="web")
    (entry,) = await queue.waiting()
    assert (entry["reason"], entry["customer_name"]) == ("留言（13800000001）", "小王")
    assert entry["last_message"] == "请回电"
