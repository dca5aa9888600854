"""The list of conversations: what is in it, in which order, for whom, on every store."""

import random
import sqlite3
from dataclasses import dataclass, replace

import pytest

from kefu.customers.changes import AddCustomer
from kefu.customers.records import Customer, Profile
from kefu.desk.changes import AddSession, ChangeSession
from kefu.desk.rows import Counts, Reach, RowQuery
from kefu.desk.sessions import ServiceSession
from kefu.errors import RequestError
from kefu.staff.permissions import Actor, Permission, Subject, allows
from kefu.storage.sql import open_sql
from kefu.storage.sql.texts import texts_for
from tests.contract.desk import EVERYBODY, NOW, World, a_line, a_session, to_queue

P = Permission
LIN = Reach(agent_id="a_lin", groups=frozenset({"g1"}), sees_groups=True)


@pytest.fixture
def world(storage):
    return World(storage)


@pytest.fixture
def desk(storage):
    return storage.desk


# -- what a row says -----------------------------------------------------------------------


async def test_a_row_shows_where_a_conversation_stands(world, desk):
    await world.hire("lin")
    session = await world.served("web-a")
    await world.say("web-a", NOW + 20)
    await world.commit("web-a", kinds=("agent", "slot", "note"), at=NOW + 21)
    (row,) = await desk.rows(RowQuery(view="mine", reach=LIN))
    head = await world.storage.stores.conversations.head("web-a")
    assert (row.conversation_id, row.owner, row.channel) == ("web-a", "agent", "web")
    assert (row.last_seq, row.changed_at) == (head.last_seq, NOW + 21)
    assert row.session == session
    assert (row.last.seq, row.last.kind, row.last.at) == (head.last_seq - 2, "agent", NOW + 21)
    assert row.last.body == '{"event": "agent", "n": 0}'
    assert row.unread == 2
    alone = await desk.row("web-a")
    assert replace(alone, cursor=row.cursor) == row
    assert await desk.row("web-nobody") is None


async def test_messages_are_unread_behind_what_the_agent_has_read(world, desk):
    session = await world.waits("web-a")
    for _ in range(120):
        await world.say("web-a")
    assert (await desk.row("web-a")).unread == 99
    head = await world.storage.stores.conversations.head("web-a")
    await desk.apply([ChangeSession(replace(session, read_seq=head.last_seq - 3))])
    assert (await desk.row("web-a")).unread == 3
    closed = replace(session, version=2, state="closed", closed_at=NOW)
    await desk.apply([ChangeSession(closed)])
    (row,) = await desk.rows(RowQuery(view="closed", reach=EVERYBODY))
    assert row.unread == 0
    assert (await desk.row("web-a")).unread == 0


async def test_what_was_said_last_is_looked_for_only_so_far_back(world, desk):
    await world.talked("web-a")
    await world.commit("web-a", kinds=("note",) * 199)
    assert (await desk.row("web-a")).last.kind == "bot"
    await world.commit("web-a", kinds=("note",))
    assert (await desk.row("web-a")).last is None


async def test_a_row_says_whose_conversation_it_is(world, desk, storage):
    await world.talked("web-a", "web-b", "web-c")
    people = (
        ("c1", "web-a", Profile(shop_name="李雷"), None),
        ("c2", "web-b", Profile(), None),
        ("c3", "old-b", Profile(attributes={"name": "韩梅梅"}), "c2"),
    )
    for customer_id, conversation_id, profile, merged_into in people:
        customer = Customer(
            customer_id=customer_id,
            conversation_id=conversation_id,
            profile=profile,
            merged_into=merged_into,
        )
        await storage.customers.apply([AddCustomer(customer)])
    rows = await desk.rows(RowQuery(view="all", reach=EVERYBODY))
    named = {row.conversation_id: (row.customer_id, row.customer_name) for row in rows}
    assert named == {"web-a": ("c1", "李雷"), "web-b": ("c2", "韩梅梅"), "web-c": ("", "")}


# -- views ---------------------------------------------------------------------------------


