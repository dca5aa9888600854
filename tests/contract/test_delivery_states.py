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
    await deliveries.mark_sent(done.delivery_ids, at=5.0, reference="r1")
    assert await deliveries.report("other", "r1", "read", reason=None, at=6.0) is None
    moved = await deliveries.report("push", "r1", "delivered", reason=None, at=6.0)
    assert (moved.state, moved.settled_at, moved.id) == ("delivered", 6.0, done.delivery_ids[0])
    moved = await deliveries.report("push", "r1", "read", reason=None, at=7.0)
    assert moved.state == "read"
    assert await deliveries.report("push", "r1", "delivered", reason=None, at=8.0) is None
    assert await deliveries.report("push", "r1", "failed", reason="x", at=8.0) is None


async def test_a_channel_reports_a_failure_with_its_reason(log, deliveries):
    done = await log.commit(commit(deliveries=(pending(),)))
    await deliveries.mark_sent(done.delivery_ids, at=5.0, reference="r1")
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
