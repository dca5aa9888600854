"""What every store does beside the log: finding, deliveries, reminders, the human queue."""

import asyncio

import pytest

from kefu.gateway.records import CancelReminders, NewDelivery, NewReminder
from tests.contract.test_conversation_log import arrival, commit, entry


def pending(body, retry_at=0.0, channel="push"):
    return NewDelivery(channel=channel, body=body, state="pending", retry_at=retry_at)


def reminder(name="r", intent="remind", due_at=50.0, entities="[]", body="{}"):
    return NewReminder(name=name, intent=intent, entities=entities, due_at=due_at, body=body)


@pytest.fixture
def conversations(storage):
    return storage.stores.conversations


@pytest.fixture
def deliveries(storage):
    return storage.stores.deliveries


@pytest.fixture
def reminders(storage):
    return storage.stores.reminders


# -- finding conversations


async def test_a_head_is_where_the_conversation_stands(log, conversations):
    assert await conversations.head("c1") is None
    received = await log.receive(arrival())
    assert await conversations.head("c1") == received.head


async def test_conversations_without_answer_are_found_longest_silent_first(log, conversations):
    await log.receive(arrival("b", timestamp=20.0))
    await log.receive(arrival("a", timestamp=30.0))
    await log.receive(arrival("c", timestamp=10.0))
    await log.receive(arrival("done", timestamp=5.0))
    await log.commit(commit("done", answers=1, timestamp=6.0))
    assert list(await conversations.unanswered(before=100.0, limit=10)) == ["c", "b", "a"]
    assert list(await conversations.unanswered(before=20.0, limit=10)) == ["c", "b"]
    assert list(await conversations.unanswered(before=100.0, limit=1)) == ["c"]
    await log.receive(arrival("done", timestamp=200.0))
    assert "done" in await conversations.unanswered(before=200.0, limit=10)


async def test_conversations_are_listed_in_pages_by_code_point(log, conversations):
    names = ["a", "B", "ä", "中", "😀", "a b", "_"]
    for name in names:
        await log.receive(arrival(name))
    listed = [*(await conversations.listed(limit=3))]
    while page := await conversations.listed(after=listed[-1], limit=3):
        listed.extend(page)
    assert listed == sorted(names)


async def test_conversations_are_found_by_owner(log, conversations):
    for name, owner in (("a", "queue"), ("b", "bot"), ("c", "agent"), ("d", "queue")):
        await log.commit(commit(name, owner=owner))
    assert list(await conversations.owned_by("queue")) == ["a", "d"]
    assert list(await conversations.owned_by("queue", after="a")) == ["d"]
    assert list(await conversations.owned_by("bot")) == ["b"]
    assert list(await conversations.owned_by("agent", limit=1)) == ["c"]


# -- deliveries


async def test_who_claims_at_the_same_time_gets_no_delivery_behind_one_of_somebody_else(
    log, deliveries
):
    names = [f"c{n}" for n in range(5)]
    for name in names:
        await log.commit(commit(name, deliveries=tuple(pending(f'"{n}"') for n in range(6))))
    tries = (deliveries.claim_due(100.0, until=200.0, limit=20) for _ in range(6))
    claims = await asyncio.gather(*tries)
    for name in names:
        due = [d.id for d in await deliveries.listed("pending") if d.conversation_id == name]
        parts = [[d.id for d in found if d.conversation_id == name] for found in claims]
        (ids,) = [part for part in parts if part] or [[]]
        assert ids == due[: len(ids)]


async def test_the_replies_to_a_message_are_found_in_order(log, deliveries):
    await log.receive(arrival())
    done = await log.commit(commit(answers=1, deliveries=tuple(pending(f"r{n}") for n in range(3))))
    await log.commit(commit(version=1, deliveries=(pending("other"),)))
    found = await deliveries.of_message("c1", 1)
    assert [d.body for d in found] == ["r0", "r1", "r2"]
    assert tuple(d.id for d in found) == done.delivery_ids
    assert {d.conversation_id for d in found} == {"c1"}
    assert list(await deliveries.of_message("c1", 2)) == []
    assert list(await deliveries.of_message("nobody", 1)) == []


async def test_a_claimed_delivery_is_held(log, deliveries):
    await log.commit(commit(deliveries=(pending("a", retry_at=10.0),)))
    assert list(await deliveries.claim_due(9.0, until=60.0, limit=10)) == []
    claimed = await deliveries.claim_due(10.0, until=60.0, limit=10)
    assert [d.body for d in claimed] == ["a"]
    assert list(await deliveries.claim_due(59.0, until=100.0, limit=10)) == []
    assert len(await deliveries.claim_due(60.0, until=100.0, limit=10)) == 1


