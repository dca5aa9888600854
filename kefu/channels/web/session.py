"""One open WebSocket of a visitor: says what is missing, then what happens, and listens."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from kefu.channels.base import LoggedEntry, Signal, WebSocket
from kefu.channels.web.frames import (
    Hello,
    LeaveMessage,
    Message,
    Ping,
    Pong,
    User,
    decode_frame,
    encode_frame,
    error_frame,
)
from kefu.channels.web.pulse import Pulse
from kefu.channels.web.reception import Caller, Reception
from kefu.channels.web.transcript import agent_of, answered_ids, owner_after
from kefu.core.events import AgentUttered
from kefu.errors import ChannelError, StorageError
from kefu.logs import fields

__all__ = ["FRESH_EVENTS", "LiveSession"]

log = logging.getLogger(__name__)

PAGE_LENGTH = 500
FRESH_EVENTS = 400
"""How far back a client sees that has seen nothing yet."""
RETRY_SECONDS = 1.0
MAX_BAD_FRAMES = 10
POLICY_VIOLATION = 1008
GOING_AWAY = 1001
TRY_AGAIN_LATER = 1013
PONG = '{"type":"pong"}'
PING = '{"type":"ping"}'


class LiveSession:
    """Serves one WebSocket from after its ``hello`` until it is gone.

    While nothing happens it is one task that waits for the next frame: ten thousand of them are
    what a process holds.
    """

    __slots__ = (
        "_agent",
        "_bad_frames",
        "_caller",
        "_cursor",
        "_is_closed",
        "_is_speaking",
        "_news",
        "_owner",
        "_position",
        "_reception",
        "_socket",
        "_stop_watching",
        "_unanswered",
        "heard_at",
    )

    def __init__(self, reception: Reception, socket: WebSocket, caller: Caller, seen: int) -> None:
        self._reception = reception
        self._socket = socket
        self._caller = caller
        self._cursor = seen
        self._owner = "bot"
        self._agent: dict[str, Any] | None = None
        self._position: int | None = None
        self._news = False
        self._is_speaking = False
        self._is_closed = False
        self._unanswered: set[str] | None = None
        self._bad_frames = 0
        self._stop_watching: Callable[[], None] | None = None
        self.heard_at = 0.0

    async def run(self, pulse: Pulse) -> None:
        """Welcome the client and serve it until the connection is gone."""
        pulse.add(self)
        self._watch()
        try:
            if await self._welcome():
                await self._listen()
        finally:
            self._is_closed = True
            pulse.remove(self)
            self._unwatch()

    def _watch(self) -> None:
        self._unwatch()
        self._stop_watching = self._reception.door.watch(
            self._caller.conversation_id, self._hint, signals=self._told
        )

    def _unwatch(self) -> None:
        if self._stop_watching is not None:
            self._stop_watching()
            self._stop_watching = None

    async def _welcome(self) -> bool:
        """Tell the client where it stands; False when that cannot be said at the moment."""
        try:
            head = await self._reception.door.head(self._caller.conversation_id)
        except StorageError:
            await self._socket.send(error_frame("unavailable", "come back in a moment"))
            await self._socket.close(TRY_AGAIN_LATER, "the log cannot be read")
            return False
        last_seq = head.last_seq if head is not None else 0
        self._owner = head.owner if head is not None else "bot"
        if self._cursor > last_seq:
            # The client knows a log that is gone, as after the database was put back.
            self._cursor = 0
            await self._socket.send(encode_frame("reset"))
        if self._cursor == 0:
            self._cursor = max(0, last_seq - FRESH_EVENTS)
        welcome = self._reception.welcome(self._caller, seq=last_seq, owner=self._owner)
        await self._send(welcome)
        if self._cursor == last_seq:
            await self._send({"type": "synced", "seq": last_seq})
        else:
            self._hint()
        return True

    async def _send(self, frame: dict[str, Any]) -> None:
        if not await self._socket.send(msgspec.json.encode(frame).decode()):
            self._is_closed = True

    # -- speaking --------------------------------------------------------------------------

    def _hint(self) -> None:
        self._news = True
        if not self._is_speaking and not self._is_closed:
            self._is_speaking = True
            self._reception.context.spawn(self._speak())

    async def _speak(self) -> None:
        try:
            while self._news and not self._is_closed:
                self._news = False
                try:
                    await self._catch_up()
                except StorageError as error:
                    where = fields(conversation_id=self._caller.conversation_id, error=str(error))
                    log.warning("the log cannot be read for a web visitor", extra=where)
                    self._news = True
                    await asyncio.sleep(RETRY_SECONDS * random.uniform(0.5, 1.5))
        finally:
            self._is_speaking = False

    async def _catch_up(self) -> None:
        caller = self._caller
        leads_to = await self._reception.door.resolve(caller.address)
        if leads_to != caller.conversation_id:
            await self._move(leads_to)
            return
        while not self._is_closed:
            entries = await self._reception.door.entries(
                caller.conversation_id, after=self._cursor, limit=PAGE_LENGTH
            )
            if entries:
                await self._tell(entries)
            if len(entries) < PAGE_LENGTH:
                break
        await self._send({"type": "synced", "seq": self._cursor})

    async def _move(self, conversation_id: str) -> None:
        """Go on in another conversation: the customer turned out to be somebody we know."""
        self._caller.conversation_id = conversation_id
        self._cursor = 0
        self._watch()
        await self._send({"type": "reset"})
        await self._welcome()

    async def _tell(self, entries: Sequence[LoggedEntry]) -> None:
        said, heard = 0, 0
        for frame in self._reception.transcript.frames(self._caller.address, entries):
            await self._send(frame)
            if frame["type"] == "message":
                if frame["from"] == "customer":
                    heard = frame["seq"]
                else:
                    said = frame["seq"]
        self._cursor = entries[-1].seq
        await self._tell_typing(entries)
        await self._tell_owner(entries)
        if heard:
            read = {"read": heard} if said > heard else {}
            await self._send({"type": "ticks", "delivered": heard, **read})

    async def _tell_typing(self, entries: Sequence[LoggedEntry]) -> None:
        if self._unanswered is None:
            return
        answered = self._unanswered & answered_ids(entries)
        if answered:
            self._unanswered -= answered
            if not self._unanswered:
                self._unanswered = None
                await self._send({"type": "typing", "on": False, "from": "bot"})

    async def _tell_owner(self, entries: Sequence[LoggedEntry]) -> None:
        owner, agent = self._owner, self._agent
        for entry in entries:
            owner = owner_after(owner, entry)
            if isinstance(entry.event, AgentUttered):
                agent = agent_of(entry.event) or agent
        await self._change_owner(owner, agent if owner == "agent" else None)

    async def _change_owner(self, owner: str, agent: dict[str, Any] | None) -> None:
        if (owner, agent) == (self._owner, self._agent):
            return
        self._owner, self._agent, self._position = owner, agent, None
        await self._send({"type": "state", "owner": owner, **({"agent": agent} if agent else {})})

    # -- what happens now ------------------------------------------------------------------

    def _told(self, signal: Signal) -> None:
        if signal.by != "customer" and not self._is_closed:
            self._reception.context.spawn(self._pass_on(signal))

    async def _pass_on(self, signal: Signal) -> None:
        data = signal.data
        match signal.kind:
            case "typing":
                on = bool(data.get("on", True))
                await self._send({"type": "typing", "on": on, "from": signal.by})
            case "delivered" | "read":
                seq = data.get("up_to") or data.get("seq")
                if isinstance(seq, int):
                    await self._send({"type": "ticks", signal.kind: seq})
            case "owner":
                agent = data.get("agent")
                shown = dict(agent) if isinstance(agent, dict) else None
                await self._change_owner(str(data.get("owner") or self._owner), shown)
            case "offline":
                await self._send({"type": "state", "owner": self._owner, "offline": True})
            case _:
                pass

    # -- the pulse -------------------------------------------------------------------------

    @property
    def waits_for_human(self) -> bool:
        """Whether the customer is in the queue."""
        return self._owner == "queue"

    async def ask(self) -> None:
        """Ask whether the client is there."""
        await self._socket.send(PING)

    async def let_go(self) -> None:
        """Close what is silent."""
        self._is_closed = True
        await self._socket.close(GOING_AWAY, "silent for too long")

    async def say_position(self, waiting: Sequence[str]) -> None:
        """Tell the customer how many are before them, when that has changed."""
        conversation_id = self._caller.conversation_id
        position = waiting.index(conversation_id) + 1 if conversation_id in waiting else None
        if position is not None and position != self._position:
            self._position = position
            queue = {"position": position}
            await self._send({"type": "state", "owner": "queue", "queue": queue})

    # -- listening -------------------------------------------------------------------------

    async def _listen(self) -> None:
        clock = self._reception.context.clock
        max_text = self._reception.limits.max_text
        while (data := await self._socket.receive()) is not None:
            self.heard_at = clock.now()
            try:
                frame = decode_frame(data, max_text=max_text)
            except ChannelError as error:
                if not await self._forgives(str(error)):
                    return
                continue
            match frame:
                case Message() | LeaveMessage():
                    await self._take(frame)
                case Ping():
                    await self._socket.send(PONG)
                case Pong():
                    pass
                case Hello():
                    if not await self._forgives("'hello' comes once"):
                        return
                case _:
                    await self._do(frame)

    async def _do(self, frame: Any) -> None:
        before = self._caller.conversation_id
        for answer in await self._reception.answer(self._caller, frame):
            await self._send(answer)
            if answer["type"] == "error" and isinstance(frame, User):
                return
        if not isinstance(frame, User):
            return
        leads_to = self._caller.conversation_id
        if leads_to != before:
            await self._move(leads_to)
        else:
            await self._welcome()

    async def _forgives(self, wrong: str) -> bool:
        """Tell the client what was wrong with its frame; False when it was wrong too often."""
        self._bad_frames += 1
        await self._socket.send(error_frame("bad_frame", wrong))
        if self._bad_frames < MAX_BAD_FRAMES:
            return True
        await self._socket.close(POLICY_VIOLATION, "too many bad frames")
        return False

    async def _take(self, frame: Message | LeaveMessage) -> None:
        key = f"{self._caller.address}:{frame.id}"
        if self._unanswered is None:
            self._unanswered = set()
        self._unanswered.add(key)
        receipt, answers = await self._reception.take(self._caller, frame)
        for answer in answers:
            await self._send(answer)
        if not self._waits_for(key):
            return  # its turn is over
        if receipt is None or receipt.is_repeat:
            self._unanswered.discard(key)
        elif self._owner == "bot":
            await self._send({"type": "typing", "on": True, "from": "bot"})

    def _waits_for(self, key: str) -> bool:
        return self._unanswered is not None and key in self._unanswered
