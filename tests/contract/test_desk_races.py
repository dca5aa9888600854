"""Several processes at one desk at the same instant: nobody gets what another one has.

Each process is a store of its own that is open on the same database; on SQLite they share a file.
"""

import asyncio
import random
from dataclasses import replace

import pytest

from kefu.desk.changes import (
    ChangeAgent,
    ChangeSession,
    FreeSlot,
    NoteLines,
    TakeSlot,
    Tell,
)
from kefu.errors import Conflict
from kefu.storage.memory import open_memory
from kefu.storage.sql import open_sql
from tests.contract.customers import World as Customers
from tests.contract.desk import NOW, World, a_line, claim, closing, to_queue
from tests.contract.postgres import emptied


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def stores(request, tmp_path):
    """Return four stores with the same content."""
    match request.param:
        case "memory":
            opened = [open_memory()] * 4
        case "sqlite":
            opened = [await open_sql(tmp_path / "kefu.db") for _ in range(4)]
        case _:
            url = request.getfixturevalue("postgres_database")
            await emptied(url)
            opened = [await open_sql(url, connections=4) for _ in range(4)]
    yield opened
    for store in set(map(id, opened)):
        await next(one for one in opened if id(one) == store).close()


@pytest.fixture
def desks(stores):
    return [store.desk for store in stores]


@pytest.fixture
def world(stores):
    return World(stores[0])


async def at_once(*work):
    """Do all of it at the same time; return results, and conflicts in the place of results."""
    results = await asyncio.gather(*work, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, Conflict):
            raise result
    return results


def won(results):
    return [result for result in results if not isinstance(result, Conflict)]


async def is_consistent(world, desk):
    """Look that owners, sessions and places tell the same, and the feed has no gap."""
    assert await desk.recount() == {}
    waiting = {one.conversation_id for one in await desk.waiting()}
    for agent in await desk.agents():
        assert 0 <= agent.open <= agent.max_sessions
        for session in await desk.sessions_with(agent.agent_id):
            assert await world.owner(session.conversation_id) == "agent"
            assert session.conversation_id not in waiting
    for conversation_id in waiting:
        assert await world.owner(conversation_id) == "queue"
    events = await desk.events(after=0, limit=100_000)
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    assert await desk.ends() == ((1, len(events)) if events else (0, 0))


async def test_of_several_who_claim_a_session_one_gets_it(world, desks):
    await world.hire("a0", "a1", "a2", "a3", max_sessions=50)
    for round_ in range(15):
        session = await world.waits(f"web-{round_}")
        results = await at_once(
            *(desk.apply(claim(session, f"a_a{n}")) for n, desk in enumerate(desks))
        )
        assert len(won(results)) == 1
        winner = next(n for n, one in enumerate(results) if not isinstance(one, Conflict))
        assert (await desks[0].session(session.session_id)).agent_id == f"a_a{winner}"
    agents = await desks[0].agents()
    assert sum(agent.open for agent in agents) == 15
    await is_consistent(world, desks[0])


async def test_an_agent_is_never_given_more_than_they_take(world, desks):
    await world.hire("lin", max_sessions=3)
    sessions = [await world.waits(f"web-{n}") for n in range(12)]
    results = await at_once(
        *(desks[n % 4].apply(claim(one, "a_lin")) for n, one in enumerate(sessions))
    )
    assert len(won(results)) == 3
    assert (await desks[0].agent("a_lin")).open == 3
    assert len(await desks[0].waiting()) == 9
    await is_consistent(world, desks[0])


async def test_claim_close_and_transfer_at_once_leave_one_outcome(world, desks):
    chance = random.Random(20_261)
    await world.hire("lin", "wu", max_sessions=100)
    for round_ in range(15):
        name = f"web-{round_}"
        session = await world.served(name)
        at = NOW + 10
        closed = closing(session, at)
        to_wu = [
            to_queue(name, at, owner="agent", expected=frozenset({"agent"})),
            ChangeSession(replace(session, agent_id="a_wu", assigned_at=at)),
            FreeSlot("a_lin"),
            TakeSlot("a_wu", at),
            Tell(kind="row", subject=name, at=at),
        ]
        back = [
            to_queue(name, at, expected=frozenset({"agent"})),
            ChangeSession(replace(session, state="waiting", agent_id=None, waiting_since=at)),
            FreeSlot("a_lin"),
            Tell(kind="row", subject=name, at=at),
        ]
        work = [closed, to_wu, back, [*closed]]
        chance.shuffle(work)
        results = await at_once(
            *(desk.apply(steps) for desk, steps in zip(desks, work, strict=True))
        )
        assert len(won(results)) == 1, results
        stored = await desks[0].session(session.session_id)
        owner = {"closed": "bot", "assigned": "agent", "waiting": "queue"}[stored.state]
        assert await world.owner(name) == owner
        assert stored.version == session.version + 1
    await is_consistent(world, desks[0])


