"""A process with the wecom channel and nothing else: the door, and what is shared, are in memory.

Several of them can share one :class:`Shared`, as processes share a database.
"""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

from aiohttp import web

from kefu.channels.base import ChannelContext, ChannelCounters, StateValue
from kefu.channels.wecom.connector import WeComConnector
from kefu.clock import ManualClock
from kefu.core.leases import Lease
from kefu.core.messages import Reply
from kefu.errors import Conflict, Unavailable


@dataclass
class Shared:
    """What processes share: state, leases, the log and the deliveries."""

    clock: ManualClock = field(default_factory=ManualClock)
    messages: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    reports: list = field(default_factory=list)
    released: list = field(default_factory=list)
    said: dict = field(default_factory=dict)
    """Conversation -> events of its log, for what looks back."""
    references: set = field(default_factory=set)
    """Of deliveries that are known."""
    is_down: bool = False
    values: dict = field(default_factory=dict)
    holders: dict = field(default_factory=dict)

    def __post_init__(self):
        self._tokens = itertools.count(1)
        self.fails_before_commit = 0

    # -- state

    async def get(self, key):
        value, ends = self.values.get(key, (None, None))
        return None if ends is not None and ends <= self.clock.now() else value

    async def put(self, key, value, *, expires_in=None):
        await self._set(key, value, expires_in)

    async def change(self, key, value, *, expected_version, expires_in=None):
        if self._version(await self.get(key)) != expected_version:
            return False
        await self._set(key, value, expires_in)
        return True

    async def _set(self, key, value, expires_in):
        version = self._version(await self.get(key))
        ends = None if expires_in is None else self.clock.now() + expires_in
        self.values[key] = (StateValue(value, version + 1), ends)

    def _version(self, found):
        return 0 if found is None else found.version

    # -- leases

    async def acquire(self, name, *, seconds):
        _, ends = self.holders.get(name, (None, 0.0))
        if ends > self.clock.now():
            return None
        lease = Lease(name=name, token=next(self._tokens))
        self.holders[name] = (lease, self.clock.now() + seconds)
        return lease

    async def renew(self, lease, *, seconds):
        if self.holders.get(lease.name, (None,))[0] != lease:
            return False
        self.holders[lease.name] = (lease, self.clock.now() + seconds)
        return True

    async def release(self, lease):
        if self.holders.get(lease.name, (None,))[0] == lease:
            del self.holders[lease.name]

    # -- the door

    async def receive_all(self, messages, *, changes=()):
        if self.is_down:
            raise Unavailable("the log cannot be reached")
        if self.fails_before_commit:
            self.fails_before_commit -= 1
            raise Unavailable("killed between pull and commit")
        for change in changes:
            found = self._version(await self.get(change.key))
            if found != change.expected_version:
                raise Conflict("the cursor moved")
            await self._set(change.key, change.value, None)
        known = {message.message_id for message in self.messages}
        self.messages += [message for message in messages if message.message_id not in known]
        return ()

    async def note(self, conversation_id, body):
        self.notes.append((conversation_id, dict(body)))
        return len(self.notes)

    async def last_seq(self, conversation_id):
        return sum(message.conversation_id == conversation_id for message in self.messages)

    async def resolve(self, address):
        return address

    async def log(self, conversation_id, *, after=0, limit=None):
        return [SimpleNamespace(event=event) for event in self.said.get(conversation_id, ())]

    async def note_delivery(self, channel, reference, state, *, reason=None):
        is_known = reference in self.references
        if is_known:
            self.reports.append((reference, state, reason))
        return is_known

    async def release_held(self, conversation_id):
        self.released.append(conversation_id)
        return 0

    @property
    def texts(self):
        return [message.text for message in self.messages]


@dataclass
class Process:
    """The channel as one process has it."""

    connector: WeComConnector
    shared: Shared
    counters: ChannelCounters
    url: str
    tasks: set

    async def say(self, recipient, text, *, delivery_id, **reply):
        """Send a text as the outbox does; return the reference."""
        return await self.send(
            recipient, Reply(recipient_id="c", text=text, **reply), delivery_id=delivery_id
        )

    async def send(self, recipient, reply, *, delivery_id):
        return await self.connector.send(reply, delivery_id=delivery_id, recipient=recipient)

    def counted(self, what):
        return self.counters.counts["wecom", what]


@dataclass(frozen=True)
class Request:
    method: str
    query: dict
    headers: dict
    body: bytes
    client: str = "127.0.0.1"


@asynccontextmanager
async def wecom_process(platform, shared, **settings):
    """Serve the channel on a port; ``attachments`` and ``customers`` go into its context."""
    tasks, counters = set(), ChannelCounters()

    def spawn(work):
        task = asyncio.get_running_loop().create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return task

    context = ChannelContext(
        door=shared,
        clock=shared.clock,
        state_dir=Path("nowhere"),
        spawn=spawn,
        state=shared,
        leases=shared,
        limits=None,
        counters=counters,
        attachments=settings.pop("attachments", None),
        customers=settings.pop("customers", None),
    )
    raw = {
        "corp_id": platform.corp_id,
        "secret": platform.secret,
        "token": platform.callback_token,
        "encoding_aes_key": platform.aes_key,
        "api": platform.url,
        "pull_every": 3600,
        **settings,
    }
    connector = WeComConnector.from_settings(raw, context)
    app = web.Application(client_max_size=1 << 16)
    for route in connector.routes():
        app.router.add_route(route.method, f"/webhooks/wecom{route.path}", _served(route))
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhooks/wecom/webhook"
    try:
        yield Process(connector, shared, counters, url, tasks)
    finally:
        await runner.cleanup()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await connector.close()


def _served(route):
    async def serve(request):
        body = await request.read()
        wanted = Request(request.method, dict(request.query), dict(request.headers), body)
        answer = await route.serve(wanted)
        return web.Response(status=answer.status, body=answer.body)

    return serve
