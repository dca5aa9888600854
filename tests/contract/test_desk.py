"""The desk's steps, what conflicts, and what is read back, on every store."""

import json
from dataclasses import replace

import pytest

from kefu.desk.changes import (
    AddReview,
    AddSession,
    ChangeAgent,
    ChangeReview,
    ChangeSession,
    FreeSlot,
    Line,
    NoteLines,
    SetOwner,
    TakeSlot,
    Tell,
)
from kefu.errors import Conflict
from kefu.storage.memory import open_memory
from kefu.storage.sql import open_sql
from tests.contract.desk import (
    NOW,
    World,
    a_line,
    a_review,
    a_session,
    an_agent,
    an_interval,
    claim,
    closing,
    to_queue,
)


@pytest.fixture
def world(storage):
    return World(storage)


@pytest.fixture
def desk(storage):
    return storage.desk


A_FULL_SESSION = a_session(
    version=1,
    opened_by="customer",
    reason="asked",
    detail="想找人",
    summary={"asked": "退货", "slots": {"order": "1"}, "confidence": 0.5},
    channel="web",
    language="zh",
    tier=2,
    skills=("refund", "english"),
    group_id="g1",
    last_agent_id="a_wu",
    priority=-1,
    is_first_in_line=True,
    mark="overflow",
    not_to=("a_lin",),
    agent_id="a_wu",
    assigned_at=NOW + 1,
    first_assigned_at=NOW + 0.5,
    first_answer_at=NOW + 2,
    unanswered_since=NOW + 3,
    read_seq=7,
    snoozed_until=NOW + 100,
    invited=("a_zhao", "a_lin"),
    labels=("急", "vip"),
    due_at=NOW + 50,
    closed_at=NOW + 60,
    closed_by="a_wu",
    wrap_up={"code": "solved", "comment": "好"},
    rating={"score": 5, "comment": "谢谢", "nps": 9},
    rating_id="rating-1",
)


# -- sessions ------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["waiting", "assigned", "closed"])
async def test_a_session_comes_back_as_it_was(desk, state):
    session = replace(A_FULL_SESSION, state=state)
    await desk.apply([AddSession(session)])
    assert await desk.session("s1") == session
    assert await desk.open_session("web-a") == (None if state == "closed" else session)
    bare = a_session(version=1, waiting_since=None, state=state)
    await desk.apply([ChangeSession(bare)])
    assert await desk.session("s1") == replace(bare, version=2)
    assert await desk.session("nobody's") is None


async def test_a_conversation_has_one_session_that_is_not_closed(desk):
    await desk.apply([AddSession(a_session("s1"))])
    with pytest.raises(Conflict, match="web-a"):
        await desk.apply([AddSession(a_session("s2"))])
    closed = replace(a_session("s1"), state="closed", closed_at=NOW)
    await desk.apply([ChangeSession(closed)])
    await desk.apply([AddSession(a_session("s2", opened_at=NOW + 1))])
    with pytest.raises(Conflict, match="s1"):  # it may not be opened again beside the other
        await desk.apply([ChangeSession(replace(closed, version=2, state="waiting"))])
    with pytest.raises(Conflict):
        await desk.apply([AddSession(a_session("s1", "web-b"))])
    assert (await desk.open_session("web-a")).session_id == "s2"
    assert [one.session_id for one in await desk.sessions_of("web-a")] == ["s2", "s1"]
    assert [one.session_id for one in await desk.sessions_of("web-a", before=NOW + 1)] == ["s1"]
    assert [one.session_id for one in await desk.sessions_of("web-a", limit=1)] == ["s2"]


async def test_a_change_names_the_version_that_it_is_based_on(desk):
    session = a_session()
    await desk.apply([AddSession(session)])
    await desk.apply([ChangeSession(replace(session, priority=1))])
    with pytest.raises(Conflict, match="session 's1'"):
        await desk.apply([ChangeSession(replace(session, priority=2))])
    with pytest.raises(Conflict, match="session 's9'"):
        await desk.apply([ChangeSession(a_session("s9"))])
    assert (await desk.session("s1")).priority == 1