async def test_each_view_has_its_conversations(world, desk):
    await world.hire("lin", "wu", max_sessions=9)
    await world.talked("web-bot")
    await world.waits("web-waits")
    await world.served("web-mine")
    await world.served("web-hers", "a_wu")
    await world.served("web-invited", "a_wu", invited=("a_lin",))
    await world.served("web-later", snoozed_until=NOW + 99)
    await world.finished("web-over")
    reopened = await world.finished("web-again")
    await desk.apply([to_queue("web-again"), AddSession(a_session("s2", "web-again"))])
    reach = replace(LIN, sees_all=True)
    views = {
        view: sorted(await world.listed(view=view, reach=reach))
        for view in ("mine", "waiting", "closed", "snoozed")
    }
    assert views == {
        "mine": ["web-invited", "web-mine"],
        "waiting": ["web-again", "web-waits"],
        "closed": ["web-over"],
        "snoozed": ["web-later"],
    }
    assert len(await world.listed(reach=reach)) == 8
    assert reopened.state == "closed"
    assert await world.listed(state="closed") == ["web-over"]
    assert sorted(await world.listed(state="bot")) == ["web-bot", "web-over"]
    assert await world.listed(view="mine", reach=EVERYBODY) == []


async def test_the_last_session_of_a_closed_conversation_is_shown(world, desk):
    await world.hire("lin")
    await world.finished("web-a", name="first", at=NOW + 1, opened_at=NOW + 9)
    again = a_session("second", opened_at=NOW + 5, state="closed", closed_at=NOW + 6)
    await desk.apply([AddSession(again)])
    (row,) = await desk.rows(RowQuery(view="closed", reach=EVERYBODY))
    assert row.session.session_id == "first"
    assert (await desk.row("web-a")).session is None


async def test_counts_are_those_of_the_views(world, desk):
    await world.hire("lin", "wu", max_sessions=9)
    assert await desk.counts(EVERYBODY) == Counts()
    await world.talked("web-bot")
    await world.waits("web-w1", group_id="g1")
    await world.waits("web-w2", group_id="g2")
    await world.waits("web-w3")
    session = await world.served("web-m1")
    await world.served("web-m2")
    await world.served("web-i", "a_wu", invited=("a_lin",), group_id="g2")
    await world.served("web-h", "a_wu", group_id="g2")
    await world.served("web-s", snoozed_until=NOW + 9)
    await world.finished("web-over")
    head = await world.storage.stores.conversations.head("web-m1")
    await desk.apply([ChangeSession(replace(session, read_seq=head.last_seq))])
    await world.reviewed("web-bot", "r1", group_id="g2")
    await world.reviewed("web-x", "r2")
    seen = Counts(mine=3, mine_unread=2, waiting=2, review=1, all_open=6, snoozed=1)
    assert await desk.counts(LIN) == seen
    everything = replace(seen, waiting=3, review=2, all_open=8)
    assert await desk.counts(replace(LIN, sees_all=True)) == everything
    nobody = Counts(waiting=3, review=2, all_open=8)
    assert await desk.counts(EVERYBODY) == nobody
    own = Counts(mine=3, mine_unread=2, all_open=4, snoozed=1)
    assert await desk.counts(Reach(agent_id="a_lin")) == own


# -- order and pages -----------------------------------------------------------------------


async def test_who_waits_comes_in_the_order_of_the_line(world):
    await world.waits("web-a", waiting_since=NOW - 1)
    await world.waits("web-b", waiting_since=NOW - 9)
    await world.waits("web-c", waiting_since=NOW - 5, tier=1)
    await world.waits("web-d", waiting_since=NOW, priority=1)
    await world.waits("web-e", waiting_since=NOW + 1, priority=-2, is_first_in_line=True)
    await world.waits("web-f", waiting_since=NOW - 99, priority=-1)
    by_line = ["web-e", "web-d", "web-c", "web-b", "web-a", "web-f"]
    assert await world.listed(view="waiting", sort="priority") == by_line
    by_time = ["web-f", "web-b", "web-c", "web-a", "web-d", "web-e"]
    assert await world.listed(view="waiting", sort="waiting") == by_time
    await world.talked("web-old", at=NOW - 50)
    await world.talked("web-new", at=NOW + 50)
    assert await world.listed(sort="priority") == [*by_line, "web-new", "web-old"]
    assert await world.listed(sort="waiting", limit=7) == [*by_time, "web-new"]


