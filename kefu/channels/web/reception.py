"""What clients' frames lead to, however they arrive: by WebSocket or by plain HTTP."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kefu.channels.base import ChannelContext, FlowLimit, InboundMessage, Receipt, Signal
from kefu.channels.web.answering import WhoAnswers
from kefu.channels.web.contents import checked_content
from kefu.channels.web.frames import (
    Attributes,
    ClientFrame,
    Consent,
    End,
    Forget,
    Hello,
    Hide,
    History,
    Leave,
    LeaveMessage,
    Message,
    Ping,
    Rate,
    Read,
    Recall,
    Received,
    Track,
    Typing,
    User,
    Visit,
    error,
)
from kefu.channels.web.transcript import TITLE_KEY, Transcript
from kefu.core.content_texts import text_of
from kefu.core.events import ConversationResumed, UserUttered
from kefu.core.names import ATTACHMENT_URL_KEY, LEFT_MESSAGE_KEY, VIEWED_KEY
from kefu.core.notes import note
from kefu.errors import ChannelError, SenderBlocked, StorageError, TooMany

__all__ = ["CHANNEL", "Caller", "Frame", "Limits", "Reception"]

CHANNEL = "web"
RECALL_SECONDS = 120.0
LOOKS_BACK = 400
STILL_SECONDS = 60.0
"""How exact the duration of a visit is."""
_FILE_SECONDS = 30 * 86400.0
"""How long business systems can fetch a file by the address that the bot is told."""
HISTORY_STEP = 200
HISTORY_STEPS = 10

Frame = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a client may do."""

    flow: FlowLimit
    """Messages."""
    signals: FlowLimit
    """Everything else."""
    max_text: int
    shows_typing: bool = False
    """Whether agents see what a customer is writing before it is sent."""


@dataclass(slots=True)
class Caller:
    """A visitor on the line."""

    token: str
    address: str
    """What the visitor's messages are known by."""
    conversation_id: str
    """Where the address leads to."""
    locale: str | None = None
    consents: bool = False
    noted_at: float = 0.0
    """When it was last noted that they are on the page."""
    profile: Mapping[str, Any] = field(default_factory=dict)

    @property
    def conversation_mark(self) -> str:
        """Tells conversations apart, and no more of them."""
        return hashlib.sha256(self.conversation_id.encode("utf-8", "replace")).hexdigest()[:16]


