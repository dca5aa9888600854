"""How far deliveries get, in every store."""

import pytest

from kefu.gateway.records import NewDelivery
from tests.contract.test_conversation_log import arrival, commit, entry


def pending(body="x", **more):
    return NewDelivery(channel=more.pop("channel", "push"), body=body, state="pending", **more)


@pytest.fixture
def deliveries(storage):
    return storage.stores.deliveries


async def test_a_delivery_knows_whom_it_is_for_and_what_it_says(log, deliveries):
    await log.receive(arrival())
    new = (pending("a", recipient="王", entry=0), pending("b"))
    done = await log.commit(commit(answers=1, entries=(entry(), entry()), deliveries=new))
    first, second = await deliveries.of_message("c1", 1)
    assert (first.recipient, first.seq, first.created_at) == ("王", 2, 101.0)
    assert (second.recipient, second.seq, second.settled_at) == ("", 3, None)
    assert await deliveries.find(done.delivery_ids[1]) == second
    assert await deliveries.find(10**9) is None


async def test_reports_move_a_delivery_on_and_never_back(log, deliveries):
    done = await log.commit(commit(deliveries=(pending(),)))
    assert await deliveries.report("push", "r1", "read", reason=None, at=1.0) is None
    await deliveries.mark_sent(dict.fromkeys(done.delivery_ids, "r1"), at=5.0)
    assert await deliveries.report("other", "r1", "read", reason=None, at=6.0) is None
    moved = await deliveries.report("push", "r1", "delivered", reason=None, at=6.0)
    assert (moved.state, moved.settled_at, moved.id) == ("delivered", 6.0, done.delivery_ids[0])
    moved = await deliveries.report("push", "r1", "read", reason=None, at=7.0)
    assert moved.state == "read"
    assert await deliveries.report("push", "r1", "delivered", reason=None, at=8.0) is None
    assert await deliveries.report("push", "r1", "failed", reason="x", at=8.0) is None


async def test_a_report_before_its_reference_is_stored_counts_when_it_is(log, deliveries):
    done = await log.commit(commit(deliveries=(pending("a"), pending("b"))))
    early = (("r1", "read", 6.0), ("r1", "delivered", 5.0), ("r2", "failed", 7.0))
    for reference, state, at in early:
        assert await deliveries.report("push", reference, state, reason="拒收", at=at) is None
    assert await deliveries.report("push", "r1", "read", reason=None, at=8.0) is None
    assert await deliveries.settle_early_reports(since=0.0, limit=9) == []
    await deliveries.mark_sent(dict(zip(done.delivery_ids, ("r1", "r2"), strict=True)), at=9.0)
    moved = await deliveries.settle_early_reports(since=0.0, limit=9)
    assert [(d.body, d.state, d.settled_at) for d in moved] == [
        ("a", "delivered", 5.0),
        ("a", "read", 6.0),
        ("b", "failed", 7.0),
    ]
    assert (await deliveries.find(done.delivery_ids[1])).error == "拒收"
    assert await deliveries.settle_early_reports(since=0.0, limit=9) == []


async def test_early_reports_of_what_nobody_sent_are_dropped(log, deliveries):
    done = await log.commit(commit(deliveries=(pending(),)))
    await deliveries.report("push", "old", "read", reason=None, at=5.0)
    await deliveries.report("push", "new", "read", reason=None, at=50.0)
    assert await deliveries.settle_early_reports(since=10.0, limit=9) == []
    await deliveries.mark_sent(dict.fromkeys(done.delivery_ids, "old"), at=60.0)
    assert await deliveries.settle_early_reports(since=10.0, limit=9) == []
    assert (await deliveries.find(done.delivery_ids[0])).state == "sent"


async def test_messages_answered_together_have_the_same_replies(log, deliveries):
    for number in range(3):
        await log.receive(arrival(message_id=f"m{number}"))
    await log.commit(commit(answers=3, together=(1, 2), deliveries=(pending("a"),)))
    found = [await deliveries.of_message("c1", seq) for seq in (1, 2, 3)]
    assert [[d.body for d in of_one] for of_one in found] == [["a"]] * 3


async def test_nobody_tells_on_rest_what_was_seen(log, deliveries):
    fetched = NewDelivery(channel="rest", body="x", state="sent")
    await log.commit(commit(entries=(entry(),), deliveries=(fetched,)))
    assert await deliveries.seen("c1", up_to=9, state="read", channel="rest", at=1.0) == 0


async def test_a_channel_reports_a_failure_with_its_reason(log, deliveries):
    done = await log.commit(commit(deliveries=(pending(),)))
    await deliveries.mark_sent(dict.fromkeys(done.delivery_ids, "r1"), at=5.0)
    failed = await deliveries.report("push", "r1", "failed", reason="拒收", at=9.0)
    assert (failed.state, failed.error) == ("failed", "拒收")