async def test_rows_that_move_push_no_other_out_of_the_pages(world, desk):
    await world.talked(*(f"web-{n}" for n in range(9)))
    for n in range(9):
        await world.say(f"web-{n}", NOW + n)
    query = RowQuery(view="all", reach=EVERYBODY, limit=3)
    first = await desk.rows(query)
    assert [row.conversation_id for row in first] == ["web-8", "web-7", "web-6"]
    await world.say("web-1", NOW + 100)
    await world.say("web-7", NOW + 101)
    await world.talked("web-new", at=NOW + 102)
    second = await desk.rows(replace(query, after=first[-1].cursor))
    assert [row.conversation_id for row in second] == ["web-5", "web-4", "web-3"]
    third = await desk.rows(replace(query, after=second[-1].cursor))
    assert [row.conversation_id for row in third] == ["web-2", "web-0"]
    assert await desk.rows(replace(query, after=third[-1].cursor)) == []


@pytest.mark.parametrize(
    "after", ["x", "[]", '["all newest",0]', '["all newest",0,1,0,0,0,"a\\u0000"]', "\ud800"]
)
async def test_what_is_no_cursor_is_refused(world, desk, after):
    with pytest.raises(RequestError, match="cursor") as caught:
        await desk.rows(RowQuery(view="all", reach=EVERYBODY, after=after))
    assert caught.value.status == 400


async def test_a_cursor_belongs_to_its_view_and_order(world, desk):
    await world.talked("web-a")
    (row,) = await desk.rows(RowQuery(view="all", reach=EVERYBODY))
    for changes in ({"sort": "oldest"}, {"view": "closed"}):
        query = RowQuery(**{"view": "all", "reach": EVERYBODY, "after": row.cursor, **changes})
        with pytest.raises(RequestError):
            await desk.rows(query)


# -- all of it, against a list that is looked through --------------------------------------


@dataclass(frozen=True)
class Known:
    """What the test knows of a conversation."""

    conversation_id: str
    channel: str
    changed_at: float
    session: ServiceSession | None
    """Its open one."""
    last_closed: ServiceSession | None


async def a_crowd(world, chance, size=90):
    """Let conversations of all kinds be there; return what is known of them."""
    known = []
    for number in range(size):
        channel = chance.choice(["web", "wechat", "app"])
        name = f"{channel}-{number}"
        at = NOW + chance.randint(0, 40)  # many at the same moment
        await world.say(name, at)
        sessions = [a_chance_session(chance, name, closed=n) for n in range(chance.randint(0, 2))]
        if chance.random() < 0.6:
            sessions.append(a_chance_session(chance, name))
        await world.desk.apply([AddSession(session) for session in sessions])
        is_open = bool(sessions) and sessions[-1].is_open
        closed = [session for session in sessions if not session.is_open]
        known.append(
            Known(
                name,
                channel,
                at,
                sessions[-1] if is_open else None,
                None if is_open or not closed else closed[-1],
            )
        )
    return known


def a_chance_session(chance, conversation, *, closed=None):
    agent_id = chance.choice([None, None, "a_lin", "a_wu"])
    state = "assigned" if agent_id else "waiting"
    opened = NOW + (500 if closed is None else closed)
    return a_session(
        f"{conversation}/{closed}",
        conversation,
        state=state if closed is None else "closed",
        agent_id=agent_id,
        opened_at=opened,
        changed_at=NOW + chance.randint(0, 20),
        closed_at=None if closed is None else NOW,
        group_id=chance.choice([None, "g1", "g2"]),
        tier=chance.randint(0, 2),
        priority=chance.randint(-1, 1),
        is_first_in_line=chance.random() < 0.2,
        waiting_since=chance.choice([None, NOW + chance.randint(-9, 9)]),
        snoozed_until=chance.choice([None, None, NOW + 9]),
        invited=tuple(chance.sample(["a_lin", "a_zhao"], chance.randint(0, 2))),
        labels=tuple(chance.sample(["vip", "急"], chance.randint(0, 2))),
    )


REACHES = {
    "nothing": frozenset(),
    "mine": frozenset({P.SESSION_READ_MINE}),
    "group": frozenset({P.SESSION_READ_MINE, P.SESSION_READ_GROUP}),
    "all": frozenset({P.SESSION_READ_ALL}),
}