async def test_an_agent_who_leaves_while_they_are_given_a_session(world, desks):
    await world.hire("lin", max_sessions=100)
    agent = await desks[0].agent("a_lin")
    for round_ in range(10):
        session = await world.waits(f"web-{round_}")
        leaves = ChangeAgent(replace(agent, is_accepting=False))
        await at_once(desks[0].apply(claim(session, "a_lin")), desks[1].apply([leaves]))
        gone = await desks[2].agent("a_lin")
        assert not gone.is_accepting
        with pytest.raises(Conflict):
            await desks[3].apply([TakeSlot("a_lin", NOW)])
        await desks[0].apply([ChangeAgent(replace(gone, is_accepting=True))])
        agent = await desks[0].agent("a_lin")
        assert agent.open == len(await desks[0].sessions_with("a_lin"))
    await is_consistent(world, desks[0])


async def test_the_feed_has_no_gap_and_is_read_in_the_order_of_commits(desks):
    seen, is_over = [], asyncio.Event()

    async def tell(desk, writer):
        last = 0
        for number in range(30):
            events = [Tell(kind="row", subject=f"{writer}-{number}-{n}", at=NOW) for n in range(2)]
            applied = await desk.apply(events)
            assert applied.position > last
            last = applied.position

    async def read(desk):
        position = 0
        while not (is_over.is_set() and position == (await desk.ends())[1]):
            for event in await desk.events(after=position, limit=7):
                assert event.position == position + 1  # nothing comes in between later
                position = event.position
                seen.append(event.subject)
            await asyncio.sleep(0)

    reading = asyncio.ensure_future(read(desks[3]))
    await asyncio.gather(*(tell(desk, n) for n, desk in enumerate(desks[:3])))
    is_over.set()
    await reading
    assert len(seen) == len(set(seen)) == 3 * 30 * 2
    for writer in range(3):
        own = [subject for subject in seen if subject.startswith(f"{writer}-")]
        assert own == [f"{writer}-{number}-{n}" for number in range(30) for n in range(2)]


async def test_steps_in_the_order_of_locks_never_wait_for_each_other(world, desks, monkeypatch):
    """Everybody does everything with a few records at the same time; in the end all of it fits."""
    monkeypatch.setattr("kefu.storage.sql.postgres._MAX_ATTEMPTS", 1)  # a deadlock is an error
    chance = random.Random(7)
    names = [f"a{n}" for n in range(3)]
    await world.hire(*names, max_sessions=4)
    conversations = [f"web-{n}" for n in range(6)]
    for name in conversations:
        await world.waits(name)
    done = dict.fromkeys(("claimed", "closed", "noted", "changed"), 0)

    async def act(desk, chance):
        name = chance.choice(conversations)
        session = await desk.open_session(name)
        kind = chance.choice(["claimed", "claimed", "closed", "noted", "changed"])
        if kind == "noted":
            steps = [NoteLines(name, (a_line(),), NOW), Tell(kind="row", subject=name, at=NOW)]
        elif kind == "changed":
            agent = await desk.agent(f"a_{chance.choice(names)}")
            is_accepting = not agent.is_accepting
            steps = [
                ChangeAgent(replace(agent, is_accepting=is_accepting)),
                Tell(kind="presence", subject=agent.agent_id, at=NOW),
            ]
        elif session is None:
            return
        elif session.state == "waiting":
            kind, steps = "claimed", claim(session, f"a_{chance.choice(names)}")
        else:
            back = replace(session, state="waiting", agent_id=None, waiting_since=NOW)
            kind, steps = (
                "closed",
                [
                    to_queue(name, expected=frozenset({"agent"})),
                    ChangeSession(back),
                    FreeSlot(session.agent_id),
                    Tell(kind="row", subject=name, at=NOW),
                ],
            )
        await desk.apply(steps)
        done[kind] += 1

    async def work(desk, chance):
        for _ in range(40):
            try:
                await act(desk, chance)
            except Conflict:
                continue

    chances = [random.Random(chance.random()) for _ in desks]
    await asyncio.gather(*map(work, desks, chances))
    assert min(done.values()) > 3, done
    await is_consistent(world, desks[0])


async def test_claims_while_two_customers_become_one(world, stores, desks):
    """Whatever is faster, nobody waits or is served in the absorbed conversation in the end."""
    customers = Customers(stores[3])
    await world.hire("lin", "wu", max_sessions=100)
    for round_ in range(12):
        kept, other = f"web-{round_}", f"wechat-{round_}"
        await world.talked(kept, at=NOW - 9)
        await customers.identify(kept, "unionid", f"x{round_}")
        sessions = [await world.waits(other)]
        if round_ % 2:
            sessions.append(await world.waits(kept))
        await at_once(
            customers.identify(other, "unionid", f"x{round_}"),
            *(
                desk.apply(claim(session, agent_id))
                for desk, session, agent_id in zip(desks, sessions, ("a_lin", "a_wu"), strict=False)
            ),
        )
        leads = await world.storage.stores.conversations.resolve(other)
        absorbed = other if leads == kept else kept
        assert {await world.storage.stores.conversations.resolve(kept), leads} == {
            kept if absorbed == other else other
        }
        assert await desks[0].open_session(absorbed) is None
        survivor = await desks[0].open_session(kept if absorbed == other else other)
        assert survivor is not None
        assert await world.owner(absorbed) == "bot"
        assert await desks[0].row(absorbed) is None
        if survivor.agent_id:
            assert await world.owner(survivor.conversation_id) == "agent"
    await is_consistent(world, desks[0])