async def test_what_is_seen_is_everything_up_to_a_place(log, deliveries):
    shown = NewDelivery(channel="web", body="x", state="sent")
    for version in range(3):
        await log.commit(commit(version=version, entries=(entry(),), deliveries=(shown,)))
    await log.commit(
        commit(version=3, entries=(entry(),), deliveries=(pending(), pending(channel="web")))
    )
    seen = {"state": "delivered", "channel": "web", "at": 1.0}
    assert await deliveries.seen("c1", up_to=2, **seen) == 2
    assert await deliveries.seen("c1", up_to=2, **seen) == 0
    assert await deliveries.seen("c1", up_to=4, **(seen | {"state": "read"})) == 3
    assert await deliveries.seen("c1", up_to=4, **seen) == 0
    assert await deliveries.seen("nobody", up_to=4, **seen) == 0
    states = [d.state for d in await deliveries.of_message("c1", 0)]
    assert states == ["read", "read", "read", "pending", "pending"]


async def test_what_is_held_waits_for_its_release_with_all_behind_it(log, deliveries):
    done = await log.commit(commit(deliveries=(pending("a"), pending("b"))))
    await log.commit(commit("c2", deliveries=(pending("elsewhere"),)))
    await deliveries.hold(done.delivery_ids[0], error="48 hours are over")
    claimed = await deliveries.claim_due(1e9, until=1e9 + 1, limit=10)
    assert [d.body for d in claimed] == ["elsewhere"]
    held = await deliveries.find(done.delivery_ids[0])
    assert (held.state, held.attempts, held.error) == ("pending", 0, "48 hours are over")
    assert await deliveries.release("c2", at=2e9) == 0
    assert await deliveries.release("c1", at=2e9) == 2
    claimed = await deliveries.claim_due(2e9, until=2e9 + 1, limit=10)
    assert [d.body for d in claimed] == ["a", "b", "elsewhere"]


async def test_what_was_given_up_is_listed_and_can_be_sent_again(log, deliveries):
    done = await log.commit(commit(deliveries=tuple(pending(str(n)) for n in range(4))))
    for number in done.delivery_ids[:3]:
        await deliveries.mark_failed(number, error="no", retry_at=None, at=8.0)
    listed = await deliveries.listed("failed", limit=2)
    assert [(d.body, d.settled_at) for d in listed] == [("0", 8.0), ("1", 8.0)]
    rest = await deliveries.listed("failed", after=listed[-1].id)
    assert [d.body for d in rest] == ["2"]
    assert len(await deliveries.listed(None)) == 4
    assert [d.body for d in await deliveries.listed("pending")] == ["3"]
    assert await deliveries.send_again(done.delivery_ids[0], at=20.0)
    assert not await deliveries.send_again(done.delivery_ids[0], at=20.0)
    assert not await deliveries.send_again(10**9, at=20.0)
    again = await deliveries.find(done.delivery_ids[0])
    assert (again.state, again.attempts, again.error, again.retry_at) == ("pending", 0, None, 20.0)


async def test_what_waits_on_one_channel_holds_up_nothing_on_another(log, deliveries):
    held = await log.commit(commit(deliveries=(pending("a"),)))
    await deliveries.hold(held.delivery_ids[0], error="no quota")
    done = await log.commit(commit(version=1, deliveries=(pending("b", channel="other"),)))
    assert done.pending_before == ()
    again = await log.commit(commit(version=2, deliveries=(pending("c"),)))
    assert again.pending_before == held.delivery_ids
    due = await deliveries.claim_due(200.0, until=300.0, limit=9)
    assert [d.body for d in due] == ["b"]
    await deliveries.mark_failed(due[0].id, error="down", retry_at=400.0, at=200.0)
    assert await deliveries.release("c1", at=250.0) == 2
    assert [d.body for d in await deliveries.claim_due(300.0, until=350.0, limit=9)] == ["a", "c"]
    assert (await deliveries.find(due[0].id)).retry_at == 400.0


async def test_what_became_of_a_stretch_of_a_log_is_found(log, deliveries):
    for version in range(4):
        said = (entry(), entry())
        await log.commit(commit(version=version, entries=said, deliveries=(pending(str(version)),)))
    await log.commit(commit("other", entries=(entry(),), deliveries=(pending("x"),)))
    found = await deliveries.between("c1", first=3, last=6)
    assert [(d.seq, d.body) for d in found] == [(4, "1"), (6, "2")]
    assert list(await deliveries.between("c1", first=9, last=99)) == []
    assert list(await deliveries.between("nobody", first=1, last=9)) == []
