"""One open WebSocket of a visitor: says what is missing, then what happens, and listens."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from kefu.channels.base import Door, InboundMessage, LoggedEvent, WebSocket
from kefu.channels.web.frames import (
    Hello,
    Message,
    Ping,
    decode_frame,
    encode_frame,
    error_frame,
)
from kefu.channels.web.limits import FlowLimit
from kefu.channels.web.transcript import answered_ids, inbound, visible_frames
from kefu.errors import ChannelError, StorageError
from kefu.logs import fields

__all__ = ["FRESH_EVENTS", "LiveSession", "SessionLimits"]

log = logging.getLogger(__name__)

PAGE_LENGTH = 500
FRESH_EVENTS = 400
"""How far back a client sees that has seen nothing yet."""
RETRY_SECONDS = 1.0
MAX_BAD_FRAMES = 10
POLICY_VIOLATION = 1008
TRY_AGAIN_LATER = 1013


class SessionLimits:
    """What a client may do."""

    __slots__ = ("flow", "max_text")

    def __init__(self, flow: FlowLimit, max_text: int) -> None:
        self.flow = flow
        self.max_text = max_text


class LiveSession:
    """Serves one WebSocket from after its ``hello`` until it is gone."""

    def __init__(
        self,
        door: Door,
        socket: WebSocket,
        conversation_id: str,
        hello: Hello,
        limits: SessionLimits,
    ) -> None:
        self._door = door
        self._socket = socket
        self._conversation_id = conversation_id
        self._locale = hello.locale
        self._limits = limits
        self._cursor = hello.last_seq
        self._news = asyncio.Event()
        self._unanswered: set[str] = set()
        self._bad_frames = 0

    async def run(self, token: str) -> None:
        """Welcome the client and serve it until the connection is gone."""
        stop_watching = self._door.watch(self._conversation_id, self._news.set)
        try:
            if not await self._welcome(token):
                return
            async with asyncio.TaskGroup() as tasks:
                speaking = tasks.create_task(self._speak())
                await self._listen()
                speaking.cancel()
        finally:
            stop_watching()

    async def _welcome(self, token: str) -> bool:
        """Tell the client where it stands; False when that cannot be said at the moment."""
        try:
            last_seq = await self._door.last_seq(self._conversation_id)
        except StorageError:
            await self._socket.send(error_frame("unavailable", "come back in a moment"))
            await self._socket.close(TRY_AGAIN_LATER, "the log cannot be read")
            return False
        if self._cursor > last_seq:
            # The client knows a log that is gone, as after the database was put back.
            self._cursor = 0
            await self._socket.send(encode_frame("reset"))
        if self._cursor == 0:
            self._cursor = max(0, last_seq - FRESH_EVENTS)
        await self._socket.send(encode_frame("welcome", token=token, seq=last_seq))
        self._news.set()
        return True

    # -- speaking --------------------------------------------------------------------------

    async def _speak(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._catch_up()
            except StorageError as error:
                where = fields(conversation_id=self._conversation_id, error=str(error))
                log.warning("the log cannot be read for a web visitor", extra=where)
                self._news.set()
                await asyncio.sleep(RETRY_SECONDS)

    async def _catch_up(self) -> None:
        while True:
            records = await self._door.log(
                self._conversation_id, after=self._cursor, limit=PAGE_LENGTH
            )
            if records:
                await self._tell(records)
            if len(records) < PAGE_LENGTH:
                break
        await self._socket.send(encode_frame("synced", seq=self._cursor))

    async def _tell(self, records: Sequence[LoggedEvent]) -> None:
        for frame in visible_frames(self._conversation_id, records):
            kind = frame.pop("type")
            await self._socket.send(encode_frame(kind, **frame))
        self._cursor = records[-1].seq
        answered = self._unanswered & answered_ids(records)
        if answered:
            self._unanswered -= answered
            if not self._unanswered:
                await self._socket.send(encode_frame("typing", on=False))

    # -- listening -------------------------------------------------------------------------

    async def _listen(self) -> None:
        while (data := await self._socket.receive()) is not None:
            try:
                frame = decode_frame(data, max_text=self._limits.max_text)
            except ChannelError as error:
                if not await self._forgives(str(error)):
                    return
                continue
            match frame:
                case Message():
                    await self._take(frame)
                case Ping():
                    await self._socket.send(encode_frame("pong"))
                case Hello():
                    await self._forgives("'hello' comes once")

    async def _forgives(self, wrong: str) -> bool:
        """Tell the client what was wrong with its frame; False when it was wrong too often."""
        self._bad_frames += 1
        await self._socket.send(error_frame("bad_frame", wrong))
        if self._bad_frames < MAX_BAD_FRAMES:
            return True
        await self._socket.close(POLICY_VIOLATION, "too many bad frames")
        return False

    async def _take(self, frame: Message) -> None:
        if not self._limits.flow.admits(self._conversation_id):
            wrong = "too many messages; wait a moment"
            await self._socket.send(error_frame("too_many", wrong, id=frame.id))
            return
        message = inbound(frame, self._conversation_id, self._locale)
        assert message.message_id is not None
        try:
            await self._receive(message, frame.id)
        except StorageError as error:
            where = fields(conversation_id=self._conversation_id, error=str(error))
            log.warning("a web visitor's message was not taken", extra=where)
            wrong = "not received; send it again"
            await self._socket.send(error_frame("unavailable", wrong, id=frame.id))

    async def _receive(self, message: InboundMessage, client_id: str) -> None:
        assert message.message_id is not None
        self._unanswered.add(message.message_id)
        receipt = await self._door.receive(message)
        await self._socket.send(encode_frame("accepted", id=client_id))
        if receipt.is_repeat:
            self._unanswered.discard(message.message_id)
        elif message.message_id in self._unanswered:
            await self._socket.send(encode_frame("typing", on=True))
