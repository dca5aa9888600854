"""What channels can do at the door besides handing in messages one by one."""

import asyncio

import pytest

from kefu.core.contents import Image
from kefu.core.events import AgentUttered, UserUttered
from kefu.core.messages import AgentMessage, Reply
from kefu.core.shared_state import StateChange
from kefu.core.signals import Signal
from kefu.errors import (
    ChannelError,
    Conflict,
    HeldBack,
    Refused,
    StorageError,
    TooMany,
    Unavailable,
)
from tests.unit.gateway.fakes import EchoBot, RecordingFollower, RecordingSender, message


class Channel(RecordingSender):
    """A channel that can be written to, with ids of its own and errors on demand."""

    def __init__(self):
        super().__init__()
        self.error = None
        self.recipients = []

    async def send(self, reply, *, delivery_id, recipient):
        if self.error is not None:
            raise self.error
        self.recipients.append(recipient)
        await super().send(reply, delivery_id=delivery_id, recipient=recipient)
        return f"ref-{delivery_id}"


@pytest.fixture
def channel(gateway):
    made = Channel()
    gateway.connect("push", made)
    return made


def pushed(text, **more):
    return message(text, channel="push", **more)


# -- addresses


async def test_an_address_leads_all_entrances_to_its_conversation(gateway):
    await gateway.handle(message("set sunny", conversation_id="web-1"))
    await gateway.redirect("wechat-1", "web-1")
    outcome = await gateway.handle(message("hello", conversation_id="wechat-1"))
    assert outcome.conversation_id == "web-1"
    assert outcome.replies[0].recipient_id == "web-1"
    assert (await gateway.tracker("wechat-1")).state.slots["mood"] == "sunny"
    assert await gateway.last_seq("wechat-1") == await gateway.last_seq("web-1")
    assert len(await gateway.log("wechat-1")) == len(await gateway.log("web-1"))
    assert (await gateway.trigger_intent("wechat-1", "greet")).conversation_id == "web-1"
    assert await gateway.change_owner("wechat-1", "agent")
    assert (await gateway.head("web-1")).owner == "agent"
    assert (await gateway.state("wechat-1"))["sender_id"] == "web-1"


async def test_who_watches_is_told_that_an_address_leads_elsewhere(gateway):
    hints = []
    gateway.watch("wechat-1", lambda: hints.append("old"))
    gateway.watch("web-1", lambda: hints.append("new"))
    await gateway.redirect("wechat-1", "web-1")
    assert sorted(hints) == ["new", "old"]


async def test_a_turn_under_way_ends_in_the_conversation_it_began_in(gateway, bot):
    first = asyncio.ensure_future(gateway.handle(message("wait", conversation_id="wechat-1")))
    await bot.began(1)
    await gateway.redirect("wechat-1", "web-1")
    second = await gateway.handle(message("hello", conversation_id="wechat-1"))
    bot.gate.set()
    assert (await first).conversation_id == "wechat-1"
    assert second.conversation_id == "web-1"


async def test_replies_go_to_the_address_of_the_message_they_answer(gateway, channel):
    await gateway.redirect("push-王", "web-1")
    await gateway.receive(pushed("a", conversation_id="push-王", sender="王"))
    await gateway.idle()
    await gateway.handle(message("b", conversation_id="web-1", channel="web"))
    await gateway.trigger_intent("web-1", "greet", output_channel="push")
    await gateway.receive(pushed("c", conversation_id="plain"))
    await gateway.idle()
    assert channel.recipients == ["王", "王", "plain"]


# -- an answer to the very request


async def test_an_answer_in_time_is_the_callers_to_bring(gateway, channel, storage):
    answered = await gateway.answer_within(pushed("hello", message_id="m1"), 5)
    assert [r.text for r in answered.replies] == ["echo: hello"]
    assert not answered.is_repeat
    await gateway.idle()
    assert channel.sent == []
    await gateway.confirm(answered.delivery_ids)
    found = await gateway.delivery(answered.delivery_ids[0])
    assert found.state == "sent"
    again = await gateway.answer_within(pushed("hello", message_id="m1"), 5)
    assert again.is_repeat
    assert again.delivery_ids == answered.delivery_ids
    await gateway.idle()
    assert channel.sent == []


