"""Codes that prove whose phone it is: limits, attacks, and what is kept of them."""

import asyncio
import logging

import pytest

from kefu.clock import ManualClock
from kefu.customers.verification import Verification
from kefu.errors import ChannelError, Unavailable
from kefu.project.settings import CodeSettings
from kefu.storage.memory import open_memory

PHONE = "13800000001"


class Phones:
    """A sender that keeps what it was given."""

    def __init__(self):
        self.messages = []
        self.error = None
        self.hangs = False

    async def send(self, message):
        if self.hangs:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error
        self.messages.append(message)

    @property
    def code(self):
        return self.messages[-1].code


class Desk:
    """Several processes that share a store, one of them is spoken to by default."""

    def __init__(self, values=None, **settings):
        self.clock = ManualClock()
        self.phones = Phones()
        self.values = values or open_memory().channel_state
        self.settings = CodeSettings(name="x.Y", **settings)
        self.steps = iter(range(10_000))
        self.process = self.another()

    def another(self):
        async def secret():
            return "0" * 64

        return Verification(
            sender=self.phones,
            values=self.values,
            settings=self.settings,
            secret=secret,
            clock=self.clock,
        )

    async def send(self, phone=PHONE, conversation="c1", process=None, step=None):
        step = step or f"s{next(self.steps)}"
        sender = process or self.process
        return await sender.send(phone, conversation_id=conversation, step=step)

    async def check(self, code, phone=PHONE, conversation="c1", process=None, step=None):
        step = step or f"s{next(self.steps)}"
        checker = process or self.process
        found = await checker.check(phone, code, conversation_id=conversation, step=step)
        return found.status

    def wrong(self):
        return f"{(int(self.phones.code) + 1) % 1_000_000:06}"


async def test_the_right_code_is_right_once():
    desk = Desk()
    sent = await desk.send()
    assert (sent.status, sent.masked_phone, sent.minutes) == ("sent", "138****0001", 5)
    assert desk.phones.messages[0].phone == "+8613800000001"
    assert len(desk.phones.code) == 6
    assert await desk.check(desk.phones.code) == "right"
    assert await desk.check(desk.phones.code) == "used_up"


async def test_who_was_verified_is_verified_for_a_time():
    desk = Desk(verified_seconds=100)
    await desk.send()
    found = await desk.process.check(PHONE, desk.phones.code, conversation_id="c1", step="x")
    assert found.verified_until == desk.clock.now() + 100


async def test_a_code_has_three_tries():
    desk = Desk()
    await desk.send()
    wrong = desk.wrong()
    assert [await desk.check(wrong) for _ in range(3)] == ["wrong", "wrong", "used_up"]
    assert await desk.check(desk.phones.code) == "used_up"


async def test_a_code_expires():
    desk = Desk()
    await desk.send()
    desk.clock.advance(301)
    assert await desk.check(desk.phones.code) == "expired"


async def test_a_code_is_good_only_for_its_phone_and_its_conversation():
    desk = Desk(gap_seconds=0)
    await desk.send()
    code = desk.phones.code
    assert await desk.check(code, phone="13800000002") == "expired"
    assert await desk.check(code, conversation="c2") == "expired"
    assert await desk.check(code) == "right"


async def test_a_new_code_takes_the_place_of_the_last_one():
    desk = Desk()
    await desk.send()
    first = desk.phones.code
    desk.clock.advance(60)
    await desk.send()
    while desk.phones.code == first:  # one time in a million
        desk.clock.advance(3600)
        await desk.send()
    assert await desk.check(first) == "wrong"
    assert await desk.check(desk.phones.code) == "right"


async def test_somebody_else_who_asks_for_the_same_phone_does_not_spoil_a_code():
    desk = Desk()
    await desk.send()
    code = desk.phones.code
    desk.clock.advance(61)
    assert (await desk.send(conversation="thief")).status == "sent"
    for _ in range(5):
        await desk.check("000000", conversation="thief")
    assert await desk.check(code) == "right"


