"""The desk while customers merge, part, get another id, or have deleted what they said."""

from dataclasses import replace

import pytest

from kefu.customers.changes import Rename
from kefu.desk.changes import ChangeReview, ChangeSession, Tell
from kefu.errors import Conflict
from tests.contract.customers import World as Customers
from tests.contract.desk import EVERYBODY, NOW, World, claim


@pytest.fixture
def world(storage):
    return World(storage)


@pytest.fixture
def desk(storage):
    return storage.desk


@pytest.fixture
def customers(storage):
    return Customers(storage)


async def merge(customers, *addresses):
    """Let the addresses turn out to be one customer's; return the merge."""
    for address in addresses:
        await customers.identify(address, "unionid", "x")
    shown = await customers.views.at(addresses[0])
    merges = await customers.views.merges(shown["customer_id"])
    return merges[0]


async def rows_told(desk, after=0):
    return [event.subject for event in await desk.events(after=after) if event.kind == "row"]


async def test_of_two_open_sessions_that_of_the_kept_conversation_goes_on(world, desk, customers):
    await world.hire("lin", "wu")
    await world.talked("web-a", at=NOW - 9)  # the older one is kept
    kept = await world.served("web-a")
    gone = await world.served("wechat-b", "a_wu", due_at=NOW + 5, unanswered_since=NOW)
    await world.reviewed("wechat-b")
    _, before = await desk.ends()
    await merge(customers, "web-a", "wechat-b")
    assert await desk.open_session("web-a") == kept
    closed = await desk.session(gone.session_id)
    assert (closed.state, closed.closed_by, closed.version) == ("closed", "merged", 3)
    assert (closed.due_at, closed.unanswered_since) == (None, None)
    assert closed.closed_at is not None
    assert [agent.open for agent in await desk.agents()] == [1, 0]
    review = await desk.review("r1")
    assert (review.state, review.decided_at) == ("superseded", closed.closed_at)
    assert await rows_told(desk, before) == ["wechat-b", "web-a"]
    events = await desk.events(after=before)
    assert ("review", "r1") in {(event.kind, event.subject) for event in events}
    assert [event.position for event in events] == list(range(before + 1, before + 4))
    assert await world.listed() == ["web-a"]
    assert await desk.row("wechat-b") is None
    assert await desk.recount() == {}
    with pytest.raises(Conflict, match=gone.session_id):
        await desk.apply([ChangeSession(gone)])


async def test_who_waits_twice_waits_once(world, desk, customers):
    await world.talked("web-a", at=NOW - 9)
    await world.waits("web-a")
    await world.waits("wechat-b")
    await merge(customers, "web-a", "wechat-b")
    assert [one.conversation_id for one in await desk.waiting()] == ["web-a"]
    assert await world.listed(view="waiting") == ["web-a"]
    assert await world.listed(view="closed") == []


@pytest.mark.parametrize("state", ["waiting", "assigned"])
async def test_a_session_moves_to_a_kept_conversation_that_has_none(world, desk, customers, state):
    await world.hire("lin")
    await world.talked("web-a", at=NOW - 9)
    await world.finished("web-a", name="earlier", at=NOW + 1)
    waiting = await world.waits("wechat-b", labels=("vip",), read_seq=3)
    if state == "assigned":
        await desk.apply(claim(waiting, "a_lin"))
    session = await desk.session(waiting.session_id)
    # The bot has both again, as after an adapter of another desk: only the sessions tell.
    await world.commit("wechat-b", kinds=(), owner="bot")
    unanswered = await world.say("wechat-b", NOW + 9)
    end = (await desk.row("web-a")).last_seq
    await merge(customers, "web-a", "wechat-b")
    moved = await desk.session(session.session_id)
    assert (moved.conversation_id, moved.state) == ("web-a", state)
    assert moved.version == session.version + 1
    assert moved.agent_id == session.agent_id
    assert await desk.open_session("wechat-b") is None
    owner = {"waiting": "queue", "assigned": "agent"}[state]
    assert await world.owner("web-a") == owner
    assert await world.owner("wechat-b") == "bot"
    row = await desk.row("web-a")
    assert (row.session, row.unread) == (moved, 1)
    assert moved.read_seq > end
    assert unanswered.seq
    assert await world.listed(label="vip") == ["web-a"]
    assert await desk.recount() == {}


