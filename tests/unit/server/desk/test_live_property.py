"""Whatever happens, however lines are cut, slow or polled: each screen ends up with the truth.

A screen here is what the workbench does with frames: rows by conversation, items by place, each
taken once; cuts lose whatever was not taken yet.
"""

import asyncio
import json
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from kefu.app.desk import GatewayDoor
from kefu.clock import ManualClock
from kefu.core.domain import Domain
from kefu.core.events import ConversationPaused
from kefu.core.human_queue import Handoff
from kefu.core.messages import AgentMessage, UserMessage
from kefu.desk.agents import DeskAgent
from kefu.desk.desk import Desk
from kefu.desk.handing import Known
from kefu.desk.moves import Whereto
from kefu.desk.people import Person
from kefu.dialogue.bot import Bot
from kefu.errors import Conflict, DeskError
from kefu.gateway.gateway import Gateway
from kefu.server.desk.live.frames import Hello
from kefu.server.desk.reach import sees, subject_of
from kefu.server.desk.services import DeskServices
from kefu.staff.permissions import ROLES, Actor, Role
from kefu.storage.memory import open_memory

CONVERSATIONS = ("web-a", "web-b")
AGENTS = ("lin", "chen", "boss")
HAPPENS = ("customer", "wants", "note")
ROLE_OF = {"lin": Role.AGENT, "chen": Role.AGENT, "boss": Role.SUPERVISOR}


async def look(_):
    return Known()


class Screen:
    """What one agent's screen knows."""

    def __init__(self, actor):
        self.actor, self.line = actor, None
        self.cursor, self.rows, self.items = None, {}, {name: {} for name in CONVERSATIONS}
        self.known = dict.fromkeys(CONVERSATIONS, 0)
        self.is_stale = False
        """Whether its lists have to be loaded anew."""

    def take(self, frames):
        for frame in map(json.loads, frames):
            match frame["type"]:
                case "welcome":
                    if self.cursor is None or not frame["is_gapless"]:
                        self.cursor = frame["cursor"]
                        self.rows, self.is_stale = {}, True
                case "event":
                    if frame["position"] <= self.cursor:
                        continue
                    self.cursor = frame["position"]
                    if frame["kind"] == "row":
                        self.rows[frame["conversation_id"]] = frame["row"]
                case "cursor":
                    self.cursor = max(self.cursor, frame["position"])
                case "items":
                    self.take_items(frame)

    def take_items(self, frame):
        name = frame["conversation_id"]
        for item in frame["items"]:
            if item["seq"] > self.known[name]:
                self.items[name][item["seq"]] = item
        self.known[name] = max(self.known[name], frame["last_seq"])
        if frame["row"]:
            self.rows[name] = frame["row"]


