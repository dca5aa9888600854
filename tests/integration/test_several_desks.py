"""Desks in several real processes on PostgreSQL, killed at the worst moments: nobody is lost."""

import asyncio
import json
import random
import secrets
import sys
from collections import Counter
from contextlib import suppress

import pytest

from kefu.storage.sql import open_sql
from tests.integration.command import ROOT, environment

AGENTS = ("a_lin", "a_wang", "a_zhao")
CUSTOMERS = 150
KILLS = 5
SEED = 20_261_129


class Target:
    """A process that can be killed and started again."""

    def __init__(self, database, *redis, dispatches=True):
        self._arguments = [database, "yes" if dispatches else "no", *redis]
        self._process = None
        self._port = 0
        self.ready = asyncio.Event()

    async def start(self):
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "ignore", "-m", "tests.integration.desk_target"),
            *self._arguments,
            cwd=ROOT,
            env=environment(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self._port = int(await asyncio.wait_for(self._process.stdout.readline(), 60))
        self.ready.set()

    async def kill(self):
        self.ready.clear()
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        self._process._transport.close()

    async def died(self):
        """Return when it has killed itself."""
        await asyncio.wait_for(self._process.wait(), 30)
        self.ready.clear()
        self._process._transport.close()

    async def do(self, what, **told):
        """Let it do something; raise OSError if it dies meanwhile."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(json.dumps({"what": what, **told}).encode() + b"\n")
            await writer.drain()
            line = await reader.readline()
            if not line:
                raise ConnectionError("it died")
            return json.loads(line)
        finally:
            writer.close()


class Office:
    """Processes, and what outlives them."""

    def __init__(self, targets, chance):
        self.targets = targets
        self.chance = chance
        self.again = 0
        """How often something was done again because a process had died."""

    def any(self):
        ready = [target for target in self.targets if target.ready.is_set()]
        return self.chance.choice(ready or self.targets)

    async def do(self, what, **told):
        """Do it at any process, again and again until one answers."""
        async with asyncio.timeout(90):
            while True:
                with suppress(OSError):
                    return await self.any().do(what, **told)
                self.again += 1
                await asyncio.sleep(0.05)

    async def until(self, conversation_id, wanted):
        async with asyncio.timeout(90):
            while True:
                session = (await self.do("session", conversation_id=conversation_id))["done"]
                if wanted(session):
                    return session
                await asyncio.sleep(0.02)

    async def customer(self, name):
        """Ask for a human, be answered, be done."""
        await self.do("writes", conversation_id=name, text="pause", message_id=f"{name}-1")
        session = await self.until(name, lambda one: one and one["state"] == "assigned")
        by = session["agent_id"]
        answered = await self.do(
            "says", by=by, conversation_id=name, message_id="answer", text="您好"
        )
        assert isinstance(answered.get("done"), int), answered
        closed = await self.do("close", by=by, conversation_id=name)
        assert closed.get("error") in (None, "no-session")  # done before its process died
        await self.until(name, lambda one: one is None)


async def hire(office, most=2):
    for agent_id in AGENTS:
        await office.do("hire", agent_id=agent_id, name=agent_id, max_sessions=most)


async def notes(storage, name):
    entries = await storage.stores.log.history(name, after=0, limit=1_000)
    return [json.loads(one.body)["note"] for one in entries if one.kind == "note"]


@pytest.fixture(params=["redis", "database only"])
def processes(request, postgres):
    """Return how to make a process of several."""
    redis = []
    if request.param == "redis":
        url = request.getfixturevalue("redis_url")
        redis = [url, f"kefu-test-{secrets.token_hex(4)}:"]
    return lambda **options: Target(postgres, *redis, **options)


async def test_killing_any_of_three_desks_loses_nobody(processes, postgres):
    chance = random.Random(SEED)
    office = Office([processes() for _ in range(3)], chance)
    await asyncio.gather(*(target.start() for target in office.targets))
    await hire(office)
    names = [f"c{number}" for number in range(CUSTOMERS)]
    customers = [asyncio.ensure_future(office.customer(name)) for name in names]
    for kill in range(KILLS):
        async with asyncio.timeout(90):
            while sum(one.done() for one in customers) < 10 + kill * 20:  # noqa: ASYNC110 - a count
                await asyncio.sleep(0.01)
        target = chance.choice(office.targets)
        await target.kill()
        await target.start()
    await asyncio.gather(*customers)
    for target in office.targets:
        await target.kill()

    storage = await open_sql(postgres)
    counted = Counter()
    for name in names:
        said = await notes(storage, name)
        counted["lost"] += "closed" not in said
        counted["twice in line"] += said.count("queued") > 1
        counted["twice given"] += said.count("assigned") > 1
        events = await storage.stores.log.history(name, after=0, limit=1_000)
        counted["said twice"] += sum(one.kind == "agent" for one in events) > 1
        assert (await storage.stores.conversations.head(name)).owner == "bot"
    assert not +counted, counted
    assert await storage.desk.recount() == {}
    assert all(agent.open == 0 for agent in await storage.desk.agents())
    feed = await storage.desk.events(after=0, limit=100_000)
    assert [one.position for one in feed] == list(range(1, len(feed) + 1))
    await storage.close()
    assert office.again > 0, "no kill hit anything: the test tests nothing"


async def test_handed_over_here_given_by_another_answered_at_a_third(processes):
    here, there, third = processes(dispatches=False), processes(), processes(dispatches=False)
    office = Office([here, there, third], random.Random(SEED))
    await asyncio.gather(*(target.start() for target in office.targets))
    before = [len((await target.do("seen"))["done"]) for target in office.targets]
    await hire(office)
    await here.do("writes", conversation_id="c1", text="pause", message_id="1")
    session = await office.until("c1", lambda one: one and one["state"] == "assigned")
    said = await third.do(
        "says", by=session["agent_id"], conversation_id="c1", message_id="m", text="您好"
    )
    assert isinstance(said.get("done"), int), said
    await here.do("writes", conversation_id="c1", text="在吗", message_id="2")
    closed = await there.do("close", by=session["agent_id"], conversation_id="c1")
    assert closed == {"done": None}
    answer = await here.do("writes", conversation_id="c1", text="hello", message_id="3")
    assert answer == {"done": ["echo: hello"]}
    seen = [(await target.do("seen"))["done"] for target in office.targets]
    assert before == [0, 0, 0]
    assert seen[0] == seen[1] == seen[2] == list(range(1, len(seen[0]) + 1))
    for target in office.targets:
        await target.kill()


async def test_killed_between_the_pause_and_the_desk_somebody_puts_it_in_line_once(
    processes, postgres
):
    dying, other = processes(dispatches=False), processes(dispatches=False)
    await asyncio.gather(dying.start(), other.start())
    await dying.do("die", at="told")
    with pytest.raises(ConnectionError):
        await dying.do("writes", conversation_id="c1", text="pause", message_id="1")
    await dying.died()
    await dying.start()
    office = Office([dying, other], random.Random(SEED))
    session = await office.until("c1", lambda one: one is not None)
    assert (session["state"], session["detail"]) == ("waiting", "asked")
    await office.do("writes", conversation_id="c1", text="pause", message_id="1")
    for target in office.targets:
        await target.kill()
    storage = await open_sql(postgres)
    assert (await notes(storage, "c1")).count("queued") == 1
    await storage.close()


@pytest.mark.parametrize("moment", ["in claim", "after claim"])
async def test_killed_during_a_claim_both_are_taken_or_neither(processes, postgres, moment):
    dying, other = processes(dispatches=False), processes(dispatches=False)
    await asyncio.gather(dying.start(), other.start())
    await hire(Office([other], random.Random(SEED)))
    await dying.do("writes", conversation_id="c1", text="pause", message_id="1")
    await dying.do("die", at=moment)
    with pytest.raises(ConnectionError):
        await dying.do("claim", by="a_lin", conversation_id="c1")
    await dying.died()
    session = (await other.do("session", conversation_id="c1"))["done"]
    is_taken = session["state"] == "assigned"
    assert is_taken or moment == "in claim"
    storage = await open_sql(postgres)
    assert await storage.desk.recount() == {}
    owner = (await storage.stores.conversations.head("c1")).owner
    assert owner == ("agent" if is_taken else "queue")
    assert (await storage.desk.agent("a_lin")).open == int(is_taken)
    if not is_taken:
        assert await other.do("claim", by="a_lin", conversation_id="c1") == {"done": None}
    said = await other.do("says", by="a_lin", conversation_id="c1", message_id="m", text="您好")
    assert isinstance(said.get("done"), int), said
    await storage.close()
    await other.kill()
