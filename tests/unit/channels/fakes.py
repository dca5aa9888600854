"""Stand-ins for what a channel is given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kefu.channels.base import ChannelContext
from kefu.clock import ManualClock
from kefu.core.events import BotUttered, Event, UserUttered
from kefu.core.messages import Reply, UserMessage
from kefu.errors import Unavailable


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
class Done:
    replies: tuple[Reply, ...] = ()
    is_repeat: bool = False


class EchoDoor:
    """Answers every message with its own text, and keeps logs as the gateway does."""

    def __init__(self) -> None:
        self.messages: list[UserMessage] = []
        self.logs: dict[str, list[Event]] = {}
        self.is_down = False
        self.answers_at_once = True
        self._hints: dict[str, list[Callable[[], None]]] = {}

    async def handle(self, message: UserMessage) -> Done:
        await self.receive(message)
        return Done(replies=(Reply(recipient_id=message.conversation_id, text=message.text),))

    async def receive(self, message: UserMessage) -> Done:
        if self.is_down:
            raise Unavailable("the log cannot be reached")
        known = {m.message_id for m in self.messages if m.message_id}
        if message.message_id in known:
            return Done(is_repeat=True)
        self.messages.append(message)
        if self.answers_at_once:
            self.answer(message)
        return Done()

    def answer(self, message: UserMessage) -> None:
        heard = UserUttered(
            text=message.text, message_id=message.message_id, metadata=message.metadata
        )
        self.commit(message.conversation_id, heard, BotUttered(text=message.text))

    def commit(self, conversation_id: str, *events: Event) -> None:
        self.logs.setdefault(conversation_id, []).extend(events)
        for hint in self._hints.get(conversation_id, ()):
            hint()

    async def log(
        self, conversation_id: str, *, after: int = 0, limit: int | None = None
    ) -> list[Record]:
        if self.is_down:
            raise Unavailable("the log cannot be reached")
        events = self.logs.get(conversation_id, [])
        records = [Record(seq, event) for seq, event in enumerate(events, 1) if seq > after]
        return records[:limit]

    async def last_seq(self, conversation_id: str) -> int:
        if self.is_down:
            raise Unavailable("the log cannot be reached")
        return len(self.logs.get(conversation_id, ()))

    def watch(self, conversation_id: str, hint: Callable[[], None]) -> Callable[[], None]:
        hints = self._hints.setdefault(conversation_id, [])
        hints.append(hint)
        return lambda: hints.remove(hint)

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

    async def send(self, text: str) -> bool:
        self.sent.put_nowait(text)
        return self.closed is None

    async def close(self, code: int, reason: str) -> None:
        self.closed = self.closed or (code, reason)
        self._incoming.put_nowait(None)

    def client_sends(self, frame: str) -> None:
        self._incoming.put_nowait(frame)

    def client_leaves(self) -> None:
        self._incoming.put_nowait(None)


def a_context(door: Any = None, **options: Any) -> ChannelContext:
    values: dict[str, Any] = {
        "door": door or EchoDoor(),
        "clock": ManualClock(),
        "state_dir": Path("nowhere"),
        "spawn": lambda _: None,
    }
    return ChannelContext(**(values | options))
