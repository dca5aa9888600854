"""A process with a desk, to be killed: a gateway and a desk behind a plain socket.

``python -m tests.integration.desk_target DATABASE [REDIS PREFIX]`` prints its port when it is
ready. A line in is something to do, a line out is what came of it.
"""

import asyncio
import json
import os
import signal
import sys
from dataclasses import asdict, replace

from connectors.human_queue import HumanQueue
from kefu.app.desk import BusHints, GatewayDoor
from kefu.app.handoffs import Handoffs
from kefu.clock import SystemClock
from kefu.core.messages import AgentMessage, UserMessage
from kefu.desk.agents import DeskAgent
from kefu.desk.changes import TakeSlot
from kefu.desk.desk import Desk, DeskSettings
from kefu.desk.handing import Known
from kefu.desk.moves import Timing
from kefu.desk.people import Person
from kefu.errors import KefuError
from kefu.gateway.coordination import Coordination
from kefu.gateway.gateway import Gateway
from kefu.gateway.rounds import Rounds
from kefu.gateway.settings import GatewaySettings
from kefu.storage.fallback import FallbackLeases
from kefu.storage.memory.bus import MemoryBus
from kefu.storage.memory.presence import MemoryPresence
from kefu.storage.redis import open_redis
from kefu.storage.sql import open_sql
from tests.unit.gateway.fakes import EchoBot

LINES_SECONDS = 3_600.0


def die():
    os.kill(os.getpid(), signal.SIGKILL)


class DyingHandoffs(Handoffs):
    """Dies, when told to, after a commit and before anybody hears of it."""

    dies = False

    async def committed(self, conversation_id, events, *, channel):
        if self.dies:
            die()
        await super().committed(conversation_id, events, channel=channel)


class DyingStore:
    """A store of the desk that dies, when told to, before or after it has made a claim."""

    def __init__(self, store):
        self._store = store
        self.dies = ""

    def __getattr__(self, name):
        return getattr(self._store, name)

    async def apply(self, steps):
        is_claim = any(isinstance(step, TakeSlot) for step in steps)
        if is_claim and self.dies == "in claim":
            task = asyncio.ensure_future(self._store.apply(steps))
            await asyncio.sleep(0)
            die()
            await task
        done = await self._store.apply(steps)
        if is_claim and self.dies == "after claim":
            die()
        return done


async def coordination(storage, url=None, prefix=""):
    """Return what processes share: by Redis, or by the database alone."""
    if url is None:
        return Coordination(
            leases=storage.leases,
            bus=MemoryBus(is_complete=False),
            presence=MemoryPresence(),
        )
    redis = await open_redis(url, prefix=prefix)
    return Coordination(
        leases=FallbackLeases(redis.leases, storage.leases),
        bus=redis.bus,
        cache=redis.cache,
        presence=redis.presence,
        on_change=lambda changed: redis.link.tell(lambda _: changed()),
    )


class Process:
    """Everything in one process."""

    def __init__(self, storage, shared):
        clock = SystemClock()
        self.handoffs = DyingHandoffs(clock)
        settings = GatewaySettings(
            round_seconds=0.1, lease_seconds=0.6, look_seconds=0.3, delivery_hold=0.3
        )
        stores = replace(storage.stores, shared=shared)
        bot = EchoBot(clock)
        self.gateway = Gateway(bot, stores, settings=settings, handoff=self.handoffs)
        self.store = DyingStore(storage.desk)

        async def look(_handoff):
            return Known()

        self.desk = Desk(
            self.store,
            GatewayDoor(self.gateway),
            clock,
            look=look,
            settings=DeskSettings(timing=Timing(unanswered=0)),
            hints=BusHints(shared.bus),
        )
        self.handoffs.queue = HumanQueue(self.desk)
        self.seen = []
        self.desk.feed.listen(lambda page: self.seen.extend(one.position for one in page))

    async def do(self, what, **told):
        """Do something and return what came of it."""
        match what:
            case "hire":
                await self.desk.presence.know(DeskAgent(**told))
                await self.desk.presence.connect(told["agent_id"])
                until = SystemClock().now() + LINES_SECONDS
                await self.desk.store.keep_connected([told["agent_id"]], until=until)
            case "writes":
                message = UserMessage(**told, input_channel="rest")
                outcome = await self.gateway.handle(message)
                return [reply.text for reply in outcome.replies]
            case "says":
                by = Person(told.pop("by"), "")
                said = AgentMessage(agent=by.as_json(), **told)
                return await self.desk.speaking.say(said, by, lambda _: None)
            case "close":
                by = Person(told["by"], "")
                await self.desk.serving.close(told["conversation_id"], by, lambda _: None)
            case "claim":
                by = Person(told["by"], "")
                await self.desk.serving.claim(told["conversation_id"], by, lambda _: None)
            case "session":
                session = await self.store.open_session(told["conversation_id"])
                return None if session is None else asdict(session)
            case "die":
                if told["at"] == "told":
                    self.handoffs.dies = True
                else:
                    self.store.dies = told["at"]
            case "seen":
                await self.desk.feed.look()
                return self.seen
        return None

    async def connected(self, reader, writer):
        while line := await reader.readline():
            try:
                answer = {"done": await self.do(**json.loads(line))}
            except KefuError as error:
                answer = {"error": getattr(error, "problem", error.code)}
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()

    async def run(self, *, dispatches):
        await self.desk.feed.begin()
        server = await asyncio.start_server(self.connected, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - read by the test
        work = [self.gateway.run(), self.gateway.sharing.run(), self.desk.feed.run()]
        if dispatches:
            work += [self.desk.dispatcher.run(), self.desk.timekeeper.run()]
        await asyncio.gather(*work)


async def serve(database, dispatches, *redis):
    from kefu.gateway import rounds

    rounds._REFEED_SECONDS = 1.0
    assert Rounds is rounds.Rounds
    storage = await open_sql(database)
    shared = await coordination(storage, *redis)
    await Process(storage, shared).run(dispatches=dispatches == "yes")


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