async def test_codes_are_not_sent_faster_than_allowed():
    desk = Desk()
    await desk.send()
    again = await desk.send()
    assert (again.status, again.wait_seconds) == ("too_soon", 60.0)
    assert (await desk.send(conversation="c2")).status == "too_soon"  # the same phone
    assert (await desk.send(phone="13800000002")).status == "too_soon"  # the same conversation
    desk.clock.advance(60)
    assert (await desk.send()).status == "sent"
    assert len(desk.phones.messages) == 2


@pytest.mark.parametrize("varies", ["conversation", "phone", "nothing"])
async def test_a_phone_and_a_conversation_have_so_many_codes_an_hour_and_a_day(varies):
    desk = Desk(phones_per_day=0)
    for minute in range(24 * 60 - 1):
        phone = f"138{minute:08}" if varies == "phone" else PHONE
        conversation = f"c{minute}" if varies == "conversation" else "c1"
        before = len(desk.phones.messages)
        sent = await desk.send(phone=phone, conversation=conversation)
        assert (sent.status == "sent") == (len(desk.phones.messages) > before)
        if minute == 59:
            assert len(desk.phones.messages) == 5
        desk.clock.advance(60)
    assert len(desk.phones.messages) == 10


async def test_a_refusal_by_the_phone_uses_up_nothing_of_the_conversation():
    desk = Desk()
    await desk.send(conversation="c1")
    for _ in range(20):
        assert (await desk.send(conversation="c2")).status == "too_soon"
    desk.clock.advance(60)
    assert (await desk.send(conversation="c2")).status == "sent"


async def test_guessing_over_a_day_from_many_conversations_and_processes_has_few_tries():
    desk = Desk()
    processes = [desk.another() for _ in range(3)]
    right_or_wrong = 0
    for minute in range(24 * 60 - 1):
        conversation = f"thief-{minute}"
        process = processes[minute % 3]
        await desk.send(conversation=conversation, process=process)
        for _ in range(4):
            verdict = await desk.check("000000", conversation=conversation, process=process)
            right_or_wrong += verdict != "expired"
        desk.clock.advance(60)
    # The fourth try at a code tells nothing.
    assert right_or_wrong == 10 * 4


async def test_checks_at_once_find_a_code_right_once_only():
    desk = Desk()
    await desk.send()
    processes = [desk.another() for _ in range(4)]
    found = await asyncio.gather(*(desk.check(desk.phones.code, process=one) for one in processes))
    assert sorted(found) == ["right", "used_up", "used_up", "used_up"]


async def test_guesses_at_once_are_counted_one_by_one():
    desk = Desk()
    await desk.send()
    wrong = desk.wrong()
    processes = [desk.another() for _ in range(6)]
    found = await asyncio.gather(*(desk.check(wrong, process=one) for one in processes))
    assert sorted(found) == ["used_up"] * 4 + ["wrong"] * 2
    assert await desk.check(desk.phones.code) == "used_up"


async def test_wishes_at_once_send_one_code():
    desk = Desk()
    processes = [desk.another() for _ in range(5)]
    found = await asyncio.gather(
        *(desk.send(process=one, conversation=f"c{n}") for n, one in enumerate(processes))
    )
    assert sorted(one.status for one in found) == ["sent", *["too_soon"] * 4]
    assert len(desk.phones.messages) == 1


async def test_a_step_done_again_sends_and_counts_nothing_again():
    desk = Desk()
    await desk.send(step="turn:1")
    assert (await desk.send(step="turn:1", process=desk.another())).status == "sent"
    assert len(desk.phones.messages) == 1
    assert await desk.check(desk.wrong(), step="turn:2") == "wrong"
    assert await desk.check(desk.wrong(), step="turn:2") == "wrong"
    assert await desk.check(desk.phones.code, step="turn:3") == "right"
    # The process died before the turn was in the log: done again it comes to the same.
    assert await desk.check(desk.phones.code, step="turn:3", process=desk.another()) == "right"
    assert await desk.check(desk.phones.code, step="turn:4") == "used_up"


