"""Stand-ins for what a channel is given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from kefu.channels.base import (
    ChannelContext,
    ChannelCounters,
    FlowLimits,
    Place,
    Signal,
    Standing,
    StateChange,
    TimedState,
)
from kefu.clock import ManualClock
from kefu.core.events import BotUttered, Event, UserUttered
from kefu.core.messages import Reply, UserMessage
from kefu.errors import Unavailable
from kefu.storage.memory.channel_state import MemoryChannelState
from kefu.storage.memory.leases import MemoryLeases
from kefu.storage.memory.records import Shelf


@dataclass(kw_only=True)
class FakeRequest:
    body: bytes = b""
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "POST"
    client: str = "127.0.0.1"


@dataclass(frozen=True)
class Record:
    seq: int
    event: Event


@dataclass(frozen=True, kw_only=True)
class Entry:
    seq: int
    timestamp: float = 0.0
    event: Event | None = None
    note: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Passage:
    conversation_id: str
    entries: Sequence[Entry]


@dataclass(frozen=True, kw_only=True)
class Head:
    owner: str = "bot"
    last_seq: int = 0


@dataclass(frozen=True, kw_only=True)
class Done:
    replies: tuple[Reply, ...] = ()
    is_repeat: bool = False
    conversation_id: str = ""
    seq: int = 0


@dataclass(frozen=True, kw_only=True)
class Passive:
    replies: tuple[Reply, ...]
    delivery_ids: tuple[int, ...]
    is_repeat: bool = False


class EchoDoor:
    """Answers every message with its own text, and keeps logs as the gateway does.

    What a test wants to decide stands in attributes: :attr:`aliases`, :attr:`is_down`,
    :attr:`answers_at_once`, :attr:`replies`; what was asked of the door is in the lists.
    """

    def __init__(self, shelf: Shelf | None = None) -> None:
        self.messages: list[UserMessage] = []
        self.logs: dict[str, list[Event | Mapping[str, Any]]] = {}
        self.aliases: dict[str, str] = {}
        self.owners: dict[str, str] = {}
        self.is_down = False
        self.limits: FlowLimits | None = None
        self.now: Callable[[], float] = lambda: 0.0
        self.answers_at_once = True
        self.replies: list[Reply] = []
        self.shelf = shelf or Shelf()
        self.confirmed: list[int] = []
        self.handed_back: list[int] = []
        self.reports: list[tuple[str, str, str, str | None]] = []
        self.seen_up_to: list[tuple[str, int, str, str]] = []
        self.released: list[str] = []
        self.signals: list[tuple[str, Signal]] = []
        self._passive: dict[str, Passive] = {}
        self._numbers = count(1)
        self._hints: dict[str, list[Callable[[], None]]] = {}
        self._listeners: dict[str, list[Callable[[Signal], None]]] = {}

    def _check(self) -> None:
        if self.is_down:
            raise Unavailable("the log cannot be reached")

    async def resolve(self, address: str) -> str:
        self._check()
        return self.aliases.get(address, address)

    async def handle(self, message: UserMessage) -> Done:
        done = await self.receive(message)
        reply = Reply(recipient_id=done.conversation_id, text=message.text)
        return replace(done, replies=(reply,))

    async def receive(self, message: UserMessage, *, changes: Sequence[StateChange] = ()) -> Done:
        self._check()
        self.shelf.change_states(changes, self.now())
        if self.limits is not None:
            assert self.limits.admits("sender", message.conversation_id)
        conversation_id = self.aliases.get(message.conversation_id, message.conversation_id)
        seq = len(self.logs.get(conversation_id, ())) + 1
        known = {(m.input_channel, m.message_id) for m in self.messages if m.message_id}
        if (message.input_channel, message.message_id) in known:
            return Done(is_repeat=True, conversation_id=conversation_id, seq=seq)
        self.messages.append(message)
        if self.answers_at_once:
            self.answer(message)
        return Done(conversation_id=conversation_id, seq=seq)

    async def receive_all(
        self, messages: Sequence[UserMessage], *, changes: Sequence[StateChange] = ()
    ) -> list[Done]:
        self._check()
        self.shelf.change_states(changes, self.now())
        return [await self.receive(message) for message in messages]

    async def answer_within(
        self, message: UserMessage, seconds: float, *, changes: Sequence[StateChange] = ()
    ) -> Passive | None:
        done = await self.receive(message, changes=changes)
        key = message.message_id or ""
        if done.is_repeat and key in self._passive:
            return replace(self._passive[key], is_repeat=True)
        if not self.answers_at_once:
            return None
        echo = Reply(recipient_id=done.conversation_id, text=message.text)
        replies = tuple(self.replies) or (echo,)
        numbers = tuple(next(self._numbers) for _ in replies)
        answered = Passive(replies=replies, delivery_ids=numbers)
        self._passive[key] = answered
        return answered

    async def confirm(self, delivery_ids: Sequence[int]) -> None:
        self._check()
        self.confirmed.extend(delivery_ids)

    async def hand_back(self, delivery_ids: Sequence[int]) -> None:
        self._check()
        self.handed_back.extend(delivery_ids)

    async def note_delivery(
        self, channel: str, reference: str, state: str, *, reason: str | None = None
    ) -> bool:
        self._check()
        self.reports.append((channel, reference, state, reason))
        return True

    async def seen(self, conversation_id: str, *, up_to: int, state: str, channel: str) -> None:
        self._check()
        self.seen_up_to.append((conversation_id, up_to, state, channel))

    async def release_held(self, conversation_id: str) -> int:
        self._check()
        self.released.append(conversation_id)
        return 0

    def answer(self, message: UserMessage) -> None:
        heard = UserUttered(
            text=message.text, message_id=message.message_id, metadata=message.metadata
        )
        conversation_id = self.aliases.get(message.conversation_id, message.conversation_id)
        self.commit(conversation_id, heard, BotUttered(text=message.text))

    def commit(self, conversation_id: str, *events: Event) -> None:
        self.logs.setdefault(conversation_id, []).extend(events)
        self._hint(conversation_id)

    def _hint(self, conversation_id: str) -> None:
        for hint in tuple(self._hints.get(conversation_id, ())):
            hint()

    async def append_events(self, conversation_id: str, events: Sequence[Event]) -> Done:
        self._check()
        self.commit(conversation_id, *events)
        return Done(conversation_id=conversation_id)

    async def note(self, conversation_id: str, body: Mapping[str, Any]) -> int:
        self._check()
        conversation_id = self.aliases.get(conversation_id, conversation_id)
        log = self.logs.setdefault(conversation_id, [])
        log.append(body)
        self._hint(conversation_id)
        return len(log)

    async def log(
        self, conversation_id: str, *, after: int = 0, limit: int | None = None
    ) -> list[Record]:
        self._check()
        logged = self.logs.get(self.aliases.get(conversation_id, conversation_id), [])
        records = [
            Record(seq, event)
            for seq, event in enumerate(logged, 1)
            if seq > after and not isinstance(event, Mapping)
        ]
        return records[:limit]

    async def passage(self, address: str, *, after: int = 0, limit: int | None = None) -> Passage:
        self._check()
        conversation_id = self.aliases.get(address, address)
        logged = self.logs.get(conversation_id, [])
        found = [
            Entry(seq=seq, note=item) if isinstance(item, Mapping) else Entry(seq=seq, event=item)
            for seq, item in enumerate(logged, 1)
            if seq > after
        ]
        return Passage(conversation_id, found[:limit])

    async def head(self, conversation_id: str) -> Head | None:
        last_seq = await self.last_seq(conversation_id)
        owner = self.owners.get(conversation_id, "bot")
        return Head(owner=owner, last_seq=last_seq) if last_seq else None

    async def last_seq(self, conversation_id: str) -> int:
        self._check()
        return len(self.logs.get(self.aliases.get(conversation_id, conversation_id), ()))

    def signal(self, conversation_id: str, signal: Signal) -> None:
        self.signals.append((conversation_id, signal))
        for listener in tuple(self._listeners.get(conversation_id, ())):
            listener(signal)

    def watch(
        self,
        conversation_id: str,
        hint: Callable[[], None],
        *,
        signals: Callable[[Signal], None] | None = None,
    ) -> Callable[[], None]:
        hints = self._hints.setdefault(conversation_id, [])
        hints.append(hint)
        listeners = self._listeners.setdefault(conversation_id, [])
        if signals is not None:
            listeners.append(signals)

        def stop() -> None:
            hints.remove(hint)
            if signals is not None:
                listeners.remove(signals)

        return stop

    @property
    def watchers(self) -> int:
        return sum(map(len, self._hints.values()))


class FakeSocket:
    """Both ends of a WebSocket, without the wire."""

    def __init__(self) -> None:
        self._incoming: asyncio.Queue[str | None] = asyncio.Queue()
        self.sent: asyncio.Queue[str] = asyncio.Queue()
        self.closed: tuple[int, str] | None = None

    async def receive(self) -> str | None:
        return await self._incoming.get()

    async def send(self, *texts: str) -> bool:
        for text in texts:
            self.sent.put_nowait(text)
        return self.closed is None

    async def close(self, code: int, reason: str) -> None:
        self.closed = self.closed or (code, reason)
        self._incoming.put_nowait(None)

    def client_sends(self, frame: str) -> None:
        self._incoming.put_nowait(frame)

    def client_leaves(self) -> None:
        self._incoming.put_nowait(None)


class FakeHumans:
    """How things stand with the humans, as a test says."""

    def __init__(self, door: Any, **standing: Any) -> None:
        self.door = door
        self.now = Standing(**standing)
        self.looks = 0
        self.hears: list[Callable[[], None]] = []

    def listen(self, hear: Callable[[], None]) -> Callable[[], None]:
        self.hears.append(hear)
        return lambda: self.hears.remove(hear)

    async def look(self) -> Standing:
        self.looks += 1
        return self.now

    def move(self, **places: Place) -> None:
        """Let the line stand like this; who watches is told."""
        self.now = replace(self.now, places=places)
        for name in places:
            self.door.signal(name, Signal(kind="place", by="agent"))

    def become(self, **changes: Any) -> None:
        """Let something change that concerns all."""
        self.now = replace(self.now, **changes)
        for hear in tuple(self.hears):
            hear()


def a_context(door: Any = None, **options: Any) -> ChannelContext:
    door, clock = door or EchoDoor(), options.get("clock") or ManualClock()
    shelf = getattr(door, "shelf", None) or Shelf()
    if isinstance(door, EchoDoor):
        door.now = clock.now
    values: dict[str, Any] = {
        "door": door,
        "clock": clock,
        "state": TimedState(MemoryChannelState(shelf), clock),
        "leases": MemoryLeases(clock.now),
        "limits": FlowLimits(clock),
        "counters": ChannelCounters(),
        "state_dir": Path("nowhere"),
        "spawn": asyncio.ensure_future,
    }
    return ChannelContext(**(values | options))