def a_chance_actor(chance):
    return Actor(
        account_id=chance.choice(["a_lin", "a_zhao", ""]),
        name="",
        permissions=REACHES[chance.choice(list(REACHES))],
        groups=frozenset(chance.sample(["g1", "g2"], chance.randint(0, 2))),
    )


def reach_of(actor):
    return Reach(
        agent_id=actor.account_id if actor.permissions else "",
        groups=actor.groups,
        sees_groups=P.SESSION_READ_GROUP in actor.permissions,
        sees_all=P.SESSION_READ_ALL in actor.permissions,
    )


def a_chance_query(chance, reach):
    def perhaps(*values):
        return chance.choice(["", "", "", *values])

    return RowQuery(
        view=chance.choice(["mine", "waiting", "all", "all", "closed", "snoozed"]),
        sort=chance.choice(["newest", "oldest", "waiting", "priority"]),
        reach=reach,
        channel=perhaps("web", "app"),
        group_id=perhaps("g1"),
        label=perhaps("vip"),
        agent_id=perhaps("a_lin", "a_wu"),
        state=perhaps("bot", "waiting", "assigned", "closed"),
        tier=chance.choice([None, None, None, 0, 1, 2]),
        limit=chance.randint(1, 9),
    )


def is_listed(one, query, actor):
    """Say what the list has to hold, in the words of the contract."""
    is_closed = query.view == "closed" or (query.view == "all" and query.state == "closed")
    session = one.last_closed if is_closed else one.session
    if session is None and (is_closed or query.view != "all"):
        return False
    subject = Subject()
    if session is not None:
        invited = frozenset(session.invited)
        subject = Subject(agent_id=session.agent_id, group_id=session.group_id, invited=invited)
    if not allows(actor, P.SESSION_READ_MINE, subject):
        return False
    state = "bot" if session is None else session.state
    labels = () if session is None else session.labels
    tier = 0 if session is None else session.tier
    is_mine = session is not None and actor.account_id in {session.agent_id, *session.invited}
    is_snoozed = session is not None and session.snoozed_until is not None
    in_view = {
        "mine": is_mine and not is_snoozed,
        "snoozed": is_mine and is_snoozed,
        "waiting": state == "waiting",
    }.get(query.view, True)
    return (
        in_view
        and query.channel in ("", one.channel)
        and query.group_id in ("", subject.group_id)
        and query.agent_id in ("", subject.agent_id)
        and query.state in ("", state)
        and (not query.label or query.label in labels)
        and (query.tier is None or tier >= query.tier)
    )


def order(one, query):
    """Return by what a conversation is sorted."""
    if query.view == "closed" or query.state == "closed":
        at = one.last_closed.changed_at
        return (at,) if query.sort == "oldest" else (-at,)
    session = one.session
    if query.sort == "oldest":
        return (one.changed_at,)
    if query.sort == "newest":
        return (-one.changed_at,)
    if session is None:
        return (2, -one.changed_at)
    since = session.waiting_since
    if query.sort == "waiting":
        return (1, -one.changed_at) if since is None else (0, since)
    return (
        0,
        not session.is_first_in_line,
        -session.priority,
        -session.tier,
        float("inf") if since is None else since,
    )


async def paged(desk, query):
    """Return all rows, page by page."""
    rows = []
    while page := await desk.rows(query):
        assert len(page) <= query.limit
        rows += page
        query = replace(query, after=page[-1].cursor)
    return rows


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_list_holds_what_it_has_to_in_its_order(world, desk, seed):
    chance = random.Random(seed)
    crowd = await a_crowd(world, chance)
    by_id = {one.conversation_id: one for one in crowd}
    lengths = []
    for _ in range(150):
        actor = a_chance_actor(chance)
        query = a_chance_query(chance, reach_of(actor))
        expected = [one.conversation_id for one in crowd if is_listed(one, query, actor)]
        rows = await paged(desk, query)
        found = [row.conversation_id for row in rows]
        assert sorted(found) == sorted(expected), query
        keys = [order(by_id[name], query) for name in found]
        assert keys == sorted(keys), query
        lengths.append(len(found))
        is_closed = query.view == "closed" or query.state == "closed"
        for row in rows:
            one = by_id[row.conversation_id]
            assert row.session == (one.last_closed if is_closed else one.session)
    assert sum(length > 9 for length in lengths) > 10  # several pages


