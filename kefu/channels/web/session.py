"""One open WebSocket of a visitor: says what is missing, then what happens, and listens."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from kefu.channels.base import Signal, WebSocket
from kefu.channels.web.frames import (
    Hello,
    LeaveMessage,
    Message,
    Ping,
    Pong,
    User,
    decode_frame,
    error_frame,
    id_in,
)
from kefu.channels.web.pulse import Pulse
from kefu.channels.web.reception import Caller, Frame, Reception
from kefu.channels.web.view import View
from kefu.errors import ChannelError, StorageError
from kefu.logs import fields

__all__ = ["LiveSession"]

log = logging.getLogger(__name__)

PAGE_LENGTH = 500
TYPING_AFTER = 0.2
"""Seconds after which the client is told that the bot is at work; most answers need less."""
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
        "_bad_frames",
        "_caller",
        "_is_closed",
        "_is_speaking",
        "_news",
        "_reception",
        "_socket",
        "_stop_watching",
        "_view",
        "heard_at",
    )

    def __init__(self, reception: Reception, socket: WebSocket, caller: Caller, view: View) -> None:
        self._reception = reception
        self._socket = socket
        self._caller = caller
        self._view = view
        self._news = False
        self._is_speaking = False
        self._is_closed = False
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
        name, view = self._caller.conversation_id, self._view
        try:
            head = await self._reception.door.head(name)
            last_seq, owner = (head.last_seq, head.owner) if head is not None else (0, "bot")
            answering = await self._reception.who_answers.at(name, last_seq, owner)
        except StorageError:
            await self._socket.send(error_frame("unavailable", "come back in a moment"))
            await self._socket.close(TRY_AGAIN_LATER, "the log cannot be read")
            return False
        frames: list[Frame] = [] if view.begin(name, last_seq, answering) else [{"type": "reset"}]
        frames.append(self._reception.welcome(self._caller, seq=last_seq, owner=owner))
        frames += view.changed()
        is_news = view.cursor != last_seq
        if not is_news:
            frames.append({"type": "synced", "seq": last_seq})
        await self._send(frames)
        if is_news:
            self._hint()
        return True

    async def _send(self, frames: Sequence[Frame]) -> None:
        if frames and not await self._socket.send(*map(_encoded, frames)):
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
        caller, view = self._caller, self._view
        while not self._is_closed:
            passage = await self._reception.door.passage(
                caller.address, after=view.cursor, limit=PAGE_LENGTH
            )
            if passage.conversation_id != caller.conversation_id:
                await self._move(passage.conversation_id)
                return
            frames = view.told(passage.entries)
            if len(passage.entries) < PAGE_LENGTH:
                await self._send([*frames, {"type": "synced", "seq": view.cursor}])
                return
            await self._send(frames)

    async def _move(self, conversation_id: str) -> None:
        """Go on in another conversation: the customer turned out to be somebody we know."""
        self._caller.conversation_id = conversation_id
        self._view.is_elsewhere = True
        self._watch()
        await self._welcome()

    def _told(self, signal: Signal) -> None:
        if not self._is_closed and (frames := self._view.signalled(signal)):
            self._reception.context.spawn(self._send(frames))

    # -- the pulse -------------------------------------------------------------------------

    @property
    def waits_for_human(self) -> bool:
        """Whether the customer is in the queue."""
        return self._view.owner == "queue"

    async def ask(self) -> None:
        """Ask whether the client is there."""
        await self._socket.send(PING)

    async def let_go(self) -> None:
        """Close what is silent."""
        self._is_closed = True
        await self._socket.close(GOING_AWAY, "silent for too long")

    async def say_how_things_stand(self) -> None:
        """Tell the customer how things stand with the humans, when that has changed."""
        if not self._is_closed:
            await self._send(self._view.changed())

    # -- listening -------------------------------------------------------------------------

    async def _listen(self) -> None:
        clock = self._reception.context.clock
        max_text = self._reception.limits.max_text
        while (data := await self._socket.receive()) is not None:
            self.heard_at = clock.now()
            try:
                frame = decode_frame(data, max_text=max_text)
            except ChannelError as error:
                if not await self._forgives(str(error), id_in(data)):
                    return
                continue
            match frame:
                case Message() | LeaveMessage():
                    await self._take(frame)
                case Ping():
                    await self._socket.send(PONG)
                    await self._reception.still_here(self._caller)
                case Pong():
                    await self._reception.still_here(self._caller)
                case Hello():
                    if not await self._forgives("'hello' comes once"):
                        return
                case _:
                    await self._do(frame)

    async def _do(self, frame: Any) -> None:
        before = self._caller.conversation_id
        answers = await self._reception.answer(self._caller, frame)
        await self._send(answers)
        if not isinstance(frame, User) or any(answer["type"] == "error" for answer in answers):
            return
        leads_to = self._caller.conversation_id
        if leads_to != before:
            await self._move(leads_to)
        else:
            await self._welcome()

    async def _forgives(self, wrong: str, name: str | None = None) -> bool:
        """Tell the client what was wrong with its frame; False when it was wrong too often."""
        self._bad_frames += 1
        which = {} if name is None else {"id": name}
        await self._socket.send(error_frame("bad_frame", wrong, **which))
        if self._bad_frames < MAX_BAD_FRAMES:
            return True
        await self._socket.close(POLICY_VIOLATION, "too many bad frames")
        return False

    async def _take(self, frame: Message | LeaveMessage) -> None:
        view, key = self._view, self._reception.key_of(self._caller, frame)
        view.asked(key)
        receipt, answers = await self._reception.take(self._caller, frame)
        if receipt is None or receipt.is_repeat:
            answers = [*answers, *view.waived(key)]
        elif view.waits_for(key):
            asyncio.get_running_loop().call_later(TYPING_AFTER, self._type, key)
        await self._send(answers)

    def _type(self, key: str) -> None:
        if not self._is_closed and (frames := self._view.late(key)):
            self._reception.context.spawn(self._send(frames))


_encode = msgspec.json.Encoder().encode


def _encoded(frame: Frame) -> str:
    return _encode(frame).decode()
