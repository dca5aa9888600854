"""What every store does about addresses that lead to another conversation, notes and relaying."""

import asyncio
from dataclasses import replace

import pytest

from kefu.core.shared_state import StateChange
from kefu.errors import Conflict
from kefu.gateway.records import NOTE
from tests.contract.test_conversation_log import arrival, commit, entry


@pytest.fixture
def conversations(storage):
    return storage.stores.conversations


async def test_an_address_leads_to_itself_until_it_is_redirected(log, conversations):
    assert await conversations.resolve("wechat-王") == "wechat-王"
    await conversations.redirect("wechat-王", "web-1")
    assert await conversations.resolve("wechat-王") == "web-1"
    await conversations.redirect("wechat-王", "web-2")
    await conversations.redirect("callback-7", "web-2")
    assert await conversations.resolve("wechat-王") == "web-2"
    assert list(await conversations.addresses("web-2")) == ["callback-7", "wechat-王"]
    await conversations.redirect("wechat-王", "wechat-王")
    assert await conversations.resolve("wechat-王") == "wechat-王"
    assert list(await conversations.addresses("web-2")) == ["callback-7"]


async def test_a_message_goes_where_its_address_leads(log, conversations):
    await log.receive(arrival("web-1", message_id="a"))
    await conversations.redirect("wechat-1", "web-1")
    received = await log.receive(
        replace(arrival("wechat-1", message_id="b", channel="wechat"), address="openid")
    )
    assert (received.conversation_id, received.seq) == ("web-1", 2)
    assert (received.head.channel, received.head.address) == ("wechat", "openid")
    assert await conversations.head("web-1") == received.head
    assert [e.seq for e in await log.history("web-1")] == [1, 2]
    repeat = await log.receive(arrival("wechat-1", message_id="b", channel="wechat"))
    assert (repeat.conversation_id, repeat.seq, repeat.is_repeat) == ("web-1", 2, True)
    assert await log.load("wechat-1") is None


async def test_a_page_of_the_log_says_where_its_address_leads(log, conversations):
    for number in range(3):
        await log.receive(arrival("web-1", message_id=str(number)))
    await conversations.redirect("wechat-1", "web-1")
    page = await log.page("wechat-1", after=1, limit=1)
    assert (page.conversation_id, [e.seq for e in page.entries]) == ("web-1", [2])
    page = await log.page("wechat-1", after=3)
    assert (page.conversation_id, list(page.entries)) == ("web-1", [])
    page = await log.page("nobody")
    assert (page.conversation_id, list(page.entries)) == ("nobody", [])
    assert list((await log.page("web-1")).entries) == list(await log.history("web-1"))


async def test_pages_that_are_read_at_the_same_time_are_not_mixed_up(log, conversations):
    for name, count in (("web-1", 3), ("web-2", 1), ("客-3", 2)):
        for number in range(count):
            await log.receive(arrival(name, message_id=f"{name}-{number}"))
    await conversations.redirect("wechat-1", "web-1")
    asked = [("web-2", 0, 9), ("wechat-1", 1, 1), ("nobody", 0, 9), ("客-3", 1, 9), ("web-1", 0, 2)]
    asked *= 10
    pages = await asyncio.gather(*(log.page(a, after=n, limit=most) for a, n, most in asked))
    found = [(page.conversation_id, [e.seq for e in page.entries]) for page in pages]
    alone = [("web-2", [1]), ("web-1", [2]), ("nobody", []), ("客-3", [2]), ("web-1", [1, 2])]
    assert found == alone * 10
    assert pages[1].entries == pages[6].entries
    assert list(pages[1].entries) == list(await log.history("web-1", after=1, limit=1))


async def test_a_first_message_creates_the_conversation_that_its_address_leads_to(
    log, conversations
):
    await conversations.redirect("wechat-1", "web-1")
    received = await log.receive(arrival("wechat-1"))
    assert received.conversation_id == "web-1"
    assert await conversations.listed() == ["web-1"]


async def test_messages_and_a_state_are_taken_together(storage, log):
    change = StateChange("cursor", "c1", 0)
    received = await log.receive_all(
        [arrival("a", message_id="1"), arrival("b", message_id="2")], changes=[change], now=0.0
    )
    assert [(r.conversation_id, r.seq) for r in received] == [("a", 1), ("b", 1)]
    with pytest.raises(Conflict):
        await log.receive_all([arrival("a", message_id="3")], changes=[change], now=0.0)
    assert await log.load("a") is not None
    assert len(await log.history("a")) == 1
    again = await log.receive_all(
        [arrival("a", message_id="1"), arrival("a", message_id="3")],
        changes=[StateChange("cursor", "c2", 1)],
        now=0.0,
    )
    assert [r.is_repeat for r in again] == [True, False]
    assert (await storage.channel_state.get("cursor", now=0.0)).value == "c2"
    assert await log.receive_all([], changes=[StateChange("cursor", "c3", 2)], now=0.0) == []


async def test_a_note_takes_a_place_and_leaves_the_version(log, conversations):
    await log.receive(arrival())
    await log.commit(commit(answers=1, entries=(entry("1"),)))
    assert await log.note("c1", entry('{"kind":"left"}', kind=NOTE)) == ("c1", 3)
    head = await conversations.head("c1")
    assert (head.version, head.last_seq) == (1, 3)
    done = await log.commit(commit(version=1, entries=(entry("2"),)))
    assert done.first_seq == 4
    assert [e.kind for e in await log.history("c1")] == ["message", "bot", NOTE, "bot"]


async def test_a_note_creates_the_conversation_and_follows_its_address(log, conversations):
    await conversations.redirect("wechat-1", "web-1")
    assert await log.note("wechat-1", entry(kind=NOTE)) == ("web-1", 1)
    received = await log.receive(arrival("web-1"))
    assert (received.seq, received.previous_message_seq) == (2, 0)


async def test_a_message_to_an_agent_has_its_turn_at_once(log, conversations):
    await log.commit(commit(owner="agent"))
    relaying = replace(arrival(message_id="m"), relayed=entry("said", kind="user"))
    received = await log.receive(relaying)
    assert received.is_relayed
    assert (received.seq, received.head.last_seq) == (1, 2)
    assert (received.head.version, received.head.answered_seq) == (2, 1)
    assert await conversations.head("c1") == received.head
    assert [(e.kind, e.body) for e in await log.history("c1")] == [
        ("message", "{}"),
        ("user", "said"),
    ]
    repeat = await log.receive(relaying)
    assert (repeat.is_repeat, repeat.is_relayed) == (True, False)


async def test_a_message_is_not_relayed_past_the_bot_or_past_an_earlier_one(log):
    relaying = replace(arrival(), relayed=entry("said", kind="user"))
    first = await log.receive(relaying)
    assert not first.is_relayed
    await log.commit(commit(owner="agent"))
    second = await log.receive(relaying)
    assert not second.is_relayed
    assert [e.kind for e in await log.history("c1")] == ["message", "message"]


async def test_a_commit_with_a_key_is_done_once(log, conversations):
    keyed = commit(entries=(entry("a"), entry("b")), key=("agent", "m1"))
    first = await log.commit(keyed)
    again = await log.commit(keyed)
    assert (again.is_repeat, again.first_seq, again.version) == (True, 2, first.version)
    assert len(await log.history("c1")) == 2
