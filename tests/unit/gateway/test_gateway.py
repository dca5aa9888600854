import asyncio

import pytest

from kefu.core.events import BotUttered, SlotSet, UserUttered
from kefu.core.tracker import DEFAULT_TAIL
from kefu.errors import Conflict, Unavailable
from tests.unit.gateway.fakes import EchoBot, RecordingFollower, RecordingSender, message


def texts(outcome):
    return [reply.text for reply in outcome.replies]


async def kinds(gateway, conversation_id="c1"):
    return [type(logged.event).__name__ for logged in await gateway.log(conversation_id)]


async def test_a_message_is_answered_and_its_turn_is_in_the_log(gateway):
    outcome = await gateway.handle(message("hello"))
    assert texts(outcome) == ["echo: hello"]
    assert not outcome.is_repeat
    assert await kinds(gateway) == [
        "SessionStarted",
        "UserUttered",
        "ActionExecuted",
        "BotUttered",
        "ActionExecuted",
    ]
    assert await gateway.last_seq("c1") == 6


async def test_positions_in_the_log_ascend_and_pages_continue_where_the_last_ended(gateway):
    for text in ("a", "b", "c"):
        await gateway.handle(message(text))
    whole = await gateway.log("c1")
    seqs = [logged.seq for logged in whole]
    assert seqs == sorted(set(seqs))
    first = await gateway.log("c1", limit=4)
    rest = await gateway.log("c1", after=first[-1].seq)
    assert [*first, *rest] == list(whole)
    assert await gateway.log("c1", limit=0) == []


async def test_a_repeat_returns_the_first_result_and_changes_nothing(gateway, bot):
    first = await gateway.handle(message("hello", message_id="m1"))
    again = await gateway.handle(message("something else", message_id="m1"))
    assert again.is_repeat
    assert again.replies == first.replies
    assert again.seq == first.seq
    assert bot.turns == [("c1", "hello")]
    assert gateway.counters.repeats == 1


async def test_repeats_at_the_same_time_have_one_turn_and_one_result(gateway, bot):
    outcomes = await asyncio.gather(
        *(gateway.handle(message("hello", message_id="m1")) for _ in range(8))
    )
    assert [texts(outcome) for outcome in outcomes] == [["echo: hello"]] * 8
    assert sum(not outcome.is_repeat for outcome in outcomes) == 1
    assert len(bot.turns) == 1


async def test_the_same_message_id_on_two_channels_is_two_messages(gateway, bot):
    await gateway.handle(message("hello", message_id="m1", channel="rest"))
    await gateway.handle(message("hello", message_id="m1", channel="web"))
    assert len(bot.turns) == 2


async def test_messages_without_an_id_are_never_repeats(gateway, bot):
    await gateway.handle(message("hello"))
    await gateway.handle(message("hello"))
    assert len(bot.turns) == 2


async def test_messages_that_arrive_during_a_turn_are_taken_next_and_in_order(gateway, bot):
    waiting = asyncio.ensure_future(gateway.handle(message("wait")))
    await bot.began(1)
    others = [asyncio.ensure_future(gateway.handle(message(f"m{n}"))) for n in range(20)]
    await asyncio.sleep(0)
    assert len(bot.turns) == 1
    bot.gate.set()
    await asyncio.gather(waiting, *others)
    assert [text for _, text in bot.turns] == ["wait", *(f"m{n}" for n in range(20))]
    assert bot.most_running_per_conversation == 1


async def test_conversations_run_in_parallel_within_the_limit(make_gateway, bot):
    gateway = make_gateway(settings={"max_running": 3})
    bot.gate.set()
    await asyncio.gather(
        *(gateway.handle(message("wait", conversation_id=f"c{n}")) for n in range(12))
    )
    assert bot.most_running == 3