@pytest.mark.parametrize("seed", [3])
async def test_counts_are_as_many_as_the_lists_are_long(world, desk, seed):
    chance = random.Random(seed)
    crowd = await a_crowd(world, chance)
    for _ in range(20):
        reach = reach_of(a_chance_actor(chance))
        counts = await desk.counts(reach)
        query = RowQuery(reach=reach, limit=500)
        views = {
            name: await desk.rows(replace(query, view=name))
            for name in ("mine", "waiting", "all", "snoozed")
        }
        assert counts.mine == len(views["mine"])
        assert counts.mine_unread == sum(row.unread > 0 for row in views["mine"])
        assert counts.waiting == len(views["waiting"])
        assert counts.snoozed == len(views["snoozed"])
        assert counts.all_open == sum(row.session is not None for row in views["all"])
    assert len(crowd) == 90


@pytest.mark.parametrize("sort", ["newest", "oldest"])
async def test_few_among_many_are_found(world, desk, sort):
    """What fits is looked for among the nearest rows first; here it is behind them, too."""
    for number in range(430):
        name = f"{'app' if number % 107 == 0 else 'web'}-{number:03}"
        await world.say(name, NOW + number)
        labels = ("vip",) if number % 107 == 0 else ()
        closed = a_session(
            f"s{number}", name, state="closed", changed_at=NOW + number, labels=labels
        )
        await desk.apply([AddSession(closed)])
    expected = ["app-000", "app-107", "app-214", "app-321", "app-428"]
    if sort == "newest":
        expected.reverse()
    query = RowQuery(view="all", sort=sort, reach=EVERYBODY, limit=2)
    for asked in (replace(query, channel="app"), replace(query, view="closed", label="vip")):
        rows = await paged(desk, asked)
        assert [row.conversation_id for row in rows] == expected
    everything = [row.conversation_id for row in await paged(desk, replace(query, limit=150))]
    assert len(set(everything)) == len(everything) == 430
    numbers = [name.partition("-")[2] for name in everything]
    assert numbers == sorted(numbers, reverse=sort == "newest")


async def test_a_conversation_that_only_notes_were_made_of_is_listed(world, desk):
    from kefu.desk.changes import NoteLines

    await desk.apply([NoteLines("web-a", (a_line(),), NOW)])
    assert await world.listed() == ["web-a"]


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("rows_all_newest", "c USING INDEX ix_conversations_changed_at"),
        ("rows_all_oldest", "c USING INDEX ix_conversations_changed_at"),
        ("rows_closed_newest", "s USING INDEX ix_service_sessions_closed"),
        ("rows_closed_oldest", "s USING INDEX ix_service_sessions_closed"),
        ("rows_mine", "m USING INDEX ix_service_sessions_of_agent"),
        ("rows_open", "s USING INDEX ix_service_sessions_open"),
        ("counts_of_rows", "s USING INDEX ix_service_sessions_open"),
        ("next_due_at_desk", "service_sessions USING COVERING INDEX ix_service_sessions_due"),
        ("waiting_sessions", "USING INDEX ix_service_sessions_waiting"),
        ("due_sessions", "USING INDEX ix_service_sessions_due"),
    ],
)
async def test_what_screens_ask_for_all_day_is_found_by_an_index(tmp_path, name, index):
    storage = await open_sql(tmp_path / "kefu.db")
    await storage.close()
    connection = sqlite3.connect(tmp_path / "kefu.db")
    text = texts_for("sqlite").statements[name]
    asked = f"EXPLAIN QUERY PLAN {text.sql}"
    plan = [row[3] for row in connection.execute(asked, [0] * len(text.parameters))]
    connection.close()
    assert any(index in line for line in plan), plan
    if name.startswith("rows_"):  # of a log only a stretch is looked at
        logs = [line for line in plan if " e USING " in line or "last USING" in line]
        assert len(logs) >= 3
        assert not [line for line in logs if not line.startswith("SEARCH")]