async def test_an_answer_that_was_not_brought_is_sent(gateway, channel):
    answered = await gateway.answer_within(pushed("hello"), 5)
    await gateway.hand_back(answered.delivery_ids)
    await gateway.idle()
    assert channel.sent == [("c1", "echo: hello")]


async def test_an_answer_that_nobody_settles_is_sent_when_the_hold_ends(gateway, channel, clock):
    await gateway.answer_within(pushed("hello"), 5)
    await gateway.receive(pushed("next"))
    await gateway.idle()
    assert channel.sent == []
    clock.advance(11)
    await gateway._outbox.send_due()
    await gateway.idle()
    assert channel.sent == [("c1", "echo: hello"), ("c1", "echo: next")]


async def test_a_dead_process_leaves_its_lent_answers_to_the_next(make_gateway, clock):
    before = make_gateway()
    before.connect("push", Channel())
    await before.answer_within(pushed("hello"), 5)
    clock.advance(11)
    after, channel = make_gateway(), Channel()
    after.connect("push", channel)
    await after._outbox.send_due()
    await after.idle()
    assert channel.sent == [("c1", "echo: hello")]


async def test_what_is_newer_waits_until_the_answer_is_brought(gateway, channel):
    answered = await gateway.answer_within(pushed("hello"), 5)
    await gateway.receive(pushed("next"))
    await gateway.idle()
    assert channel.sent == []
    await gateway.confirm(answered.delivery_ids)
    await gateway.idle()
    assert channel.sent == [("c1", "echo: next")]


async def test_an_answer_that_comes_too_late_is_sent(gateway, channel, bot):
    assert await gateway.answer_within(pushed("wait", message_id="m"), 0.01) is None
    bot.gate.set()
    await gateway.idle()
    assert channel.sent == [("c1", "echo: wait")]
    assert await gateway.answer_within(pushed("wait", message_id="m"), 5) is None


async def test_a_request_that_comes_again_meanwhile_gets_the_same_answer(gateway, channel, bot):
    first = asyncio.ensure_future(gateway.answer_within(pushed("wait", message_id="m"), 5))
    await bot.began(1)
    second = asyncio.ensure_future(gateway.answer_within(pushed("wait", message_id="m"), 5))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    bot.gate.set()
    one, two = await first, await second
    assert one.delivery_ids == two.delivery_ids
    assert (one.is_repeat, two.is_repeat) == (False, True)
    assert len(bot.turns) == 1


async def test_an_answer_never_overtakes_what_is_pending(gateway, channel):
    channel.error = HeldBack("48 hours are over")
    await gateway.receive(pushed("first"))
    await gateway.idle()
    channel.error = None
    assert await gateway.answer_within(pushed("second"), 5) is None
    assert await gateway.release_held("c1") == 2
    await gateway.idle()
    assert [text for _, text in channel.sent] == ["echo: first", "echo: second"]


async def test_nothing_said_is_no_answer(gateway, channel):
    await gateway.handle(pushed("pause"))
    assert await gateway.answer_within(pushed("anybody there?"), 5) is None


# -- how far deliveries get


async def test_a_refused_delivery_is_given_up_at_once_and_others_go_on(gateway, channel):
    channel.error = Refused("the customer has blocked us")
    await gateway.receive(pushed("first"))
    await gateway.idle()
    channel.error = None
    await gateway.receive(pushed("second"))
    await gateway.idle()
    assert [text for _, text in channel.sent] == ["echo: second"]
    (dead,) = await gateway.failed_deliveries()
    assert (dead.state, dead.error, dead.attempts) == ("failed", "the customer has blocked us", 1)
    assert await gateway.send_again(dead.id)
    await gateway.idle()
    assert [text for _, text in channel.sent] == ["echo: second", "echo: first"]
    assert not await gateway.send_again(dead.id)
    assert await gateway.failed_deliveries() == []


async def test_held_replies_wait_in_order_and_cost_no_attempt(gateway, channel, clock):
    channel.error = HeldBack("quota")
    for text in ("a", "b"):
        await gateway.receive(pushed(text))
    await gateway.idle()
    clock.advance(10**6)
    await gateway._outbox.send_due()
    await gateway.idle()
    assert channel.attempts == 0
    channel.error = None
    assert await gateway.release_held("c1") >= 1
    await gateway.idle()
    assert [text for _, text in channel.sent] == ["echo: a", "echo: b"]
    await gateway.receive(pushed("c"))
    await gateway.idle()
    assert [text for _, text in channel.sent] == ["echo: a", "echo: b", "echo: c"]