@pytest.mark.parametrize("error", [ChannelError("no"), OSError("no"), ValueError("no")])
async def test_a_sender_that_fails_may_be_tried_at_once_again_but_not_for_ever(error):
    desk = Desk()
    desk.phones.error = error
    statuses = [(await desk.send()).status for _ in range(5)]
    assert statuses == ["unreachable"] * 5
    assert (await desk.send()).status == "too_often"
    assert await desk.check("000000") == "expired"


async def test_a_sender_that_hangs_is_given_up():
    desk = Desk(timeout_seconds=0.01)
    desk.phones.hangs = True
    assert (await desk.send()).status == "unreachable"


async def test_a_store_that_is_away_sends_nothing_and_proves_nothing():
    class Away:
        async def get(self, key, *, now):
            raise Unavailable("away")

        change = get

    desk = Desk(values=Away())
    assert (await desk.send()).status == "unreachable"
    assert await desk.check("123456") == "unreachable"
    assert desk.phones.messages == []


async def test_neither_codes_nor_phones_are_kept_or_logged(caplog):
    caplog.set_level(logging.DEBUG)
    memory = open_memory()
    desk = Desk(values=memory.channel_state)
    await desk.send()
    message = desk.phones.messages[0]
    desk.phones.error = ChannelError(f"cannot send {message.code} to {PHONE}")
    desk.clock.advance(60)
    await desk.send()
    kept = repr(memory.channel_state._shelf.states)
    assert "verify:" in kept
    logged = caplog.text + repr([record.__dict__ for record in caplog.records])
    assert "could not be sent" in logged
    for text in (kept, logged, repr(message)):
        assert message.code not in text
        assert PHONE[2:] not in text


async def test_what_is_not_known_of_a_phone_cannot_be_told_from_what_is_wrong():
    desk = Desk()
    assert await desk.check("123456", phone="13811112222") == "expired"


def test_numbers_are_mobile_numbers():
    process = Desk().process
    assert process.number("+86 138-0000-0001") == PHONE
    assert process.number("13800000001") == PHONE
    assert process.number("602600001001") is None
    assert process.number("010-62345678") is None
    assert process.number("不知道") is None
    assert process.number("+44 7700 900123") == "+447700900123"


async def test_what_happened_is_counted():
    desk = Desk()
    await desk.send()
    await desk.send()
    await desk.check(desk.wrong())
    await desk.check(desk.phones.code)
    await desk.check(desk.phones.code)
    await desk.check("123456", conversation="c2")
    counters = desk.process.counters
    assert (counters.sent, counters.refused, counters.not_sent) == (1, 1, 0)
    assert (counters.right, counters.wrong, counters.used_up, counters.expired) == (1, 1, 1, 1)


async def test_a_conversation_names_a_few_phones_a_day():
    desk = Desk(gap_seconds=0, phones_per_day=2)
    phones = ["13800000001", "13800000002", "13800000003", "13800000001"]
    sent = [(await desk.send(phone)).status for phone in phones]
    assert sent == ["sent", "sent", "too_often", "sent"]
    assert (await desk.send("13800000003", conversation="c2")).status == "sent"
    desk.clock.advance(86_401)
    assert (await desk.send("13800000003")).status == "sent"


async def test_all_conversations_together_have_a_ceiling(caplog):
    desk = Desk(gap_seconds=0, all_per_hour=3, all_per_day=4)

    async def one(number, process=None):
        phone = f"138000000{number:02}"
        return (await desk.send(phone, conversation=f"c{number}", process=process)).status

    assert [await one(number) for number in range(3)] == ["sent"] * 3
    assert await one(3, desk.another()) == "too_often", "all processes count together"
    assert len(desk.phones.messages) == 3
    assert "ceiling" in caplog.text
    desk.clock.advance(3600)
    assert [await one(number) for number in (4, 5)] == ["sent", "too_often"]
    desk.clock.advance(86_400)
    assert await one(6) == "sent"


async def test_a_ceiling_may_be_left_out():
    desk = Desk(
        gap_seconds=0, all_per_hour=0, all_per_day=0, phones_per_day=0, per_hour=99, per_day=99
    )
    sent = [(await desk.send(f"138000000{number:02}")).status for number in range(20)]
    assert sent == ["sent"] * 20