async def test_a_full_gateway_refuses_before_it_takes_anything(make_gateway, bot):
    gateway = make_gateway(settings={"max_waiting": 2})
    kept = [
        asyncio.ensure_future(gateway.handle(message("wait", conversation_id=f"c{n}")))
        for n in range(2)
    ]
    await bot.began(2)
    with pytest.raises(Unavailable):
        await gateway.handle(message("hello", conversation_id="c9"))
    assert not await gateway.exists("c9")
    bot.gate.set()
    await asyncio.gather(*kept)
    assert texts(await gateway.handle(message("hello", conversation_id="c9"))) == ["echo: hello"]


async def test_a_closed_gateway_refuses(gateway):
    await gateway.close()
    with pytest.raises(Unavailable):
        await gateway.handle(message("hello"))


async def test_a_caller_who_goes_away_does_not_end_the_turn(gateway, bot):
    call = asyncio.ensure_future(gateway.handle(message("wait", message_id="m1")))
    await bot.began(1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    bot.gate.set()
    again = await gateway.handle(message("wait", message_id="m1"))
    assert texts(again) == ["echo: wait"]
    assert len(bot.turns) == 1


async def test_a_failed_turn_apologises_and_the_conversation_goes_on(gateway, caplog):
    await gateway.handle(message("set happy"))
    failed = await gateway.handle(message("fail", message_id="m1"))
    assert texts(failed) == ["sorry"]
    assert gateway.counters.failed_turns == 1
    assert any(
        getattr(record, "fields", {}).get("conversation_id") == "c1" for record in caplog.records
    )
    assert texts(await gateway.handle(message("hello"))) == ["echo: hello"]
    tracker = await gateway.tracker("c1")
    assert tracker.state.slots["mood"] == "happy"
    said = [e.text for e in tracker.events if isinstance(e, UserUttered)]
    assert said == ["set happy", "fail", "hello"]
    assert texts(await gateway.handle(message("fail", message_id="m1"))) == ["sorry"]


async def test_a_failed_turn_of_a_bot_that_does_not_apologise_ends_in_silence(gateway, bot):
    bot.failure_text = ""
    assert texts(await gateway.handle(message("fail"))) == []
    assert texts(await gateway.handle(message("hello"))) == ["echo: hello"]


async def test_a_turn_that_hangs_counts_as_failed(make_gateway):
    gateway = make_gateway(settings={"turn_timeout": 0.01})
    assert texts(await gateway.handle(message("wait"))) == ["sorry"]
    assert texts(await gateway.handle(message("hello"))) == ["echo: hello"]


async def test_receive_returns_before_the_turn_and_the_turn_follows(gateway, bot):
    receipt = await gateway.receive(message("hello", message_id="m1"))
    assert receipt.seq == 1
    assert not receipt.is_repeat
    await gateway.idle()
    assert len(bot.turns) == 1
    assert (await gateway.receive(message("hello", message_id="m1"))).is_repeat


async def test_a_new_start_answers_what_the_last_run_did_not(make_gateway, bot, storage, clock):
    before = make_gateway()
    await before.handle(message("one"))
    tasks = [
        asyncio.ensure_future(before.handle(message(text, message_id=text)))
        for text in ("wait", "two", "three")
    ]
    await bot.began(2)
    await before._lanes.close(timeout=0)  # the process dies here: nothing more is committed
    await asyncio.gather(*tasks, return_exceptions=True)

    new_bot = EchoBot(clock)
    new_bot.gate.set()
    after = make_gateway(bot=new_bot)
    assert await after.resume() == 1
    await after.idle()
    assert [text for _, text in new_bot.turns] == ["wait", "two", "three"]
    assert after.counters.recovered == 3
    repeated = await after.handle(message("two", message_id="two"))
    assert repeated.is_repeat
    assert texts(repeated) == ["echo: two"]
    assert len(new_bot.turns) == 3


async def test_a_repeat_after_a_crash_takes_the_turn_that_was_missed(make_gateway, bot, clock):
    before = make_gateway()
    task = asyncio.ensure_future(before.handle(message("wait", message_id="m1")))
    await bot.began(1)
    await before._lanes.close(timeout=0)
    await asyncio.gather(task, return_exceptions=True)

    new_bot = EchoBot(clock)
    new_bot.gate.set()
    after = make_gateway(bot=new_bot)
    outcome = await after.handle(message("wait", message_id="m1"))
    assert texts(outcome) == ["echo: wait"]
    assert outcome.is_repeat


async def test_a_new_message_after_a_crash_is_answered_behind_the_old_one(make_gateway, bot, clock):
    before = make_gateway()
    task = asyncio.ensure_future(before.handle(message("wait", message_id="m1")))
    await bot.began(1)
    await before._lanes.close(timeout=0)
    await asyncio.gather(task, return_exceptions=True)

    new_bot = EchoBot(clock)
    new_bot.gate.set()
    after = make_gateway(bot=new_bot)
    assert texts(await after.handle(message("next"))) == ["echo: next"]
    assert [text for _, text in new_bot.turns] == ["wait", "next"]


async def test_two_processes_do_not_answer_twice(make_gateway, clock):
    bots = [EchoBot(clock, name) for name in ("one", "two")]
    gateways = [make_gateway(bot=bot) for bot in bots]
    for round_ in range(5):
        outcomes = await asyncio.gather(
            *(g.handle(message(f"m{round_}", message_id=f"m{round_}")) for g in gateways)
        )
        assert outcomes[0].replies == outcomes[1].replies
        await asyncio.gather(*(g.handle(message(f"x{round_}")) for g in gateways))
    log = [logged.event for logged in await gateways[0].log("c1")]
    heard = [e.text for e in log if isinstance(e, UserUttered)]
    assert len(heard) == 15
    assert sum(isinstance(e, BotUttered) for e in log) == 15


async def test_a_human_who_takes_over_during_a_turn_silences_the_bot(gateway, bot):
    await gateway.handle(message("hello"))
    call = asyncio.ensure_future(gateway.handle(message("wait")))
    await bot.began(2)
    assert await gateway.change_owner("c1", "agent")
    bot.gate.set()
    assert texts(await call) == []
    assert gateway.counters.dropped_turns == 1
    assert texts(await gateway.handle(message("are you there"))) == []
    assert await gateway.change_owner("c1", "bot")
    assert texts(await gateway.handle(message("hello"))) == ["echo: hello"]
    log = [logged.event for logged in await gateway.log("c1")]
    heard = [e.text for e in log if isinstance(e, UserUttered)]
    assert heard == ["hello", "wait", "are you there", "hello"]


async def test_nobody_takes_over_a_conversation_that_does_not_exist(gateway):
    assert not await gateway.change_owner("nobody", "agent")


async def test_a_paused_conversation_waits_in_the_queue_and_the_queue_hears_of_it(make_gateway):
    queue = RecordingFollower()
    gateway = make_gateway(handoff=queue)
    await gateway.handle(message("hello"))
    assert queue.told == []
    await gateway.handle(message("pause"))
    assert queue.told[0][0] == "c1"
    assert "ConversationPaused" in queue.told[0][1]
    assert texts(await gateway.handle(message("anybody?"))) == []
    assert queue.told[1][1] == ["UserUttered"]
    await gateway.handle(message("resume"))
    assert "ConversationResumed" in queue.told[2][1]
    await gateway.handle(message("hello"))
    assert len(queue.told) == 3


async def test_the_queue_hears_of_a_message_that_is_left_for_a_person(make_gateway):
    queue = RecordingFollower()
    gateway = make_gateway(handoff=queue)
    left = {"leave_message": {"contact": "13800000001"}}
    await gateway.handle(message("please call", metadata=left))
    await gateway.handle(message("hello"))
    ((_, names, _),) = queue.told
    assert "UserUttered" in names


async def test_the_queue_hears_again_of_those_who_wait_when_a_new_run_starts(make_gateway):
    before = make_gateway()
    await before.handle(message("hello"))
    await before.handle(message("pause"))
    await before.handle(message("hello", conversation_id="c2"))
    queue = RecordingFollower()
    after = make_gateway(handoff=queue)
    await after.refeed_handoff()
    assert [told[0] for told in queue.told] == ["c1"]
    assert queue.told[0][1][:3] == ["UserUttered", "SlotSet", "ConversationPaused"]


async def test_who_said_a_lot_while_they_waited_is_not_forgotten_when_a_new_run_starts(
    make_gateway,
):
    before = make_gateway()
    await before.handle(message("pause"))
    for number in range(2 * DEFAULT_TAIL):
        await before.handle(message(f"still there? {number}"))
    queue = RecordingFollower()
    after = make_gateway(handoff=queue)
    await after.refeed_handoff()
    ((name, names, _),) = queue.told
    assert (name, names) == ("c1", ["ConversationPaused", "UserUttered"])


async def test_a_follower_in_trouble_does_not_trouble_the_customer(make_gateway, caplog):
    follower = RecordingFollower()
    follower.broken = True
    gateway = make_gateway(followers=[follower])
    assert texts(await gateway.handle(message("hello"))) == ["echo: hello"]
    assert gateway.counters.follower_failures == 1
    follower.broken = False
    await gateway.handle(message("hello"))
    assert follower.told[0][2] == "rest"


async def test_watchers_are_hinted_after_each_commit_until_they_stop(gateway):
    hints = []
    stop = gateway.watch("c1", lambda: hints.append(1))
    await gateway.handle(message("hello"))
    await gateway.handle(message("hello", conversation_id="c2"))
    assert len(hints) == 1
    stop()
    stop()
    await gateway.handle(message("hello"))
    assert len(hints) == 1


async def test_a_channel_that_is_written_to_gets_the_replies_once_and_in_order(gateway):
    sender = RecordingSender()
    gateway.connect("push", sender)
    for n in range(5):
        await gateway.receive(message(f"m{n}", channel="push"))
    await gateway.idle()
    assert sender.sent == [("c1", f"echo: m{n}") for n in range(5)]
    assert await gateway._outbox.send_due() == 0


async def test_replies_that_could_not_be_sent_are_sent_later_and_in_order(gateway, clock):
    sender = RecordingSender()
    gateway.connect("push", sender)
    sender.broken = True
    for n in range(3):
        await gateway.receive(message(f"m{n}", channel="push"))
    await gateway.idle()
    assert sender.attempts == 1
    sender.broken = False
    for _ in range(10):
        clock.advance(5)
        await gateway._outbox.send_due()
        await gateway.idle()
    assert sender.sent == [("c1", f"echo: m{n}") for n in range(3)]
    assert gateway.counters.delivery_failures == 1


async def test_a_channel_that_is_down_holds_up_nothing_on_another(gateway, clock):
    broken, working = RecordingSender(), RecordingSender()
    gateway.connect("push", broken)
    gateway.connect("other", working)
    broken.broken = True
    await gateway.receive(message("m1", channel="push"))
    await gateway.idle()
    for n in (2, 3):
        await gateway.receive(message(f"m{n}", channel="other"))
        await gateway.idle()
    assert working.sent == [("c1", "echo: m2"), ("c1", "echo: m3")]
    broken.broken = False
    clock.advance(5)
    await gateway._outbox.send_due()
    await gateway.idle()
    assert broken.sent == [("c1", "echo: m1")]


async def test_a_reply_nobody_accepts_is_given_up_and_holds_nothing_back(gateway, clock):
    sender = RecordingSender()
    gateway.connect("push", sender)
    sender.broken = True
    await gateway.receive(message("lost", channel="push"))
    for _ in range(40):
        await gateway.idle()
        clock.advance(1_000)
        await gateway._outbox.send_due()
    assert gateway.counters.deliveries_given_up == 1
    sender.broken = False
    await gateway.receive(message("next", channel="push"))
    await gateway.idle()
    assert sender.sent == [("c1", "echo: next")]


async def test_replies_left_by_a_crash_are_sent_by_the_next_run(make_gateway, clock):
    class Dying(RecordingSender):
        async def send(self, reply, *, delivery_id, recipient):
            raise asyncio.CancelledError

    before = make_gateway()
    before.connect("push", Dying())
    await before.receive(message("hello", channel="push"))
    await before.idle()
    clock.advance(60)
    sender = RecordingSender()
    after = make_gateway()
    after.connect("push", sender)
    await after._outbox.send_due()
    await after.idle()
    assert sender.sent == [("c1", "echo: hello")]


async def test_a_reminder_fires_once_when_it_is_due_on_the_latest_channel(gateway, clock):
    sender = RecordingSender()
    gateway.connect("push", sender)
    await gateway.handle(message("remind me", channel="push"))
    assert await gateway.fire_due_reminders() == 0
    clock.advance(61)
    assert await gateway.fire_due_reminders() == 1
    await gateway.idle()
    assert sender.sent[-1] == ("c1", "reminding of later on push")
    clock.advance(1_000)
    assert await gateway.fire_due_reminders() == 0


async def test_a_reminder_survives_the_process(make_gateway, clock):
    await make_gateway().handle(message("remind me"))
    clock.advance(61)
    after = make_gateway()
    assert await after.fire_due_reminders() == 1
    await after.idle()
    said = [e.event.text for e in await after.log("c1") if isinstance(e.event, BotUttered)]
    assert said[-1] == "reminding of later on rest"


async def test_a_new_bot_takes_the_next_turn_and_knows_the_conversation(gateway, bot, clock):
    await gateway.handle(message("set happy"))
    call = asyncio.ensure_future(gateway.handle(message("wait")))
    await bot.began(2)
    gateway.use_bot(EchoBot(clock, "new"))
    bot.gate.set()
    assert texts(await call) == ["echo: wait"]
    assert texts(await gateway.handle(message("hello"))) == ["new: hello"]
    assert (await gateway.tracker("c1")).state.slots["mood"] == "happy"


async def test_without_a_bot_nothing_is_taken_until_there_is_one(make_gateway, bot):
    gateway = make_gateway(bot=None)
    for call in (
        gateway.handle(message("hello", message_id="m1")),
        gateway.receive(message("hello", message_id="m1")),
        gateway.trigger_intent("c1", "greet"),
        gateway.tracker("c1"),
        gateway.state("c1"),
        gateway.predict_next("c1"),
    ):
        with pytest.raises(Unavailable, match="no model"):
            await call
    assert not await gateway.exists("c1")
    gateway.use_bot(bot)
    assert not (await gateway.handle(message("hello", message_id="m1"))).is_repeat


async def test_a_message_that_waits_when_the_bot_goes_is_answered_when_one_comes(
    gateway, bot, clock
):
    first = asyncio.ensure_future(gateway.handle(message("wait")))
    await bot.began(1)
    second = await gateway.receive(message("hello", message_id="m2"))
    gateway.use_bot(None)
    bot.gate.set()
    assert texts(await first) == ["echo: wait"]
    await gateway.idle()
    assert second.seq == 2
    gateway.use_bot(EchoBot(clock, "new"))
    await gateway.resume()
    await gateway.idle()
    assert texts(await gateway.handle(message("hello", message_id="m2"))) == ["new: hello"]


async def test_entrances_share_the_lane_and_the_log(gateway):
    assert texts(await gateway.trigger_intent("c1", "greet")) == ["greet on collector"]
    await gateway.handle(message("hello", channel="web"))
    latest = await gateway.trigger_intent("c1", "greet", output_channel="latest")
    assert texts(latest) == ["greet on web"]
    assert texts(await gateway.execute_action("c1", "utter_greet")) == ["did utter_greet"]
    outcome = await gateway.append_events("c1", [SlotSet(key="mood", value="sad")])
    assert outcome.events[0].timestamp is not None
    assert (await gateway.tracker("c1")).state.slots["mood"] == "sad"
    action, _ = await gateway.predict_next("c1")
    assert action == "action_listen"
    noted = await gateway.log_message(message("psst"))
    assert texts(noted) == []
    assert (await kinds(gateway))[-1] == "UserUttered"


async def test_a_tracker_asked_for_is_a_copy_and_begins_a_session(gateway):
    tracker = await gateway.tracker("new")
    assert [type(e).__name__ for e in tracker.events] == ["SessionStarted"]
    tracker.append(SlotSet(key="mood", value="changed"))
    assert (await gateway.tracker("new")).state.slots["mood"] is None
    assert await gateway.last_seq("new") == 1


async def test_replaced_events_are_all_the_bot_knows_and_the_log_keeps_the_rest(make_gateway):
    gateway = make_gateway()
    await gateway.handle(message("set happy"))
    await gateway.replace_events("c1", [SlotSet(key="mood", value="new")])
    for view in (gateway, make_gateway()):
        tracker = await view.tracker("c1")
        assert [type(e).__name__ for e in tracker.events] == ["SlotSet"]
        assert len((await view.state("c1", events="ALL"))["events"]) == 1
    assert len(await gateway.log("c1")) == 7


async def test_the_state_is_shown_as_rasa_shows_it(gateway, clock):
    await gateway.handle(message("set happy"))
    then = clock.now()
    clock.advance(10)
    await gateway.handle(message("set sad"))
    now = await gateway.state("c1", events="ALL")
    assert now["sender_id"] == "c1"
    assert now["slots"]["mood"] == "sad"
    assert [e["event"] for e in now["events"]][:2] == ["session_started", "user"]
    past = await gateway.state("c1", events="ALL", until=then)
    assert past["slots"]["mood"] == "happy"
    assert len(past["events"]) == 6
    assert (await gateway.state("c1", events="NONE"))["events"] is None
    await gateway.append_events("c1", [])
    nobody = await gateway.state("nobody", events="ALL")
    assert nobody["events"] == []
    assert not await gateway.exists("nobody")


async def test_after_restart_shows_what_followed_the_last_restart(gateway):
    from kefu.core.events import Restarted

    await gateway.handle(message("hello"))
    await gateway.append_events("c1", [Restarted()])
    await gateway.handle(message("again"))
    shown = await gateway.state("c1", events="AFTER_RESTART")
    assert [e["event"] for e in shown["events"]] == ["user", "action", "bot", "action"]
    assert len((await gateway.state("c1", events="ALL"))["events"]) == 10


async def test_a_commit_that_loses_every_race_leaves_the_message_for_later(
    gateway, storage, monkeypatch
):
    async def conflict(commit):
        raise Conflict("lost")

    log = storage.stores.log
    monkeypatch.setattr(type(log), "commit", lambda self, commit: conflict(commit))
    with pytest.raises(Conflict):
        await gateway.handle(message("hello", message_id="m1"))
    monkeypatch.undo()
    assert texts(await gateway.handle(message("hello", message_id="m1"))) == ["echo: hello"]


async def test_halves_of_characters_and_nul_are_replaced_not_refused(gateway):
    odd = message(
        "a\ud800b\0", conversation_id="c\0\udfff", message_id="\0", metadata={"k": "\ud800"}
    )
    outcome = await gateway.handle(odd)
    assert texts(outcome) == ["echo: a\ufffdb\ufffd"]
    assert outcome.conversation_id == "c\ufffd\ufffd"


async def test_what_the_loop_does_in_the_background_is_done_without_being_asked(make_gateway, bot):
    before = make_gateway()
    await storage_only(before, message("hello", message_id="m1"))
    after = make_gateway()
    loop = asyncio.ensure_future(after.run())
    await bot.began(1)
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    await after.idle()
    assert texts(await after.handle(message("hello", message_id="m1"))) == ["echo: hello"]


async def storage_only(gateway, text_message):
    """Put a message into the log as a process does that dies right after."""
    from kefu.gateway.records import Arrival
    from kefu.gateway.rows import write_message

    await gateway._stores.log.receive(
        Arrival(
            conversation_id=text_message.conversation_id,
            channel=text_message.input_channel,
            message_id=text_message.message_id,
            timestamp=gateway._clock.now(),
            body=write_message(text_message),
        )
    )


async def test_replies_left_by_a_crash_come_before_newer_ones(make_gateway, clock):
    class Dying(RecordingSender):
        async def send(self, reply, *, delivery_id, recipient):
            raise asyncio.CancelledError

    before = make_gateway()
    before.connect("push", Dying())
    await before.receive(message("old", channel="push"))
    await before.idle()
    sender = RecordingSender()
    after = make_gateway()
    after.connect("push", sender)
    await after.receive(message("new", channel="push"))
    await after.idle()
    assert sender.sent == []
    clock.advance(11)
    await after._outbox.send_due()
    await after.idle()
    assert sender.sent == [("c1", "echo: old"), ("c1", "echo: new")]
    await after.receive(message("newest", channel="push"))
    await after.idle()
    assert sender.sent[-1] == ("c1", "echo: newest")


async def test_a_reminder_that_fails_is_logged_and_does_not_come_back(
    gateway, bot, clock, caplog, monkeypatch
):
    async def broken(tracker, reminder, *, output_channel):
        raise ValueError("the reminder broke")

    monkeypatch.setattr(bot, "handle_reminder", broken)
    await gateway.handle(message("remind me"))
    clock.advance(61)
    assert await gateway.fire_due_reminders() == 1
    await gateway.idle()
    assert "reminder failed" in caplog.text
    clock.advance(1_000)
    assert await gateway.fire_due_reminders() == 0
    assert texts(await gateway.handle(message("hello"))) == ["echo: hello"]


async def test_a_reminder_is_silent_while_a_human_has_the_conversation(gateway, clock):
    sender = RecordingSender()
    gateway.connect("push", sender)
    await gateway.handle(message("remind me", channel="push"))
    await gateway.change_owner("c1", "agent")
    await gateway.idle()
    clock.advance(61)
    await gateway.fire_due_reminders()
    await gateway.idle()
    assert [text for _, text in sender.sent] == ["echo: remind me"]


async def test_a_store_that_fails_at_the_commit_loses_nothing(gateway, storage, monkeypatch):
    async def unavailable(self, commit):
        raise Unavailable("disk full")

    monkeypatch.setattr(type(storage.stores.log), "commit", unavailable)
    with pytest.raises(Unavailable, match="disk full"):
        await gateway.handle(message("hello", message_id="m1"))
    assert gateway.counters.failed_turns == 0
    monkeypatch.undo()
    assert await gateway.resume() == 1
    await gateway.idle()
    again = await gateway.handle(message("hello", message_id="m1"))
    assert (again.is_repeat, texts(again)) == (True, ["echo: hello"])


async def test_a_conversation_in_hand_is_not_resumed_again(gateway, bot):
    call = asyncio.ensure_future(gateway.handle(message("wait")))
    await bot.began(1)
    assert await gateway.resume() == 1
    bot.gate.set()
    assert texts(await call) == ["echo: wait"]
    await gateway.idle()
    assert len(bot.turns) == 1


async def test_every_attempt_at_a_turn_has_the_same_message_id(make_gateway, bot, clock):
    seen = []

    class Noting(EchoBot):
        async def _turn(self, tracker, message):
            seen.append(message.message_id)
            return await super()._turn(tracker, message)

    before = make_gateway(bot=Noting(clock))
    task = asyncio.ensure_future(before.handle(message("wait")))
    await before.bot.began(1)
    await before._lanes.close(timeout=0)
    await asyncio.gather(task, return_exceptions=True)
    second = Noting(clock)
    second.gate.set()
    after = make_gateway(bot=second)
    await after.resume()
    await after.idle()
    assert len(seen) == 2
    assert seen[0] == seen[1] is not None