async def test_the_channels_reports_move_deliveries_on(gateway, channel):
    signals = []
    gateway.watch("c1", lambda: None, signals=signals.append)
    await gateway.receive(pushed("hello"))
    await gateway.idle()
    (sent,) = await gateway.deliveries("sent")
    assert await gateway.note_delivery("push", sent.reference, "delivered")
    assert await gateway.note_delivery("push", sent.reference, "read")
    assert not await gateway.note_delivery("push", sent.reference, "delivered")
    assert not await gateway.note_delivery("push", "unknown", "read")
    assert (await gateway.delivery(sent.id)).state == "read"
    assert [(s.kind, s.data) for s in signals] == [
        ("delivered", {"up_to": sent.seq}),
        ("read", {"up_to": sent.seq}),
    ]


async def test_a_report_that_comes_before_the_send_is_noted_counts(gateway, channel, storage):
    sent_first, told_first = asyncio.Event(), asyncio.Event()
    mark_sent = storage.stores.deliveries.mark_sent

    async def late(sent, *, at):
        sent_first.set()
        await told_first.wait()
        await mark_sent(sent, at=at)

    storage.stores.deliveries.mark_sent = late
    signals = []
    gateway.watch("c1", lambda: None, signals=signals.append)
    await gateway.receive(pushed("hello"))
    await sent_first.wait()
    (pending,) = await gateway.deliveries("pending")
    assert not await gateway.note_delivery("push", f"ref-{pending.id}", "read")
    told_first.set()
    await gateway.idle()
    assert [s.kind for s in signals] == ["read"]
    assert (await gateway.delivery(pending.id)).state == "read"


async def test_what_is_sent_while_a_note_is_written_is_noted_at_once(gateway, channel, storage):
    notes, first, go_on = [], asyncio.Event(), asyncio.Event()
    mark_sent = storage.stores.deliveries.mark_sent

    async def slow(sent, *, at):
        notes.append(len(sent))
        first.set()
        await go_on.wait()
        await mark_sent(sent, at=at)

    storage.stores.deliveries.mark_sent = slow
    await gateway.receive(pushed("0", conversation_id="c0"))
    await first.wait()
    for number in range(1, 20):
        await gateway.receive(pushed("x", conversation_id=f"c{number % 5}"))
    await gateway._lanes.idle()
    await gateway._outbox._lanes.idle()
    assert len(channel.sent) == 20
    go_on.set()
    await gateway.idle()
    assert notes == [1, 19]
    assert len(await gateway.deliveries("sent")) == 20


async def test_what_was_sent_is_not_sent_again_because_the_store_was_away(
    gateway, channel, storage, clock
):
    async def away(_sent, *, at):
        raise Unavailable(f"the store is away at {at}")

    mark_sent = storage.stores.deliveries.mark_sent
    storage.stores.deliveries.mark_sent = away
    await gateway.receive(pushed("hello"))
    await gateway.idle()
    storage.stores.deliveries.mark_sent = mark_sent
    assert len(await gateway.deliveries("pending")) == 1
    clock.advance(11)  # the claim has run out
    await gateway._outbox.send_due()
    await gateway.idle()
    assert channel.sent == [("c1", "echo: hello")]
    assert len(await gateway.deliveries("sent")) == 1


async def test_a_reference_that_cannot_be_stored_spoils_no_other_note(gateway, channel, storage):
    mark_sent = storage.stores.deliveries.mark_sent

    async def strict(sent, *, at):
        if "ref-1" in sent.values():
            raise StorageError("what a reference")
        await mark_sent(sent, at=at)

    storage.stores.deliveries.mark_sent = strict
    for text in "ab":
        await gateway.receive(pushed(text))
    await gateway.idle()
    assert [d.state for d in await gateway.deliveries()] == ["sent", "sent"]


async def test_a_failure_that_the_channel_reports_is_on_the_dead_letter_list(gateway, channel):
    await gateway.receive(pushed("hello"))
    await gateway.idle()
    (sent,) = await gateway.deliveries("sent")
    assert await gateway.note_delivery("push", sent.reference, "failed", reason="超限")
    (dead,) = await gateway.failed_deliveries()
    assert dead.error == "超限"