async def test_sessions_are_found_by_what_they_wait_for(world, desk):
    for place, name in enumerate(("web-c", "web-a", "web-b")):
        await world.waits(name, waiting_since=NOW - place, due_at=NOW + 10 * place)
    await world.hire("lin")
    first = await desk.session("s-web-a")
    await desk.apply(claim(first, "a_lin"))
    assert [one.conversation_id for one in await desk.waiting()] == ["web-b", "web-c"]
    assert [one.conversation_id for one in await desk.sessions_with("a_lin")] == ["web-a"]
    assert await desk.sessions_with("a_wu") == []
    due = await desk.due(NOW + 15)
    assert [one.conversation_id for one in due] == ["web-c", "web-a"]
    assert [one.conversation_id for one in await desk.due(NOW + 99, limit=1)] == ["web-c"]
    assert await desk.next_due() == NOW
    await world.reviewed("web-d", deadline=NOW - 5)
    assert await desk.next_due() == NOW - 5


async def test_nothing_is_due_at_an_empty_desk(desk):
    assert await desk.next_due() is None
    assert await desk.due(NOW) == []
    assert await desk.recount() == {}
    assert await desk.ends() == (0, 0)
    assert await desk.events(after=0) == []
    assert await desk.drop_events(before=NOW) == 0


async def test_how_long_sessions_took_is_known_of_those_that_had_an_agent(world, desk):
    await world.hire("lin")
    for number, name in enumerate(("web-a", "web-b", "web-c")):
        await world.finished(name, at=NOW + 100 + number, group_id="g1", opened_at=NOW - 7)
    never = await world.waits("web-d")
    await desk.apply([ChangeSession(replace(never, state="closed", closed_at=NOW + 101))])
    found = await desk.handlings(since=NOW + 101)
    assert [(one.closed_at, one.waited, one.group_id) for one in found] == [
        (NOW + 102, 7.0, "g1"),
        (NOW + 101, 7.0, "g1"),
    ]
    assert len(await desk.handlings(since=0, limit=2)) == 2


# -- owners and lines ----------------------------------------------------------------------


async def test_an_owner_is_set_with_lines_in_the_log(world, desk):
    await world.talked("web-a")
    before = await world.storage.stores.conversations.head("web-a")
    waiting = await world.say("web-a", NOW + 1)
    lines = (a_line(n=1), Line(kind="resume", body='{"event":"resume"}'))
    applied = await desk.apply([to_queue(lines=lines, at=NOW + 2)])
    assert applied.last_seqs == {"web-a": before.last_seq + 3}
    assert applied.position == 0
    stored = await world.log.load("web-a")
    assert (stored.head.owner, stored.head.version) == ("queue", before.version + 1)
    assert stored.head.answered_seq < stored.head.last_message_seq == waiting.seq
    assert [(one.seq, one.kind, one.body) for one in stored.entries[-2:]] == [
        (before.last_seq + 2 + n, line.kind, line.body) for n, line in enumerate(lines)
    ]
    row = await desk.row("web-a")
    assert row.changed_at == NOW + 2


async def test_an_owner_is_set_only_from_those_that_are_expected(world, desk):
    await world.talked("web-a")
    with pytest.raises(Conflict, match="'web-a' is owned by 'bot'"):
        await desk.apply([to_queue(expected=frozenset({"queue", "agent"}))])
    with pytest.raises(Conflict, match="'web-b' is not there"):
        await desk.apply([to_queue("web-b")])
    assert await world.owner() == "bot"
    await desk.apply([to_queue(), to_queue(owner="agent", expected=frozenset({"queue"}))])
    assert await world.owner() == "agent"
    applied = await desk.apply([to_queue(owner="bot", expected=frozenset({"agent"}), lines=())])
    assert await world.owner() == "bot"
    assert applied.last_seqs == {"web-a": (await desk.row("web-a")).last_seq}


async def test_a_turn_of_the_bot_that_is_late_finds_another_version(world, desk):
    await world.talked("web-a")
    waiting = await world.say("web-a")
    await desk.apply([to_queue()])
    from kefu.gateway.records import Commit

    late = Commit(
        conversation_id="web-a",
        expected_version=waiting.head.version,
        owner="bot",
        timestamp=NOW,
        answers=waiting.seq,
    )
    with pytest.raises(Conflict):
        await world.log.commit(late)


async def test_lines_are_noted_whatever_the_version(world, desk):
    await world.talked("web-a")
    before = await world.storage.stores.conversations.head("web-a")
    applied = await desk.apply([NoteLines("web-a", (a_line(n=1), a_line(n=2)), NOW + 3)])
    after = await world.storage.stores.conversations.head("web-a")
    assert (after.version, after.last_seq) == (before.version, before.last_seq + 2)
    assert applied.last_seqs == {"web-a": after.last_seq}
    assert (await desk.row("web-a")).changed_at == NOW
    applied = await desk.apply([NoteLines("web-new", (a_line(),), NOW)])
    assert applied.last_seqs == {"web-new": 1}
    await world.storage.stores.conversations.redirect("web-x", "web-a")
    applied = await desk.apply([NoteLines("web-x", (a_line(),), NOW)])
    assert applied.last_seqs == dict.fromkeys(("web-x", "web-a"), after.last_seq + 1)


