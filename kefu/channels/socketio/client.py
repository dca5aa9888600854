"""One client in the channel's namespace: says what the bot says, takes what the customer says."""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec

from kefu.channels.base import ChannelContext, InboundMessage, LoggedEntry
from kefu.channels.socketio.bot_messages import bot_messages
from kefu.channels.socketio.line import Line
from kefu.channels.socketio.packets import SocketPacket
from kefu.channels.socketio.settings import SocketIOSettings
from kefu.core.nesting import TooDeep, check_depth
from kefu.errors import ChannelError, StorageError, TooMany, Unavailable
from kefu.logs import fields

__all__ = ["CHANNEL", "Client"]

log = logging.getLogger(__name__)

CHANNEL: Final = "socketio"
KEPT_SECONDS: Final = 30 * 86_400
MAX_SESSION: Final = 255
MAX_TEXT: Final = 20_000
_PAGE: Final = 200
_ATTEMPTS: Final = 6
_PAUSE: Final = 0.5
_RETRY_SECONDS: Final = 1.0


class Client:
    """Follows a conversation's log for a client, whoever of several processes writes it."""

    def __init__(
        self,
        line: Line,
        settings: SocketIOSettings,
        context: ChannelContext,
        client: str,
    ) -> None:
        """Begin without a conversation.

        Args:
            line: The connection.
            settings: Of the channel.
            context: Of the channel.
            client: The client's network address.
        """
        self.id = secrets.token_urlsafe(15)
        self._line = line
        self._settings = settings
        self._context = context
        self._door = context.door
        self._from = client
        self._address: str | None = None
        self._conversation_id = ""
        self._cursor = 0
        self._told_at_ping = 0
        self._arrived = 0
        self._stop_watching: Callable[[], None] | None = None
        self._news = False
        self._is_speaking = False
        self._is_gone = False
        self._taking = asyncio.Lock()
        self._telling = asyncio.Lock()

    # -- events of the client --------------------------------------------------------------

    async def heard(self, packet: SocketPacket) -> None:
        """Act upon an event.

        Raises:
            ChannelError: It is none.
        """
        name, data = packet.event
        if name == "session_request":
            await self._begin_session(data)
        elif name == self._settings.user_event:
            await self._take(data)
        if packet.id is not None:
            await self._send(SocketPacket.ACK, [], packet.id)

    async def _begin_session(self, data: Any) -> None:
        given = data.get("session_id") if isinstance(data, Mapping) else None
        session = _session(given) or uuid.uuid4().hex
        if self._settings.keeps_sessions:
            await self._follow(session)
        await self._emit("session_confirm", session)

    async def _take(self, data: Any) -> None:
        if not isinstance(data, Mapping):
            raise ChannelError("a message is an object with 'message'")
        session: str | None = self.id
        if self._settings.keeps_sessions:
            session = _session(data.get("session_id"))
        if session is None:
            self._context.counters.count(CHANNEL, "without_session")
            log.warning(
                "a message without 'session_id' is ignored; the client has to ask for a session"
                " first, or 'session_persistence' is not for it",
                extra=fields(channel=CHANNEL, client=self._from),
            )
            return
        message = InboundMessage(
            conversation_id=session,
            text=_text(data),
            message_id=f"{self.id}:{uuid.uuid4().hex}",
            input_channel=CHANNEL,
            output_channel=CHANNEL,
            metadata=_metadata(data.get(self._settings.metadata_key)),
        )
        if session != self._address:
            await self._follow(session)
        async with self._taking:  # in the order in which they came
            await self._hand_in(message)

    async def _hand_in(self, message: InboundMessage) -> None:
        """Bring a message in, trying for a while where the log cannot be reached."""
        pause, why = _PAUSE, ""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                await self._door.receive(message)
            except TooMany as error:
                wait = error.retry_after
                why = "too many messages"
            except Unavailable as error:
                wait, pause, why = pause, 2 * pause, str(error)
            else:
                return
            if attempt < _ATTEMPTS and not self._is_gone:
                await asyncio.sleep(wait * random.uniform(1.0, 1.3))
        self._context.counters.count(CHANNEL, "not_taken")
        where = fields(conversation_id=message.conversation_id, error=why)
        log.warning("a message of a chat widget was not taken", extra=where)

    # -- the log ---------------------------------------------------------------------------

    async def _follow(self, address: str) -> None:
        """Tell the client from now on what is said in the conversation of ``address``.

        What was said while a known client was away comes first.
        """
        await self._keep_place()
        self._address = address
        try:
            self._conversation_id = await self._door.resolve(address)
            last = await self._door.last_seq(self._conversation_id)
            kept = await self._context.state.get(self._key())
        except StorageError as error:
            where = fields(conversation_id=address, error=str(error))
            log.warning("the log cannot be read for a chat widget", extra=where)
            self._address = None
            raise
        known = int(kept.value) if kept is not None and kept.value.isdecimal() else last
        self._cursor = self._told_at_ping = self._arrived = known if known <= last else last
        self._watch()
        self._hint()

    def _watch(self) -> None:
        self._unwatch()
        self._stop_watching = self._door.watch(self._conversation_id, self._hint)

    def _unwatch(self) -> None:
        if self._stop_watching is not None:
            self._stop_watching()
            self._stop_watching = None

    def _hint(self) -> None:
        self._news = True
        if not self._is_speaking and not self._is_gone:
            self._is_speaking = True
            self._context.spawn(self._speak())

    async def _speak(self) -> None:
        try:
            while self._news and not self._is_gone:
                self._news = False
                try:
                    await self._catch_up()
                except StorageError as error:
                    where = fields(conversation_id=self._conversation_id, error=str(error))
                    log.warning("the log cannot be read for a chat widget", extra=where)
                    self._news = True
                    await asyncio.sleep(_RETRY_SECONDS * random.uniform(0.5, 1.5))
        finally:
            self._is_speaking = False

    async def _catch_up(self) -> None:
        while not self._is_gone and (address := self._address) is not None:
            passage = await self._door.passage(address, after=self._cursor, limit=_PAGE)
            if address != self._address:
                continue
            if passage.conversation_id != self._conversation_id:
                # The customer turned out to be somebody we know, whose log is another one.
                self._conversation_id = passage.conversation_id
                self._cursor = await self._door.last_seq(self._conversation_id)
                self._watch()
                return
            async with self._telling:
                await self._tell(passage.entries)
            if len(passage.entries) < _PAGE:
                return

    async def _tell(self, entries: Sequence[LoggedEntry]) -> None:
        """Say what the bot says in entries, as far as the client takes it."""
        attachments = self._context.attachments
        link = None if attachments is None else attachments.link
        for entry in entries:
            for said in () if entry.event is None else bot_messages(entry.event, link=link):
                if not await self._emit(self._settings.bot_event, said):
                    return
            self._cursor = entry.seq

    # -- coming and going ------------------------------------------------------------------

    def asked(self, *, was_heard: bool) -> None:
        """Take note that the client is asked for a sign of life, having given one or not before.

        What it was told before the time that it was asked last has then arrived.
        """
        if was_heard:
            self._arrived = self._told_at_ping
        self._told_at_ping = self._cursor

    async def leave(self, *, was_silent: bool = False) -> None:
        """Forget the client; remember how far a session was told that may come back.

        Args:
            was_silent: It did not say that it goes: what it was told since it gave its last sign of
                life may not have arrived.
        """
        if self._is_gone:
            return
        self._is_gone = True
        self._unwatch()
        async with self._telling:
            if was_silent:
                self._cursor = self._arrived
            await self._keep_place()

    async def _keep_place(self) -> None:
        if self._address is None or not self._settings.keeps_sessions:
            return
        try:
            await self._context.state.put(
                self._key(), str(self._cursor), expires_in=float(KEPT_SECONDS)
            )
        except StorageError as error:
            where = fields(conversation_id=self._address, error=str(error))
            log.warning("it is not remembered how far a chat widget was told", extra=where)

    def _key(self) -> str:
        return f"{CHANNEL}:told:{self._conversation_id}"

    # -- packets out -----------------------------------------------------------------------

    async def _emit(self, event: str, data: Any) -> bool:
        return await self._send(SocketPacket.EVENT, [event, data])

    async def _send(self, kind: int, data: Any, number: int | None = None) -> bool:
        namespace = self._settings.namespace
        packet = SocketPacket(kind=kind, namespace=namespace, id=number, data=data)
        return await self._line.send(packet.encoded())


def _session(given: Any) -> str | None:
    """Return the name of a session; None: it is none."""
    if isinstance(given, bool) or not isinstance(given, str | int):
        return None
    name = str(given)
    return name if 0 < len(name) <= MAX_SESSION and name.isprintable() else None


def _text(data: Mapping[str, Any]) -> str:
    text = data.get("message", "")
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        raise ChannelError(f"'message' must be a text of at most {MAX_TEXT} characters")
    return text


def _metadata(given: Any) -> Mapping[str, Any]:
    """Return metadata, which clients send as an object or as the JSON text of one."""
    if isinstance(given, str):
        try:
            check_depth(given)
            given = msgspec.json.decode(given)
        except (msgspec.DecodeError, UnicodeEncodeError, TooDeep) as error:
            raise ChannelError("the metadata of a message must be an object") from error
    if given is not None and not isinstance(given, Mapping):
        raise ChannelError("the metadata of a message must be an object")
    return given or {}