async def test_a_page_says_how_far_it_has_seen(gateway):
    await gateway.handle(message("hello", channel="web"))
    (sent,) = await gateway.deliveries("sent")
    said = [e.seq for e in await gateway.log("c1") if type(e.event).__name__ == "BotUttered"]
    assert [sent.seq] == said
    await gateway.seen("c1", up_to=sent.seq - 1, state="delivered", channel="web")
    assert (await gateway.delivery(sent.id)).state == "sent"
    await gateway.seen("c1", up_to=sent.seq, state="read", channel="web")
    assert (await gateway.delivery(sent.id)).state == "read"


async def test_texts_are_joined_where_the_channel_counts_them(make_gateway, clock):
    class Talkative(EchoBot):
        def _done(self, tracker, events, replies=()):
            more = tuple(
                Reply(recipient_id=tracker.conversation_id, text=t, image=i)
                for t, i in (("one", None), ("two", None), ("look", "a.png"), ("three", None))
            )
            return super()._done(tracker, events, more if replies else ())

    gateway, joining, plain = make_gateway(bot=Talkative(clock)), Channel(), Channel()
    gateway.connect("push", joining, joins_texts=True)
    gateway.connect("plain", plain)
    await gateway.receive(pushed("hello"))
    await gateway.receive(message("hello", channel="plain", conversation_id="c2"))
    await gateway.idle()
    assert [text for _, text in joining.sent] == ["one\ntwo", "look", "three"]
    assert [text for _, text in plain.sent] == ["one", "two", "look", "three"]


# -- many messages, notes, signals


async def test_messages_are_taken_with_a_cursor_or_not_at_all(gateway, bot, storage):
    batch = [message(str(n), message_id=f"m{n}", conversation_id=f"c{n % 2}") for n in range(4)]
    receipts = await gateway.receive_all(batch, changes=[StateChange("cursor", "x", 0)])
    assert [r.is_repeat for r in receipts] == [False] * 4
    with pytest.raises(Conflict):
        await gateway.receive_all([message("late")], changes=[StateChange("cursor", "y", 0)])
    again = await gateway.receive_all(batch, changes=[StateChange("cursor", "y", 1)])
    assert [r.is_repeat for r in again] == [True] * 4
    await gateway.idle()
    assert sorted(bot.turns) == [("c0", "0"), ("c0", "2"), ("c1", "1"), ("c1", "3")]
    assert (await storage.channel_state.get("cursor", now=0.0)).value == "y"


async def test_a_note_is_shown_to_people_and_not_to_the_bot(make_gateway, storage):
    gateway, hints = make_gateway(), []
    gateway.watch("c1", lambda: hints.append(1))
    await gateway.handle(message("set sunny"))
    count = len(hints)
    seq = await gateway.note("c1", {"kind": "left", "page": "/cart"})
    assert len(hints) == count + 1
    await gateway.handle(message("hello"))
    entries = (await gateway.passage("c1")).entries
    assert [e.note for e in entries if e.seq == seq] == [{"kind": "left", "page": "/cart"}]
    assert seq not in [e.seq for e in await gateway.log("c1")]
    assert [e.seq for e in entries if e.event] == [e.seq for e in await gateway.log("c1")]
    other = make_gateway()
    assert (await other.tracker("c1")).state.slots["mood"] == "sunny"
    assert (await other.passage("c1", after=seq)).entries[0].seq == seq + 2  # behind the message
    assert await gateway.note("new", {"kind": "entered"}) == 1
    outcome = await other.handle(message("hello", conversation_id="new"))
    assert outcome.replies[0].text == "echo: hello"


async def test_signals_reach_who_watches_and_nobody_later(gateway):
    heard = []
    stop = gateway.watch("c1", lambda: None, signals=heard.append)
    typing = Signal(kind="typing", by="agent", data={"on": True})
    gateway.signal("c1", typing)
    gateway.signal("c2", typing)
    stop()
    gateway.signal("c1", typing)
    assert heard == [typing]


class Share:
    """Lets one message through until more is allowed."""

    def __init__(self, left=1):
        self.left = left

    def admits(self, kind, key):
        assert (kind, key) == ("sender", "c1")
        self.left -= 1
        return self.left >= 0

    def give_back(self, kind, key):
        self.left += 1

    def wait(self, kind, key):
        return 7.0