@pytest.mark.parametrize("kind", ["memory", "sqlite", "postgresql"])
async def test_a_feed_is_given_what_the_desk_appends(kind, tmp_path, request):
    if kind == "memory":
        storage = open_memory(feeds=("broker",))
    elif kind == "sqlite":
        storage = await open_sql(tmp_path / "kefu.db", feeds=("broker",))
    else:
        url = request.getfixturevalue("new_postgres_database")
        storage = await open_sql(url, feeds=("broker",))
    world = World(storage)
    await world.talked("web-a")
    fed = await storage.unfed.count("broker")
    await storage.desk.apply([to_queue()])
    await storage.desk.apply([NoteLines("web-a", (a_line(),), NOW)])
    assert await storage.unfed.count("broker") == fed + 1
    event = Line(kind="agent", body='{"event":"agent"}')
    await storage.desk.apply([NoteLines("web-a", (event, a_line()), NOW)])
    assert await storage.unfed.count("broker") == fed + 2
    await storage.close()


# -- agents --------------------------------------------------------------------------------


async def test_an_agent_comes_back_as_they_were(desk):
    agent = an_agent(
        avatar="/a.png",
        staff_number="1001",
        languages=frozenset({"zh", "en"}),
        skills={"refund": 3},
        groups=frozenset({"g1", "g2"}),
        max_sessions=7,
        is_active=False,
        status="busy",
        status_reason="午饭",
        status_since=NOW,
        connected_until=NOW + 30,
        is_connected=True,
        is_accepting=False,
        idle_since=NOW - 3,
    )
    await desk.apply([ChangeAgent(agent)])
    assert await desk.agent("a_lin") == replace(agent, version=1)
    await desk.apply([ChangeAgent(replace(an_agent(), version=1, idle_since=NOW))])
    assert await desk.agent("a_lin") == replace(an_agent(), version=2, idle_since=NOW)
    assert await desk.agent("a_nobody") is None


async def test_an_agent_is_changed_at_the_version_that_is_named(desk):
    await desk.apply([ChangeAgent(an_agent())])
    for version in (0, 2):
        with pytest.raises(Conflict, match="agent 'a_lin'"):
            await desk.apply([ChangeAgent(an_agent(version=version))])
    with pytest.raises(Conflict, match="agent 'a_wu'"):
        await desk.apply([ChangeAgent(an_agent("wu", version=1))])


async def test_agents_come_by_name(world, desk):
    await world.hire("wu", "lin", "zhao")
    assert [agent.name for agent in await desk.agents()] == ["lin", "wu", "zhao"]


async def test_places_are_taken_up_to_the_limit_by_who_accepts(world, desk):
    await world.hire("lin")
    await desk.apply([TakeSlot("a_lin", NOW + 1)])
    await desk.apply([TakeSlot("a_lin", NOW + 2)])
    with pytest.raises(Conflict, match="agent 'a_lin'"):
        await desk.apply([TakeSlot("a_lin", NOW + 3)])
    agent = await desk.agent("a_lin")
    assert (agent.open, agent.idle_since, agent.version) == (2, NOW + 2, 1)
    await desk.apply([FreeSlot("a_lin")])
    await desk.apply([ChangeAgent(replace(agent, is_accepting=False, idle_since=0.0, open=9))])
    agent = await desk.agent("a_lin")
    assert (agent.open, agent.idle_since) == (1, NOW + 2)
    with pytest.raises(Conflict, match="agent 'a_lin'"):
        await desk.apply([TakeSlot("a_lin", NOW + 4)])
    await desk.apply([TakeSlot("a_lin", NOW + 4, needs="place")])
    with pytest.raises(Conflict, match="agent 'a_lin'"):
        await desk.apply([TakeSlot("a_lin", NOW + 5, needs="place")])
    for _ in range(3):
        await desk.apply([TakeSlot("a_lin", NOW + 5, needs="nothing")])
    assert (await desk.agent("a_lin")).open == 5
    for needs in ("acceptance", "place", "nothing"):
        with pytest.raises(Conflict, match="a_nobody"):
            await desk.apply([TakeSlot("a_nobody", NOW, needs=needs)])