async def test_sessions_that_are_over_stay_where_they_were(world, desk, customers):
    await world.hire("lin")
    await world.talked("web-a", at=NOW - 9)
    over = await world.finished("wechat-b")
    await world.reviewed("wechat-b")
    review = await desk.review("r1")
    await desk.apply([ChangeReview(replace(review, state="approved", decided_at=NOW))])
    found = await merge(customers, "web-a", "wechat-b")
    assert await desk.sessions_of("wechat-b") == [over]
    assert (await desk.review("r1")).state == "approved"
    await customers.customers.undo(found["merge_id"])
    assert sorted(await world.listed()) == ["web-a", "wechat-b"]
    assert await world.listed(view="closed") == ["wechat-b"]


async def test_sessions_and_reviews_follow_a_conversation_that_is_renamed(world, desk, storage):
    await world.hire("lin")
    await world.finished("web-a", name="first")
    session = await world.waits("web-a", name="second", opened_at=NOW + 20)
    await world.reviewed("web-a")
    _, before = await desk.ends()
    await storage.customers.apply([Rename("web-a", "customer-1")])
    names = [one.session_id for one in await desk.sessions_of("customer-1")]
    assert names == ["second", "first"]
    assert await desk.sessions_of("web-a") == []
    assert (await desk.open_session("customer-1")).version == session.version + 1
    assert (await desk.open_review("customer-1")).review_id == "r1"
    assert await desk.open_review("web-a") is None
    assert await rows_told(desk, before) == ["web-a", "customer-1"]
    assert await world.listed(view="waiting") == ["customer-1"]
    with pytest.raises(Conflict):
        await desk.apply([ChangeSession(session)])


async def test_what_was_said_is_erased_at_the_desk_too(world, desk, customers):
    await world.hire("lin")
    said = {
        "detail": "secret",
        "summary": {"asked": "secret"},
        "wrap_up": {"code": "solved", "comment": "secret"},
        "rating": {"score": 2, "comment": "secret"},
    }
    await world.finished("web-a", name="first", **said)
    session = await world.waits("web-a", name="second", opened_at=NOW + 20, **said)
    await world.reviewed("web-a", question="secret", draft={"text": "secret"}, text="secret")
    await world.waits("web-b", name="other", detail="kept")
    await desk.apply(
        [
            Tell(kind="row", subject="web-a", data={"preview": "secret"}, at=NOW),
            Tell(kind="review", subject="r1", data={"draft": "secret"}, at=NOW),
            Tell(kind="row", subject="web-b", data={"preview": "kept"}, at=NOW),
        ]
    )
    await customers.identify("web-a", "user", "u1")
    await customers.customers.forget("web-a", ["messages"])
    sessions = await desk.sessions_of("web-a")
    assert "secret" not in repr(sessions)
    assert [one.wrap_up for one in sessions] == [{"code": "solved"}] * 2
    assert [one.rating for one in sessions] == [{"score": 2}] * 2
    assert "secret" not in repr(await desk.review("r1"))
    events = await desk.events(after=0)
    assert "secret" not in repr(events)
    assert {"preview": "kept"} in [event.data for event in events]
    row = await desk.row("web-a")
    assert (row.last, row.unread) == (None, 0)
    assert (await desk.session("other")).detail == "kept"
    assert (await rows_told(desk))[-1] == "web-a"
    with pytest.raises(Conflict, match="second"):  # nobody writes it back
        await desk.apply([ChangeSession(session)])
    assert await world.listed(view="waiting", reach=EVERYBODY) == ["web-b", "web-a"]