async def test_a_sender_with_too_many_messages_is_refused_before_anything_is_written(make_gateway):
    share = Share()
    gateway = make_gateway(settings={"limits": share})
    await gateway.handle(message("one"))
    with pytest.raises(TooMany) as refused:
        await gateway.handle(message("two"))
    assert refused.value.retry_after == 7.0
    share.left = 1
    await gateway.handle(message("three"))
    heard = [e.event.text for e in await gateway.log("c1") if isinstance(e.event, UserUttered)]
    assert heard == ["one", "three"]


async def test_repeats_take_nothing_from_a_senders_share(make_gateway):
    gateway = make_gateway(settings={"limits": Share(2)})
    for _ in range(5):
        await gateway.handle(message("one", message_id="m1"))
    await gateway.handle(message("two", message_id="m2"))
    with pytest.raises(TooMany):
        await gateway.handle(message("three", message_id="m3"))


# -- agents


@pytest.fixture
def follower():
    return RecordingFollower()


@pytest.fixture
async def desk(make_gateway, follower):
    gateway = make_gateway(handoff=follower)
    gateway.channel = Channel()
    gateway.connect("push", gateway.channel)
    await gateway.handle(pushed("hello", sender="王"))
    await gateway.change_owner("c1", "agent")
    await gateway.idle()
    gateway.channel.sent.clear()
    return gateway


AGENT = {"id": "a1", "name": "小李"}


async def test_what_an_agent_says_is_logged_and_delivered_once(desk):
    said = await desk.agent_says(
        AgentMessage(conversation_id="c1", text="您好", agent=AGENT, message_id="x")
    )
    again = await desk.agent_says(
        AgentMessage(conversation_id="c1", text="您好", agent=AGENT, message_id="x")
    )
    await desk.idle()
    assert (again.is_repeat, again.seq) == (True, said.seq)
    assert desk.channel.sent == [("c1", "您好")]
    assert desk.channel.recipients[-1] == "王"
    logged = [e.event for e in await desk.log("c1") if isinstance(e.event, AgentUttered)]
    assert [(e.text, e.metadata["agent"]) for e in logged] == [("您好", AGENT)]


async def test_an_agent_shows_a_picture(desk):
    await desk.agent_says(
        AgentMessage(conversation_id="c1", content=Image(url="https://x/a.png"), agent=AGENT)
    )
    (event,) = [e.event for e in await desk.log("c1") if isinstance(e.event, AgentUttered)]
    assert event.data == {"custom": {"type": "image", "url": "https://x/a.png"}}


async def test_an_agent_says_nothing_in_a_conversation_that_is_not_theirs(desk):
    await desk.change_owner("c1", "bot")
    with pytest.raises(Conflict, match="bot"):
        await desk.agent_says(AgentMessage(conversation_id="c1", text="您好", agent=AGENT))
    assert not [e for e in await desk.log("c1") if isinstance(e.event, AgentUttered)]


async def test_a_customers_message_goes_to_the_agent_without_a_turn(desk, bot, follower):
    await desk.agent_says(AgentMessage(conversation_id="c1", text="您好", agent=AGENT))
    turns = len(bot.turns)
    hints = []
    desk.watch("c1", lambda: hints.append(1))
    outcome = await desk.handle(pushed("还在吗", message_id="m7", content=Image(attachment="p")))
    assert outcome.replies == ()
    assert hints
    assert desk.counters.relayed == 1
    assert len(bot.turns) == turns
    heard = [e.event for e in await desk.log("c1")][-1]
    assert (heard.text, heard.intent["name"]) == ("还在吗", None)
    assert heard.metadata["content"] == {"type": "image", "attachment": "p"}
    assert follower.told[-1][1] == ["UserUttered"]
    repeat = await desk.handle(pushed("还在吗", message_id="m7"))
    assert repeat.is_repeat
    await desk.agent_says(AgentMessage(conversation_id="c1", text="在", agent=AGENT))
    await desk.change_owner("c1", "bot")
    back = await desk.handle(pushed("谢谢"))
    assert back.replies[0].text == "echo: 谢谢"
    assert desk.counters.conflicts == 0


