"""What both kinds of WeChat accounts do with a push."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias, TypeVar

import msgspec

from kefu.channels.base import (
    ChannelContext,
    InboundMessage,
    StateChange,
    WebRequest,
    WebResponse,
)
from kefu.channels.showing import meant
from kefu.channels.wechat.account import Account
from kefu.channels.wechat.arrivals import Arrival, Happening, Said, arrival_of
from kefu.channels.wechat.pushes import Push
from kefu.core.contents import Choice, Image, Rating, Video, Voice
from kefu.core.notes import note
from kefu.errors import Conflict, TooMany, Unavailable, Untrusted
from kefu.logs import fields

__all__ = ["SUCCESS", "Receiving"]

log = logging.getLogger(__name__)

T = TypeVar("T")
Take: TypeAlias = Callable[[Sequence[StateChange]], Awaitable[T]]

SUCCESS = WebResponse(body=b"success")
MEDIA_SECONDS = 2.0
ATTEMPTS = 8
STATUS = {"malformed": 400, "too_large": 413}
"""What a request is answered that is not WeChat's; anything else is 403."""
ACTS = {"follow": "subscribe", "scan": "scan", "enter": "enter"}


class Receiving:
    """Reads pushes, notes what is no message, and makes messages of the rest."""

    def __init__(self, channel: str, account: Account, context: ChannelContext) -> None:
        self._channel = channel
        self._account = account
        self._context = context

    def checked(self, request: WebRequest) -> WebResponse:
        """Answer the check of the address."""
        try:
            return WebResponse(body=self._account.pushes.echo(request))
        except Untrusted as error:
            return self.refused(error)

    async def read(self, request: WebRequest) -> tuple[Push, Arrival]:
        """Return a push and what it means.

        Raises:
            Untrusted: It is not WeChat's.
            TooMany: The customer writes faster than is allowed.
        """
        push = await self._account.pushes.read(request)
        arrival = arrival_of(push, self._context.language())
        limits, address = self._context.limits, self._account.address(push.sender)
        if not limits.has_room("sender", address):
            self._context.counters.count(self._channel, "too_many")
            wait = limits.wait("sender", address)
            raise TooMany("a customer writes faster than is allowed", retry_after=wait)
        return push, arrival

    def refused(self, error: Untrusted) -> WebResponse:
        """Count what is not WeChat's, and answer it; nothing else happens."""
        self._context.counters.count(self._channel, error.what)
        log.warning(
            "a request is refused",
            extra=fields(channel=self._channel, what=error.what, why=str(error)),
        )
        return WebResponse(status=STATUS.get(error.what, 403), body=error.what.encode())

    async def said(self, push: Push, arrival: Arrival) -> Said | None:
        """Return what a customer said, or is taken to say by what they did; None: nothing.

        Raises:
            Untrusted: What they did was replayed.
        """
        if isinstance(arrival, Happening):
            await self._account.freshness.check(push.stamp)
            return await self._happened(arrival)
        return arrival

    async def handed_over(self, push: Push, said: Said, take: Take[T]) -> T:
        """Return what the door says of a message that is handed to it by ``take``.

        What is noted of its push, against replays and of the quota, is given to ``take``, to be
        written in the transaction that keeps the message.

        Raises:
            Untrusted: It was replayed just now.
            Unavailable: Nothing was taken.
        """
        for _ in range(ATTEMPTS):
            changes = []
            if said.cause not in ACTS:  # what was done, and not said, is noted already
                changes.append(await self._account.freshness.noting(push.stamp))
            opening = await self._account.quota.opening(
                said.openid, said.cause, act=said.key, at=said.at
            )
            if opening.is_due:  # the window must be open before what was held is sent
                await self._account.quota.opened(said.openid, said.cause, act=said.key, at=said.at)
                await self.release(said.openid)
            elif opening.change is not None:
                changes.append(opening.change)
            try:
                taken = await take(changes)
            except Conflict:
                continue
            self._context.counters.count(self._channel, "messages")
            return taken
        raise Unavailable("many pushes of the customer come at once")

    async def message(self, said: Said, *, seconds: float) -> InboundMessage:
        """Return what a customer said as a message, its file kept if that is quick enough.

        Args:
            said: What.
            seconds: How long a file may take.
        """
        text, metadata, content = said.text, dict(said.metadata), said.content
        chosen = None if content else await self._chosen(said)
        if isinstance(chosen, Choice):
            text = chosen.payload or chosen.title
            metadata["chosen"] = chosen.title
        elif chosen is not None:
            content = chosen
        if said.media_id and isinstance(content, Image | Voice | Video):
            attachment = await self._account.keep_file(
                said.media_id,
                kind=type(content).__name__.lower(),
                openid=said.openid,
                seconds=max(0.0, min(seconds, MEDIA_SECONDS)),
            )
            if attachment is not None:
                content = msgspec.structs.replace(content, attachment=attachment)
        return InboundMessage(
            conversation_id=self._account.address(said.openid),
            text=text,
            message_id=said.key,
            sender=said.openid,
            content=content,
            input_channel=self._channel,
            output_channel=self._channel,
            metadata=metadata,
        )

    async def release(self, openid: str) -> None:
        """Let replies go that were held back, if there may be some."""
        if await self._account.quota.is_due(openid):
            count = await self._context.door.release_held(self._account.address(openid))
            await self._account.quota.released(openid, count)

    async def _chosen(self, said: Said) -> Choice | Rating | None:
        """Return what a message means as an answer to what was asked last, if it is one."""
        door, address = self._context.door, self._account.address(said.openid)
        tapped = None
        if said.menu_id:
            tapped = await self._account.menus.tapped(said.openid, said.text)
        words = (tapped.payload if tapped else None) or said.text
        answer = await meant(door, address, words)
        # A tap on stars is a rating; a tap on anything else is what was tapped.
        return answer if tapped is None or isinstance(answer, Rating) else tapped

    async def _happened(self, happening: Happening) -> Said | None:
        openid, quota = happening.openid, self._account.quota
        if not happening.kind:
            self._context.counters.count(self._channel, "event_ignored")
            return None
        self._context.counters.count(self._channel, f"event_{happening.kind}")
        if happening.cause:
            await quota.opened(openid, happening.cause, act=happening.key, at=happening.at)
            await self.release(openid)
        if happening.kind == "left":
            await quota.exhaust(openid)
        if await self._account.is_first(f"event:{happening.key}"):
            body = note(happening.kind, channel=self._channel, **happening.details)
            await self._context.door.note(self._account.address(openid), body)
        act = ACTS.get(happening.cause or "")
        text = self._account.settings.says.get(act) if act else None
        if text is None or happening.cause is None:
            return None
        return Said(
            key=happening.key,
            openid=openid,
            at=happening.at,
            text=text,
            metadata={"event": act, **happening.details},
            cause=happening.cause,
        )
