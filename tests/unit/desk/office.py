"""A desk at work: a gateway with a small bot, a store in memory, agents, and a clock to move."""

from dataclasses import replace

from connectors.human_queue import HumanQueue
from kefu.app.desk import GatewayDoor
from kefu.app.handoffs import Handoffs
from kefu.clock import ManualClock
from kefu.core.messages import AgentMessage
from kefu.desk.agents import DeskAgent
from kefu.desk.desk import Desk, DeskSettings
from kefu.desk.handing import Known
from kefu.desk.people import Person
from kefu.gateway.gateway import Gateway
from kefu.gateway.settings import GatewaySettings
from kefu.storage.memory import open_memory
from tests.unit.gateway.fakes import EchoBot, message


def anybody(_session):
    """Nobody is refused."""


class Channel:
    """A channel that remembers what it sent."""

    def __init__(self):
        self.sent = []

    async def send(self, reply, *, delivery_id, recipient):
        self.sent.append(reply.text or reply.custom)


class Office:
    """Everything of a desk, with short words for what tests do all the time."""

    def __init__(self, *, known=None, bot=None, clock=None, storage=None, **settings):
        self.clock = clock or ManualClock()
        self.storage = storage or open_memory()
        self.bot = bot or EchoBot(self.clock)
        self.handoffs = Handoffs(self.clock)
        self.gateway = Gateway(
            self.bot,
            self.storage.stores,
            clock=self.clock,
            settings=GatewaySettings(),
            handoff=self.handoffs,
        )
        self.channel = Channel()
        self.gateway.connect("push", self.channel)
        self.known = known or Known()

        async def look(_handoff):
            return self.known

        self.desk_door = GatewayDoor(self.gateway)
        self.desk = Desk(
            self.storage.desk,
            self.desk_door,
            self.clock,
            look=look,
            settings=DeskSettings(**settings),
        )
        self.handoffs.queue = HumanQueue(self.desk)
        self.store = self.storage.desk

    async def hire(self, name, **profile):
        """Let an agent come to work; return who it is."""
        agent = DeskAgent(agent_id=f"a_{name}", name=name, **profile)
        await self.desk.presence.know(agent)
        await self.desk.presence.connect(agent.agent_id)
        return Person(agent.agent_id, name)

    async def agent(self, who):
        return await self.store.agent(who.id)

    async def writes(self, text, conversation_id="c1", **more):
        """Let a customer write something."""
        said = message(text, conversation_id=conversation_id, channel="push", **more)
        await self.gateway.receive(said)
        await self.gateway.idle()

    async def asks(self, conversation_id="c1"):
        """Let a customer ask for a human; return the session."""
        await self.writes("pause", conversation_id)
        return await self.store.open_session(conversation_id)

    async def session(self, conversation_id="c1"):
        """Return the latest session."""
        return (await self.store.sessions_of(conversation_id, limit=1))[0]

    async def owner(self, conversation_id="c1"):
        return (await self.gateway.head(conversation_id)).owner

    async def dispatch(self):
        return await self.desk.dispatcher.dispatch()

    async def says(self, who, text, conversation_id="c1", message_id="m1", may=anybody):
        """Let an agent answer."""
        said = AgentMessage(
            conversation_id=conversation_id, agent=who.as_json(), message_id=message_id, text=text
        )
        seq = await self.desk.speaking.say(said, who, may)
        await self.gateway.idle()
        return seq

    async def notes(self, conversation_id="c1"):
        """Return the notes of the log, oldest first."""
        passage = await self.gateway.passage(conversation_id)
        return [entry.note for entry in passage.entries if entry.note is not None]

    async def kinds(self, conversation_id="c1"):
        return [note["note"] for note in await self.notes(conversation_id)]

    async def told(self, kind):
        """Return what was told of a kind."""
        return [event for event in await self.store.events(after=0) if event.kind == kind]

    def later(self, seconds):
        self.clock.advance(seconds)


__all__ = ["Channel", "Office", "anybody", "replace"]