class Play:
    """A desk without background tasks, and screens on it."""

    async def begin(self):
        self.storage, self.clock = open_memory(), ManualClock()
        bot = Bot(domain=Domain.from_dict({}), understanding=None, predictor=None)
        self.gateway = Gateway(bot, self.storage.stores, clock=self.clock)
        self.desk = Desk(self.storage.desk, GatewayDoor(self.gateway), self.clock, look=look)
        self.served = DeskServices(desk=self.desk, threads=self.gateway, clock=self.clock)
        self.hub = self.served.live
        self.people = {}
        self.screens = {}
        for name in AGENTS:
            await self.desk.presence.know(DeskAgent(agent_id=name, name=name, max_sessions=9))
            await self.desk.presence.connect(name)
            self.people[name] = Person(name, name)
            role = ROLES[ROLE_OF[name]]
            self.screens[name] = Screen(Actor(account_id=name, name=name, permissions=role))
        await self.desk.feed.begin()
        self.desk.feed.listen(self.hub._heard)
        await self.hub._begin()

    async def settle(self):
        """Let everything that was told be ready for lines."""
        while True:
            await self.desk.feed.look()
            while self.hub._waiting:
                await self.hub.tell()
            tasks = tuple(self.hub._tasks)
            if not tasks and not self.desk.feed.position > self.hub.position:
                return
            if tasks:
                await asyncio.wait(tasks)

    async def connect(self, name):
        screen = self.screens[name]
        if screen.line is None:
            screen.line = await self.hub.attach(screen.actor)
            known = {one: screen.known[one] for one in CONVERSATIONS if name == "boss"}
            await screen.line.hear(Hello(cursor=screen.cursor, open=known))

    async def cut(self, name, *, takes):
        """Cut a line; what it was given last may be lost on the way."""
        screen = self.screens[name]
        if screen.line is not None:
            frames = await screen.line.take()
            if takes:
                screen.take(frames)
                await self.load(screen)
            await self.hub.detach(screen.line)
            screen.line = None

    async def pull(self, name):
        screen = self.screens[name]
        if screen.line is not None:
            screen.take(await screen.line.take())
            await self.load(screen)

    async def load(self, screen):
        """Load lists as the workbench does when it is told that what it knows is too old."""
        if screen.is_stale:
            screen.is_stale = False
            screen.rows = {
                name: {"version": session.version, "state": session.state}
                for name, session in (await self.truth(screen)).items()
            }

    async def truth(self, screen):
        found = {}
        for name in CONVERSATIONS:
            record = await self.desk.store.row(name)
            if record is not None and record.session is not None:
                found[name] = record.session
        return {name: one for name, one in found.items() if sees(screen.actor, subject_of(one))}

    async def act(self, what, conversation, agent):
        name, by = CONVERSATIONS[conversation], self.people[agent]
        with suppress(DeskError, Conflict):
            await (self.happen if what in HAPPENS else self.do)(what, name, by)
        self.clock.advance(0.25)

    async def happen(self, what, name, by):
        match what:
            case "customer":
                message = UserMessage(conversation_id=name, text="话", input_channel="web")
                await self.gateway.receive(message)
                await self.gateway.idle()
            case "wants":
                await self.gateway.append_events(name, [ConversationPaused()])
                await self.desk.request(Handoff(conversation_id=name, channel="web", at=1.0))
            case "note":
                number = str(self.clock.now())
                await self.desk.speaking.note(name, by, message_id=number, text="内部")

    async def do(self, what, name, by):
        serving = self.desk.serving

        def may(_):
            return None

        match what:
            case "claim":
                await serving.claim(name, by, may)
            case "transfer":
                await serving.transfer(name, Whereto(agent=by), by, may)
            case "close":
                await serving.close(name, by, may)
            case "label":
                await serving.label(name, ["x"], [], by, may)
            case "say":
                message = AgentMessage(conversation_id=name, agent=by.as_json(), text="答")
                await self.desk.speaking.say(message, by, may)

    async def check(self):
        for name, screen in self.screens.items():
            await self.connect(name)
            await self.settle()
            for _ in range(5):
                await self.pull(name)
            await self.check_rows(screen)
        boss = self.screens["boss"]
        for name in CONVERSATIONS:
            page = await self.served.reader.newest(name, 10_000)
            told = {seq: item for seq, item in boss.items[name].items() if item["kind"] != "x"}
            assert sorted(told) == [item.seq for item in page.items]

    async def check_rows(self, screen):
        truth = await self.truth(screen)
        shown = {name: row for name, row in screen.rows.items() if row is not None}
        for name, row in shown.items():
            session = truth.get(name)
            if session is None:
                assert row["state"] == "bot", "shown what is no longer theirs"
            else:
                assert (row["state"], row["version"]) == (session.state, session.version)
        assert truth.keys() <= shown.keys()

    async def end(self):
        for screen in self.screens.values():
            if screen.line is not None:
                await self.hub.detach(screen.line)
        self.hub._watching.close()
        await self.gateway.close()


acts = st.tuples(
    st.just("act"),
    st.sampled_from(
        [
            "customer",
            "wants",
            "wants",
            "claim",
            "claim",
            "transfer",
            "close",
            "label",
            "say",
            "note",
        ]
    ),
    st.integers(0, 1),
    st.sampled_from(AGENTS),
)
lines = st.one_of(
    st.tuples(st.just("connect"), st.sampled_from(AGENTS)),
    st.just(("all",)),
    st.tuples(st.just("pull"), st.sampled_from(AGENTS)),
    st.tuples(st.just("cut"), st.sampled_from(AGENTS), st.booleans()),
    st.just(("settle",)),
)
plays = st.lists(st.one_of(acts, lines), min_size=25, max_size=60)


async def played(steps):
    play = Play()
    await play.begin()
    try:
        for conversation in range(len(CONVERSATIONS)):
            await play.act("customer", conversation, "lin")
            await play.act("wants", conversation, "lin")
        for step in steps:
            match step:
                case ("act", what, conversation, agent):
                    await play.act(what, conversation, agent)
                case ("connect", name):
                    await play.connect(name)
                case ("pull", name):
                    await play.pull(name)
                case ("cut", name, takes):
                    await play.cut(name, takes=takes)
                case ("settle",):
                    await play.settle()
                case _:
                    await play.settle()
                    for name in AGENTS:
                        await play.connect(name)
                        await play.pull(name)
        await play.check()
    finally:
        await play.end()


@settings(max_examples=80, deadline=None)
@given(plays)
def test_every_screen_ends_up_with_the_truth(steps):
    asyncio.run(played(steps))