async def test_no_agent_has_less_than_no_session(world, desk):
    await world.hire("lin")
    await desk.apply([FreeSlot("a_lin"), FreeSlot("a_nobody")])
    assert (await desk.agent("a_lin")).open == 0


async def test_who_is_heard_of_stays_connected(world, desk):
    await world.hire("lin", connected_until=NOW)
    await world.hire("wu", connected_until=NOW + 90)
    await desk.keep_connected(["a_wu", "a_lin", "a_nobody"], until=NOW + 60)
    await desk.keep_connected([], until=NOW + 60)
    assert [agent.connected_until for agent in await desk.agents()] == [NOW + 60, NOW + 90]
    assert [agent.version for agent in await desk.agents()] == [1, 1]


async def test_presence_is_kept_in_stretches_without_gaps(desk):
    first = an_interval(begun=NOW, reason="")
    await desk.apply([ChangeAgent(an_agent(), first)])
    second = an_interval(begun=NOW + 10, status="away", reason="午饭", is_accepting=False)
    await desk.apply([ChangeAgent(an_agent(version=1, status="away"), second)])
    await desk.apply([ChangeAgent(an_agent("wu"), an_interval("wu", NOW + 1))])
    await desk.apply([ChangeAgent(an_agent(version=2))])  # says nothing of presence
    ended = replace(first, ended_at=NOW + 10)
    assert await desk.intervals("a_lin", since=0, until=NOW + 99) == [ended, second]
    assert await desk.intervals("a_lin", since=NOW + 10, until=NOW + 99) == [second]
    assert await desk.intervals("a_lin", since=NOW, until=NOW + 10) == [ended]
    assert await desk.intervals("a_lin", since=0, until=NOW) == []


async def test_numbers_that_are_wrong_are_set_right(world, desk):
    await world.hire("lin", "wu", "zhao")
    await world.served("web-a")
    await world.served("web-b", "a_wu")
    await world.finished("web-c", "a_wu")
    await desk.apply([TakeSlot("a_lin", NOW), FreeSlot("a_wu")])
    assert await desk.recount() == {"a_lin": (2, 1), "a_wu": (0, 1)}
    assert await desk.recount() == {}
    assert [agent.open for agent in await desk.agents()] == [1, 1, 0]


# -- reviews -------------------------------------------------------------------------------


async def test_a_review_comes_back_as_it_was(desk):
    review = a_review(
        channel="web",
        language="zh",
        skills=("refund",),
        group_id="g1",
        intent="ask_price",
        draft={"text": "十元"},
        parts={"intent": 0.8, "answer": 0.9, "policy": 1.0},
        by_itself="handover",
        claimed_by="a_lin",
        claimed_until=NOW + 9,
    )
    await desk.apply([AddReview(review)])
    assert await desk.review("r1") == await desk.open_review("web-a") == review
    decided = replace(review, state="edited", text="九元", decided_by="a_lin", decided_at=NOW + 5)
    await desk.apply([ChangeReview(decided)])
    assert await desk.review("r1") == replace(decided, version=2)
    assert await desk.open_review("web-a") is None
    assert await desk.review("r9") is None
    with pytest.raises(Conflict, match="review 'r1'"):
        await desk.apply([ChangeReview(decided)])


async def test_a_conversation_has_one_review_that_is_open(world, desk):
    review = await world.reviewed()
    with pytest.raises(Conflict, match="web-a"):
        await world.reviewed(name="r2")
    with pytest.raises(Conflict):
        await world.reviewed("web-b", name="r1")
    await desk.apply([ChangeReview(replace(review, state="discarded", decided_at=NOW))])
    await world.reviewed(name="r2")
    assert (await desk.open_review("web-a")).review_id == "r2"


async def test_reviews_come_in_the_order_of_their_deadlines(world, desk):
    for number, deadline in enumerate((30, 10, 20)):
        await world.reviewed(f"web-{number}", f"r{number}", deadline=NOW + deadline)
    assert [one.review_id for one in await desk.reviews(is_open=True)] == ["r1", "r2", "r0"]
    assert [one.review_id for one in await desk.overdue(NOW + 20)] == ["r1", "r2"]
    assert [one.review_id for one in await desk.overdue(NOW + 20, limit=1)] == ["r1"]
    for review in await desk.reviews(is_open=True):
        decided = replace(review, state="approved", decided_at=review.deadline)
        await desk.apply([ChangeReview(decided)])
    assert await desk.reviews(is_open=True) == []
    found = await desk.reviews(is_open=False, limit=2)
    assert [one.review_id for one in found] == ["r0", "r2"]
    found = await desk.reviews(is_open=False, before=NOW + 20)
    assert [one.review_id for one in found] == ["r1"]