async def test_a_delivery_is_claimed_by_one_of_many(log, deliveries):
    await log.commit(commit(deliveries=tuple(pending(str(n)) for n in range(10))))
    claims = await asyncio.gather(
        *(deliveries.claim_due(1.0, until=60.0, limit=10) for _ in range(6))
    )
    claimed = [d.body for claim in claims for d in claim]
    assert sorted(claimed) == sorted(str(n) for n in range(10))


async def test_a_sent_delivery_is_done(log, deliveries):
    done = await log.commit(commit(deliveries=(pending("a"), pending("b"))))
    await deliveries.mark_sent(dict.fromkeys(done.delivery_ids), at=5.0)
    assert list(await deliveries.claim_due(100.0, until=200.0, limit=10)) == []
    found = await deliveries.of_message("c1", 0)
    assert [(d.state, d.attempts, d.error) for d in found] == [("sent", 1, None)] * 2
    await deliveries.mark_sent({}, at=5.0)


async def test_a_failed_delivery_is_tried_again_and_then_given_up(log, deliveries):
    done = await log.commit(commit(deliveries=(pending("a"),)))
    (number,) = done.delivery_ids
    await deliveries.mark_failed(number, error="没有网络", retry_at=30.0, at=7.0)
    assert list(await deliveries.claim_due(29.0, until=60.0, limit=10)) == []
    (again,) = await deliveries.claim_due(30.0, until=60.0, limit=10)
    assert (again.state, again.attempts, again.error) == ("pending", 1, "没有网络")
    await deliveries.mark_failed(number, error="still", retry_at=None, at=7.0)
    assert list(await deliveries.claim_due(1e9, until=2e9, limit=10)) == []
    (given_up,) = await deliveries.of_message("c1", 0)
    assert (given_up.state, given_up.attempts, given_up.error) == ("failed", 2, "still")


async def test_what_is_sent_does_not_fail_and_what_failed_is_not_sent(log, deliveries):
    done = await log.commit(commit(deliveries=(pending("a"), pending("b"))))
    first, second = done.delivery_ids
    await deliveries.mark_sent({first: None}, at=1.0)
    await deliveries.mark_failed(first, error="late", retry_at=2.0, at=7.0)
    await deliveries.mark_failed(second, error="no", retry_at=None, at=7.0)
    await deliveries.mark_sent({second: None}, at=3.0)
    assert [d.state for d in await deliveries.of_message("c1", 0)] == ["sent", "failed"]


async def test_a_later_delivery_waits_for_an_earlier_one_of_its_conversation(log, deliveries):
    done = await log.commit(commit("c1", deliveries=(pending("first"), pending("second"))))
    await log.commit(commit("c2", deliveries=(pending("elsewhere"),)))
    await deliveries.mark_failed(done.delivery_ids[0], error="x", retry_at=100.0, at=7.0)
    claimed = await deliveries.claim_due(50.0, until=60.0, limit=10)
    assert [d.body for d in claimed] == ["elsewhere"]
    claimed = await deliveries.claim_due(100.0, until=160.0, limit=10)
    assert [d.body for d in claimed] == ["first", "second", "elsewhere"]


async def test_a_commit_tells_which_earlier_deliveries_are_still_pending(log, deliveries):
    first = await log.commit(commit(deliveries=(pending("a"), pending("b"))))
    await log.commit(commit("c2", deliveries=(pending("elsewhere"),)))
    assert first.pending_before == ()
    await deliveries.mark_sent({first.delivery_ids[0]: None}, at=1.0)
    second = await log.commit(commit(version=1, deliveries=(pending("c"),)))
    assert second.pending_before == first.delivery_ids[1:]
    fetched = NewDelivery(channel="rest", body="hi", state="sent")
    third = await log.commit(commit(version=2, deliveries=(fetched,)))
    assert third.pending_before == ()


async def test_a_reply_that_the_channel_fetches_is_never_claimed(log, deliveries):
    fetched = NewDelivery(channel="rest", body="hi", state="sent")
    await log.commit(commit(deliveries=(fetched,)))
    assert list(await deliveries.claim_due(1e9, until=2e9, limit=10)) == []
    assert [d.state for d in await deliveries.of_message("c1", 0)] == ["sent"]


# -- reminders