async def test_relayed_messages_are_in_order_with_what_the_agent_says(desk):
    for number in range(10):
        await asyncio.gather(
            desk.receive(pushed(f"c{number}")),
            desk.agent_says(AgentMessage(conversation_id="c1", text=f"a{number}", agent=AGENT)),
        )
    await desk.idle()
    said = [e.event.text for e in await desk.log("c1") if isinstance(e.event, AgentUttered)]
    heard = [e.event.text for e in await desk.log("c1") if isinstance(e.event, UserUttered)]
    assert said == [f"a{number}" for number in range(10)]
    assert heard == ["hello", *(f"c{number}" for number in range(10))]
    assert [text for _, text in desk.channel.sent] == said
    seqs = [e.seq for e in await desk.log("c1")]
    assert seqs == sorted(seqs)


async def test_another_process_that_takes_the_conversation_back_is_heeded(desk, make_gateway):
    await desk.agent_says(AgentMessage(conversation_id="c1", text="您好", agent=AGENT))
    other = make_gateway()
    await other.change_owner("c1", "bot")
    outcome = await desk.handle(pushed("hello again"))
    assert [r.text for r in outcome.replies] == ["echo: hello again"]
    assert desk.counters.relayed == 0


# -- messages that wait are merged


async def test_messages_that_wait_are_answered_as_one(make_gateway, bot):
    gateway = make_gateway(settings={"merge_waiting": True})
    first = asyncio.ensure_future(gateway.handle(message("wait", message_id="0")))
    await bot.began(1)
    waiting = [
        asyncio.ensure_future(gateway.handle(message(text, message_id=text)))
        for text in ("我的", "订单", "到哪了")
    ]
    for _ in range(5):
        await asyncio.sleep(0)
    bot.gate.set()
    await first
    outcomes = await asyncio.gather(*waiting)
    assert [text for _, text in bot.turns] == ["wait", "我的\n订单\n到哪了"]
    assert {tuple(r.text for r in o.replies) for o in outcomes} == {("echo: 我的\n订单\n到哪了",)}
    repeat = await gateway.handle(message("我的", message_id="我的"))
    assert [r.text for r in repeat.replies] == ["echo: 我的\n订单\n到哪了"]
    assert gateway.counters.merged == 2


async def test_a_repeat_of_a_merged_message_finds_its_answer_however_far(make_gateway, bot):
    gateway = make_gateway(settings={"merge_waiting": True})
    first = asyncio.ensure_future(gateway.handle(message("wait", message_id="0")))
    await bot.began(1)
    for number in range(150):
        await gateway.receive(message(str(number), message_id=f"m{number}"))
    bot.gate.set()
    await first
    await gateway.idle()
    together = "\n".join(map(str, range(150)))
    assert [text for _, text in bot.turns] == ["wait", together]
    repeat = await gateway.handle(message("0", message_id="m0"))
    assert [r.text for r in repeat.replies] == [f"echo: {together}"]


async def test_a_chosen_button_is_never_merged(make_gateway, bot):
    gateway = make_gateway(settings={"merge_waiting": True})
    first = asyncio.ensure_future(gateway.handle(message("wait")))
    await bot.began(1)
    waiting = [
        asyncio.ensure_future(gateway.handle(message(text))) for text in ("a", "b", "/restart", "c")
    ]
    for _ in range(5):
        await asyncio.sleep(0)
    bot.gate.set()
    await asyncio.gather(first, *waiting)
    assert [text for _, text in bot.turns] == ["wait", "a\nb", "/restart", "c"]


async def test_messages_are_taken_one_by_one_unless_the_settings_say_otherwise(gateway, bot):
    first = asyncio.ensure_future(gateway.handle(message("wait")))
    await bot.began(1)
    waiting = [asyncio.ensure_future(gateway.handle(message(text))) for text in "ab"]
    bot.gate.set()
    await asyncio.gather(first, *waiting)
    assert [text for _, text in bot.turns] == ["wait", "a", "b"]


async def test_a_channel_error_is_tried_again(gateway, channel, clock):
    channel.error = ChannelError("no connection")
    await gateway.receive(pushed("a"))
    await gateway.idle()
    channel.error = None
    clock.advance(10)
    await gateway._outbox.send_due()
    await gateway.idle()
    (sent,) = await gateway.deliveries("sent")
    assert (sent.attempts, sent.error) == (2, None)