# -- the feed ------------------------------------------------------------------------------


async def test_what_is_told_comes_in_order(desk):
    tells = [
        Tell(kind="row", subject=f"web-{n}", to="a_lin" * (n % 2), data={"n": n}, at=NOW + n)
        for n in range(5)
    ]
    first = await desk.apply(tells[:2])
    second = await desk.apply(tells[2:])
    assert (first.position, second.position) == (2, 5)
    events = await desk.events(after=0)
    assert [event.position for event in events] == [1, 2, 3, 4, 5]
    assert [(e.kind, e.subject, e.to, dict(e.data), e.at) for e in events] == [
        (t.kind, t.subject, t.to, dict(t.data), t.at) for t in tells
    ]
    assert await desk.events(after=2, limit=2) == events[2:4]
    assert await desk.events(after=5) == []
    assert await desk.ends() == (1, 5)


async def test_old_events_go_and_positions_go_on(desk):
    times = (NOW, NOW + 2, NOW + 1, NOW + 3)  # clocks differ
    for at in times:
        await desk.apply([Tell(kind="row", at=at)])
    assert await desk.drop_events(before=NOW + 2) == 1
    assert await desk.ends() == (2, 4)  # the third stays: the second does
    assert [event.position for event in await desk.events(after=0)] == [2, 3, 4]
    assert await desk.drop_events(before=NOW + 9) == 3
    assert await desk.ends() == (5, 4)
    assert await desk.drop_events(before=NOW + 9) == 0
    assert (await desk.apply([Tell(kind="row", at=NOW)])).position == 5
    assert await desk.ends() == (5, 5)


# -- all or nothing ------------------------------------------------------------------------


async def test_a_conflict_undoes_everything(world, desk):
    await world.hire("lin", max_sessions=0)
    session = await world.waits("web-a", labels=("x",))
    history = await world.log.history("web-a")
    changed = claim(session, "a_lin", labels=("y",), invited=("a_wu",))
    with pytest.raises(Conflict, match="a_lin"):
        await desk.apply(
            [
                Tell(kind="row", at=NOW),
                NoteLines("web-a", (a_line(),), NOW),
                AddReview(a_review()),
                AddSession(a_session("s2", "web-b")),
                *changed,
            ]
        )
    assert await desk.session("s-web-a") == session
    assert await desk.session("s2") is None
    assert await desk.review("r1") is None
    assert await world.log.history("web-a") == history
    assert await world.owner() == "queue"
    assert await desk.ends() == (0, 0)
    assert await world.listed(label="x") == ["web-a"]
    assert await world.listed(label="y") == []


async def test_a_claim_takes_session_and_place_together(world, desk):
    await world.hire("lin")
    session = await world.waits("web-a")
    applied = await desk.apply(claim(session, "a_lin"))
    assert (await desk.session("s-web-a")).agent_id == "a_lin"
    assert (await desk.agent("a_lin")).open == 1
    assert await world.owner() == "agent"
    assert applied.position == 1
    with pytest.raises(Conflict):
        await desk.apply(claim(session, "a_lin"))
    assert (await desk.agent("a_lin")).open == 1
    await desk.apply(closing(await desk.session("s-web-a")))
    assert (await desk.agent("a_lin")).open == 0
    assert await world.owner() == "bot"
    notes = [one for one in await world.log.history("web-a") if one.kind == "note"]
    assert [json.loads(note.body)["note"] for note in notes] == ["handoff"] * 3


async def test_no_step_is_no_change(desk):
    applied = await desk.apply([])
    assert (applied.position, applied.last_seqs) == (0, {})


async def test_an_absorbed_conversation_gets_no_owner(world, desk):
    await world.talked("web-a")
    await world.talked("wechat-b", at=NOW + 1)
    from tests.contract.customers import World as Customers

    customers = Customers(world.storage)
    await customers.identify("web-a", "unionid", "x")
    await customers.identify("wechat-b", "unionid", "x")
    with pytest.raises(Conflict, match="'wechat-b' is not there"):
        await desk.apply([SetOwner("wechat-b", "queue", frozenset({"bot"}), (a_line(),), NOW + 5)])