async def test_claimed_reminders_can_be_held_for_longer(log, reminders):
    await log.receive(arrival())
    await log.commit(commit(reminders=(reminder("b", due_at=50.0), reminder("a", due_at=50.0))))
    first, second = await reminders.claim_due(50.0, until=60.0, limit=10)
    await reminders.drop(second.id)
    await reminders.hold([first.id, second.id], until=70.0)
    assert await reminders.next_due() == 70.0
    assert list(await reminders.claim_due(69.0, until=99.0, limit=10)) == []
    assert [due.id for due in await reminders.claim_due(70.0, until=99.0, limit=10)] == [first.id]


async def test_reminders_come_due_earliest_first_and_are_held(log, reminders):
    assert await reminders.next_due() is None
    await log.commit(
        commit(reminders=(reminder("b", due_at=60.0), reminder("a", due_at=50.0, body='{"x":1}')))
    )
    assert await reminders.next_due() == 50.0
    assert list(await reminders.claim_due(49.0, until=99.0, limit=10)) == []
    (first,) = await reminders.claim_due(50.0, until=99.0, limit=10)
    assert (first.conversation_id, first.due_at, first.body) == ("c1", 50.0, '{"x":1}')
    assert await reminders.next_due() == 60.0
    assert len(await reminders.claim_due(99.0, until=200.0, limit=1)) == 1
    assert len(await reminders.claim_due(99.0, until=200.0, limit=10)) == 1


async def test_a_reminder_is_claimed_by_one_of_many(log, reminders):
    await log.commit(commit(reminders=tuple(reminder(f"r{n}") for n in range(10))))
    claims = await asyncio.gather(
        *(reminders.claim_due(100.0, until=200.0, limit=10) for _ in range(6))
    )
    assert sum(len(claim) for claim in claims) == 10
    assert len({r.id for claim in claims for r in claim}) == 10


async def test_a_reminder_of_the_same_name_replaces_the_first(log, reminders):
    await log.commit(commit("c1", reminders=(reminder(due_at=50.0), reminder(due_at=70.0))))
    await log.commit(commit("c2", reminders=(reminder(due_at=80.0),)))
    due = await reminders.claim_due(100.0, until=200.0, limit=10)
    assert [(r.conversation_id, r.due_at) for r in due] == [("c1", 70.0), ("c2", 80.0)]


async def test_reminders_without_a_name_do_not_replace_each_other(log, reminders):
    await log.commit(commit(reminders=(reminder(""), reminder(""))))
    assert len(await reminders.claim_due(100.0, until=200.0, limit=10)) == 2


@pytest.mark.parametrize(
    ("cancelled", "left"),
    [
        (CancelReminders(), []),
        (CancelReminders(name="a"), ["b", "c"]),
        (CancelReminders(intent="other"), ["a", "c"]),
        (CancelReminders(entities='[{"x":1}]'), ["a", "b"]),
        (CancelReminders(name="a", intent="other"), ["a", "b", "c"]),
        (CancelReminders(name="b", intent="other", entities="[]"), ["a", "c"]),
    ],
)
async def test_reminders_are_cancelled_by_what_is_given(log, reminders, cancelled, left):
    await log.commit(
        commit(
            reminders=(
                reminder("a", body="a"),
                reminder("b", intent="other", body="b"),
                reminder("c", entities='[{"x":1}]', body="c"),
            )
        )
    )
    await log.commit(commit("c2", reminders=(reminder("a", body="not mine"),)))
    await log.commit(commit(version=1, reminders=(cancelled,)))
    due = await reminders.claim_due(100.0, until=200.0, limit=10)
    assert [r.body for r in due if r.conversation_id == "c1"] == left
    assert len(due) == len(left) + 1


async def test_changes_of_reminders_are_taken_in_order(log, reminders):
    changes = (reminder("a"), CancelReminders(), reminder("b", body="kept"))
    await log.commit(commit(reminders=changes))
    assert [r.body for r in await reminders.claim_due(99.0, until=200.0, limit=9)] == ["kept"]


async def test_a_reminder_is_gone_with_the_commit_that_acts_on_it(log, reminders):
    await log.commit(commit(reminders=(reminder(),)))
    (due,) = await reminders.claim_due(100.0, until=150.0, limit=10)
    await log.commit(commit(version=1, entries=(entry(),), finished_reminder=due.id))
    assert await reminders.next_due() is None


async def test_a_dropped_reminder_is_gone(log, reminders):
    await log.commit(commit(reminders=(reminder(),)))
    (due,) = await reminders.claim_due(100.0, until=150.0, limit=10)
    await reminders.drop(due.id)
    await reminders.drop(due.id)
    assert await reminders.next_due() is None


async def test_the_store_says_that_it_works(storage):
    await storage.check()
    assert storage.description
