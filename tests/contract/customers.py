"""Customers over a real store, with a bot that remembers what its log says."""

import json

from kefu.customers.customers import Customers
from kefu.customers.records import Memory
from kefu.customers.tokens import Tokens
from kefu.customers.views import CustomerViews
from kefu.gateway.records import Arrival, Commit, NewEntry
from kefu.project.settings import CustomerSettings

INITIAL = {"size": None, "colour": None, "language": "zh", "requested_slot": None}


class FakeClock:
    def __init__(self):
        self.time = 1_000.0

    def now(self):
        self.time += 1
        return self.time


class LoggedConversations:
    """What customers need of conversations, folded from the log without a model."""

    def __init__(self, storage):
        self.storage = storage
        self.redirects = []
        self.erasures = []
        self.told = {}

    async def memory(self, conversation_id):
        stored = await self.storage.stores.log.load(conversation_id)
        if stored is None:
            return None
        slots = dict(INITIAL)
        for entry in stored.entries:
            if entry.kind == "slot":
                raw = json.loads(entry.body)
                slots[raw["name"]] = raw["value"]
        return Memory(version=stored.head.version, slots=slots, initial=dict(INITIAL))

    async def set_slots(self, conversation_id, values):
        self.told[conversation_id] = values

    async def forget_files(self, address):
        await self.storage.attachments.drop(address)

    async def erased(self, conversation_id):
        self.erasures.append(conversation_id)

    async def redirected(self, conversation_id, to):
        self.redirects.append((conversation_id, to))


class World:
    """A store with customers on it, and what happens to them."""

    def __init__(self, storage, **settings):
        self.storage = storage
        self.clock = FakeClock()
        self.conversations = LoggedConversations(storage)
        self.customers = Customers(
            storage.customers,
            storage.visits,
            self.conversations,
            tokens=Tokens(CustomerSettings(), None, self.clock),
            settings=CustomerSettings(**settings),
            clock=self.clock,
        )
        self.views = CustomerViews(storage.customers, storage.visits)
        self.log = storage.stores.log
        self.numbers = iter(range(1_000_000))

    async def say(self, address, text="hello", *, is_answered=True, **slots):
        """Let somebody say something, and the bot remember something of it."""
        received = await self.log.receive(
            Arrival(
                conversation_id=address,
                channel=address.partition("-")[0],
                message_id=f"m{next(self.numbers)}",
                timestamp=self.clock.now(),
                body=json.dumps({"text": text}),
            )
        )
        if is_answered:
            await self.answer(received, text, **slots)
        return received

    async def answer(self, received, text="hello", **slots):
        raw = [{"event": "user", "text": text, "timestamp": self.clock.now()}]
        raw += [
            {"event": "slot", "name": name, "value": value, "timestamp": self.clock.now()}
            for name, value in slots.items()
        ]
        await self.commit(received.conversation_id, raw, answers=received.seq)

    async def commit(self, conversation_id, raw=(), *, answers=0, owner=None):
        stored = await self.log.load(conversation_id)
        await self.log.commit(
            Commit(
                conversation_id=conversation_id,
                expected_version=stored.head.version if stored else 0,
                owner=owner or (stored.head.owner if stored else "bot"),
                timestamp=self.clock.now(),
                entries=tuple(
                    NewEntry(kind=it["event"], timestamp=it["timestamp"], body=json.dumps(it))
                    for it in raw
                ),
                answers=answers,
            )
        )

    async def leads(self, address):
        return (await self.storage.customers.look(address)).conversation_id

    async def kinds(self, conversation_id):
        stored = await self.log.load(conversation_id)
        return [entry.kind for entry in stored.entries]

    async def slots(self, conversation_id):
        return (await self.conversations.memory(conversation_id)).slots

    async def identify(self, address, kind, value, is_verified=True):
        return await self.customers.identify(
            address, kind=kind, value=value, is_verified=is_verified
        )