class Reception:
    """Takes messages in and does what else a client asks for."""

    def __init__(self, context: ChannelContext, limits: Limits) -> None:
        self.context = context
        self.limits = limits
        self.door = context.door
        self._customers: Any = context.customers
        attachments = context.attachments
        self.transcript = Transcript(None if attachments is None else attachments.link)
        self.who_answers = WhoAnswers(self.door)

    # -- coming in -------------------------------------------------------------------------

    async def greet(self, token: str, address: str, hello: Hello) -> tuple[Caller, list[Frame]]:
        """Return who called and what went wrong with what they said about themselves.

        Raises:
            StorageError: Nothing can be looked up at the moment.
        """
        caller = Caller(token, address, address, hello.locale)
        wrong: list[Frame] = []
        if hello.user is not None:
            wrong += await self.answer(caller, User(hello.user))
        if hello.consent is not None:
            wrong += await self.answer(caller, Consent(hello.consent))
        if hello.page is not None and self._customers is not None:
            page = hello.page
            wrong += await self.answer(caller, Visit(page.url, page.title, page.referrer))
        caller.conversation_id = await self.door.resolve(address)
        await self._look_up(caller)
        return caller, wrong

    async def _look_up(self, caller: Caller) -> None:
        if self._customers is None or not hasattr(self._customers, "profile"):
            return
        profile = await self._customers.profile(caller.conversation_id)
        caller.profile = profile or {}
        consents = caller.profile.get("consents")
        if isinstance(consents, Mapping):
            caller.consents = bool(consents.get("visits"))

    def welcome(self, caller: Caller, *, seq: int, owner: str) -> Frame:
        """Return the frame that begins a client's session."""
        attachments = self.context.attachments
        limits: Frame = {"max_text": self.limits.max_text}
        if self.limits.shows_typing:
            limits["typing_preview"] = True
        if attachments is not None:
            limits |= {"max_attachment": attachments.max_bytes, "types": list(attachments.types)}
        name = caller.profile.get("name")
        return {
            "type": "welcome",
            "token": caller.token,
            "seq": seq,
            "conversation": caller.conversation_mark,
            "owner": owner,
            "consent": caller.consents,
            "limits": limits,
            **({"user": {"name": name}} if name else {}),
        }

    # -- frames ----------------------------------------------------------------------------

    async def answer(self, caller: Caller, frame: ClientFrame) -> list[Frame]:
        """Do what a frame other than ``hello`` asks for; return the frames that answer it."""
        if isinstance(frame, Message | LeaveMessage):
            return (await self.take(caller, frame))[1]
        if isinstance(frame, Ping):
            return [{"type": "pong"}]
        which = {"id": frame.id} if isinstance(frame, Rate | End) and frame.id else {}
        if not self.limits.signals.admits(caller.address):
            is_typing = isinstance(frame, Typing)
            return [] if is_typing else [error("too_many", "wait a moment", **which)]
        try:
            return await self._do(caller, frame)
        except StorageError:
            return [error("unavailable", "not done; try again", **which)]
        except ChannelError as wrong:
            code: Any = "bad_token" if isinstance(frame, User) else "not_allowed"
            if isinstance(wrong, SenderBlocked):
                code = "blocked"
            return [error(code, str(wrong), **which)]

    async def _do(self, caller: Caller, frame: ClientFrame) -> list[Frame]:
        match frame:
            case Received(seq=seq) | Read(seq=seq):
                state: Any = "read" if isinstance(frame, Read) else "delivered"
                await self.door.seen(
                    caller.conversation_id, up_to=seq, state=state, channel=CHANNEL
                )
            case Typing():
                self._signal(caller, "typing", self._typed(frame))
            case Leave():
                self._signal(caller, "left", {})
                caller.noted_at = 0.0
                await self.still_here(caller)
            case Recall(id=name):
                return await self._recall(caller, name)
            case History():
                return [await self._history(caller, frame)]
            case Rate() | End():
                return await self._close(caller, frame)
            case _:
                return await self._about_themselves(caller, frame)
        return []

    async def _close(self, caller: Caller, frame: Rate | End) -> list[Frame]:
        """Note a rating or the end, once; who waited for a human does so no more."""
        conversation_id = caller.conversation_id
        is_new = frame.id is None or not await self._is_noted(conversation_id, frame.id)
        if isinstance(frame, Rate):
            await self._rate(caller, frame)
            body = note(
                "rated",
                by="customer",
                score=frame.score,
                comment=frame.comment,
                rating_id=frame.rating_id,
                id=frame.id,
            )
        else:
            body = note("ended", by="customer", id=frame.id)
        if is_new:
            await self.door.note(conversation_id, body)
        if isinstance(frame, End):
            head = await self.door.head(conversation_id)
            if head is not None and head.owner == "queue":
                await self.door.append_events(conversation_id, [ConversationResumed()])
        return [{"type": "accepted", "id": frame.id}] if frame.id else []

    async def _rate(self, caller: Caller, frame: Rate) -> None:
        """Let the bot, or the agent, have the rating as a message."""
        rating = {"type": "rating", "score": frame.score}
        if frame.comment:
            rating["comment"] = frame.comment
        if frame.rating_id:
            rating["rating_id"] = frame.rating_id
        message = Message(frame.id or secrets.token_hex(12), content=rating)
        await self.door.receive(await self.inbound(caller, message))

    async def _is_noted(self, conversation_id: str, name: str) -> bool:
        end = await self.door.last_seq(conversation_id)
        recent = await self.door.passage(conversation_id, after=max(0, end - LOOKS_BACK))
        return any(e.note is not None and e.note.get("id") == name for e in recent.entries)

    async def still_here(self, caller: Caller) -> None:
        """Take note that the customer is on the page they opened last, if they agreed to that."""
        now = self.context.clock.now()
        if not caller.consents or self._customers is None or now < caller.noted_at + STILL_SECONDS:
            return
        caller.noted_at = now
        with contextlib.suppress(StorageError):
            await self._customers.seen(caller.address)

    async def _about_themselves(self, caller: Caller, frame: ClientFrame) -> list[Frame]:
        if self._customers is None:
            return [error("not_allowed", "this server keeps no customers")]
        match frame:
            case User(token=token):
                reference = await self._customers.sign_in(caller.address, token)
                caller.conversation_id = reference.conversation_id
                await self._look_up(caller)
            case Attributes(data=data):
                await self._customers.set_attributes(caller.address, data)
            case Consent(on=on):
                await self._customers.set_consent(caller.address, consents=on)
                caller.consents = on
            case Visit(url=url, title=title, referrer=referrer):
                await self._customers.visit(caller.address, url=url, title=title, referrer=referrer)
            case Track(event=event, data=data):
                await self._customers.track(caller.address, event, data)
            case Hide(fields=fields, on=on):
                await self._customers.hide(caller.address, fields, is_hidden=on)
            case Forget(fields=fields):
                await self._customers.forget(caller.address, *([fields] if fields else []))
            case _:
                pass
        return []

    def _signal(self, caller: Caller, kind: str, data: Mapping[str, Any]) -> None:
        self.door.signal(caller.conversation_id, Signal(kind=kind, by="customer", data=data))

    def _typed(self, frame: Typing) -> Frame:
        shown = self.limits.shows_typing and frame.on and frame.text
        text = {"text": (frame.text or "")[: self.limits.max_text]} if shown else {}
        return {"on": frame.on, **text}

    # -- messages --------------------------------------------------------------------------

    async def take(
        self, caller: Caller, frame: Message | LeaveMessage
    ) -> tuple[Receipt | None, list[Frame]]:
        """Take a message; return its receipt, None if it was not taken, and what answers it."""
        if not self.limits.flow.admits(caller.address):
            return None, [error("too_many", "too many messages; wait a moment", id=frame.id)]
        try:
            if isinstance(frame, LeaveMessage) and not await self._leaves_the_line(caller):
                wait = "stay in line; messages are not taken instead"
                return None, [error("not_allowed", wait, id=frame.id)]
            receipt = await self.door.receive(await self.inbound(caller, frame))
        except (ChannelError, StorageError) as wrong:
            return None, [_not_taken(wrong, frame.id)]
        return receipt, [{"type": "accepted", "id": frame.id, "seq": receipt.seq}]

    async def _leaves_the_line(self, caller: Caller) -> bool:
        """Let a customer who leaves a message wait no longer; False if they may not."""
        head = await self.door.head(caller.conversation_id)
        if head is None or head.owner != "queue":
            return True
        humans = self.context.humans
        if humans is not None and not humans.now.takes_messages:
            return False
        await self.door.append_events(caller.conversation_id, [ConversationResumed()])
        return True

    def key_of(self, caller: Caller, frame: Message | LeaveMessage) -> str:
        """Return the id by which a client's message counts once."""
        return f"{caller.address}:{frame.id}"

    async def inbound(self, caller: Caller, frame: Message | LeaveMessage) -> InboundMessage:
        """Return what a client's message means for the gateway.

        Raises:
            ChannelError: Its content cannot be taken.
        """
        metadata: Frame = {}
        content = None
        text = frame.text
        if isinstance(frame, LeaveMessage):
            metadata[LEFT_MESSAGE_KEY] = {"name": frame.name, "contact": frame.contact}
        else:
            metadata |= frame.metadata
            if frame.title is not None:
                metadata[TITLE_KEY] = frame.title
            if frame.content is not None:
                attachments = self.context.attachments
                content = await checked_content(
                    frame.content, caller.address, attachments, self.door
                )
                text = text.strip() or text_of(content, caller.locale)
                kept = getattr(content, "attachment", None)
                if kept and attachments is not None:
                    link = attachments.link(kept, seconds=_FILE_SECONDS)
                    metadata[ATTACHMENT_URL_KEY] = link
            metadata |= await self._viewed(caller)
        if caller.locale is not None:
            metadata.setdefault("locale", caller.locale)
        return InboundMessage(
            conversation_id=caller.address,
            text=text,
            message_id=self.key_of(caller, frame),
            content=content,
            input_channel=CHANNEL,
            output_channel=CHANNEL,
            metadata=metadata,
        )

    async def _viewed(self, caller: Caller) -> Frame:
        """Return the pages that a customer who agreed to that has seen, for the bot to know."""
        if not caller.consents or not hasattr(self._customers, "viewed"):
            return {}
        pages = await self._customers.viewed(caller.address)
        return {VIEWED_KEY: pages} if pages else {}

    async def _recall(self, caller: Caller, name: str) -> list[Frame]:
        end = await self.door.last_seq(caller.conversation_id)
        after = max(0, end - LOOKS_BACK)
        now = self.context.clock.now()
        recent = await self.door.passage(caller.conversation_id, after=after)
        for entry in recent.entries:
            event = entry.event
            is_it = isinstance(event, UserUttered) and (
                event.message_id == f"{caller.address}:{name}"
            )
            if is_it and now - entry.timestamp <= RECALL_SECONDS:
                body = note("recalled", by="customer", id=name, of_seq=entry.seq)
                await self.door.note(caller.conversation_id, body)
                return []
        return [error("not_allowed", "this message cannot be taken back", id=name)]

    async def _history(self, caller: Caller, asked: History) -> Frame:
        """Return what is before a place, a little more than asked for at most."""
        frames: list[Frame] = []
        end = asked.before - 1
        for _ in range(HISTORY_STEPS):
            after = max(0, end - HISTORY_STEP)
            passage = await self.door.passage(
                caller.conversation_id, after=after, limit=end - after
            )
            here = [entry for entry in passage.entries if entry.seq <= end]
            frames = [*self.transcript.frames(caller.address, here), *frames]
            end = after
            if end == 0 or len(frames) >= asked.limit:
                break
        kept = frames[-asked.limit :]
        more = end > 0 or len(kept) < len(frames)
        before = kept[0]["seq"] if kept else end + 1
        return {"type": "history", "frames": kept, "more": more, "before": before}


def _not_taken(wrong: ChannelError | StorageError, name: str) -> Frame:
    """Return what a client is told whose message was not taken."""
    match wrong:
        case StorageError():
            return error("unavailable", "not received; send it again", id=name)
        case TooMany():
            return error("too_many", str(wrong), id=name)
        case SenderBlocked():
            return error("blocked", str(wrong), id=name)
        case _:
            return error("bad_frame", str(wrong), id=name)
