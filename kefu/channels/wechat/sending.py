"""Sends replies: in the answer to a push, or by the API of customer-service messages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from kefu.channels.base import ChannelContext
from kefu.channels.platform.calls import Downloaded
from kefu.channels.platform.media import NO_MEDIA
from kefu.channels.platform.texts import split_text
from kefu.channels.wechat.account import MEDIA_LIMITS, Account
from kefu.channels.wechat.outgoing import PAGE, TEXT_BYTES, Part, parts_of, texts_of
from kefu.channels.wechat.passive import PassiveAnswers
from kefu.core.messages import Reply
from kefu.errors import ChannelError, HeldBack, Refused

__all__ = ["Sending"]

OUT_OF_QUOTA = frozenset({45015, 45047})
"""Outside the window or unsubscribed; all messages of the window were sent."""
UNAUTHORISED = 48001
NEVER = frozenset({40003, 40008, 44004, 45002, 47001, UNAUTHORISED, 48002, 50002, 50005})
PROGRESS_SECONDS = 86400.0
OURS = re.compile(r"/attachments/([A-Za-z0-9_-]+)(?:/|$)")
SEND = "/cgi-bin/message/custom/send"


class Sending:
    """Sends the replies of one account.

    Args:
        account: Whose.
        context: Of the app.
        kinds: The msgtypes that the account can send.
    """

    def __init__(self, account: Account, context: ChannelContext, *, kinds: frozenset[str]) -> None:
        self._account = account
        self._context = context
        self._kinds = kinds
        self.passive = PassiveAnswers(context.state, name=account.name)

    async def send(self, reply: Reply, *, delivery_id: int, openid: str) -> None:
        """Send a reply, which can take several messages; what was sent before is not repeated.

        Raises:
            HeldBack: The customer has to write first.
            Refused: WeChat will not take it.
            ChannelError: It could not be sent now.
        """
        try:
            await self._send_all(self.parts(reply), delivery_id, openid)
        except HeldBack:
            self._context.counters.count(self._account.channel, "held_back")
            await self._account.quota.hold(openid)
            raise

    def parts(self, reply: Reply) -> list[Part]:
        """Return the messages that a reply becomes on this account."""
        parts = parts_of(reply, self._context.language())
        return [possible for part in parts for possible in self._possible(part)]

    async def ready(self, part: Part) -> Part:
        """Return a part whose file, if it has one, is with the platform; else what is said instead.

        Raises:
            ChannelError: The file cannot be brought there now.
        """
        is_page = part.msgtype == PAGE
        if part.msgtype not in MEDIA_LIMITS and not is_page:
            return part
        try:
            media_id = await self._uploaded(replace(part, msgtype="image") if is_page else part)
        except Refused:
            media_id = None
        if media_id is None:
            return self._in_words(part)
        if is_page:
            return replace(part, content={**part.content, "thumb_media_id": media_id})
        return replace(part, content={"media_id": media_id})

    async def _send_all(self, parts: Sequence[Part], delivery_id: int, openid: str) -> None:
        sent = await self._sent(delivery_id) if len(parts) > 1 else 0
        for number, part in enumerate(parts[sent:], sent + 1):
            await self._send(part, openid)
            self._context.counters.count(self._account.channel, "sent")
            if len(parts) > 1:
                await self._context.state.put(
                    f"sent:{self._account.name}:{delivery_id}",
                    str(number),
                    expires_in=PROGRESS_SECONDS,
                )

    async def _send(self, part: Part, openid: str) -> None:
        if await self._account.is_passive_only():
            await self.passive.send(openid, part, self.ready)
            return
        part = await self.ready(part)
        quota = self._account.quota
        if not await quota.take(openid):
            raise HeldBack("no message is left before the customer writes again")
        body = {"touser": openid, "msgtype": part.msgtype, part.msgtype: part.content}
        try:
            answer = await self._account.calls.ask(SEND, body)
        except ChannelError:
            await quota.give_back(openid)
            raise
        if answer.errcode in OUT_OF_QUOTA:
            await quota.exhaust(openid)
        elif not answer.is_ok:
            await quota.give_back(openid)
        if answer.errcode == UNAUTHORISED and await self._account.note_passive_only():
            raise HeldBack("the account may only answer when the customer writes (48001)")
        answer.require(held=OUT_OF_QUOTA, refused=NEVER)
        if part.msgtype == "msgmenu":
            await self._account.menus.remember(openid, part.choices)

    def _possible(self, part: Part) -> list[Part]:
        """Return a part as what the account can send."""
        if part.msgtype in self._kinds and (part.msgtype != PAGE or self._is_own_page(part)):
            return [part]
        if part.msgtype == "news" and "link" in self._kinds:
            card = part.content["articles"][0]
            link = {name: card[name] for name in ("title", "description", "url")}
            return [replace(part, msgtype="link", content={**link, "thumb_url": card["picurl"]})]
        if part.attachment and self._context.attachments:
            return [self._in_words(part)]
        return texts_of(part.instead)

    def _is_own_page(self, part: Part) -> bool:
        is_own = part.content["appid"] == self._account.settings.appid
        return is_own and bool(part.content["pagepath"])

    def _in_words(self, part: Part) -> Part:
        """Return what says of a file that it is there, and where."""
        address = ""
        if part.attachment and self._context.attachments:
            link = self._context.attachments.link(part.attachment, seconds=3 * 86400)
            address = f" {link}" if link.startswith("http") else ""
        pieces = split_text(part.instead, max(4, TEXT_BYTES - len(address.encode())))
        content = {"content": "".join(pieces[:1]) + address}
        return replace(part, msgtype="text", content=content, attachment=None, url=None)

    async def _uploaded(self, part: Part) -> str | None:
        """Return the platform's id of a part's file; None if the file is not to be fetched."""
        kind, url = part.msgtype, part.url or ""
        ours = OURS.search(urlsplit(url).path) if url else None
        attachment = part.attachment or (ours.group(1) if ours else None)
        if attachment:
            return await self._account.media.give(attachment, kind=kind)
        host = (urlsplit(url).hostname or "").lower()
        if kind != "image" or host not in self._account.settings.image_hosts:
            return None
        limit = MEDIA_LIMITS[kind]
        file = await self._account.calls.download_from(url, max_bytes=limit)
        if not isinstance(file, Downloaded):
            return None
        file = replace(file, name=file.name or "picture")
        answer = await self._account.calls.upload(
            "/cgi-bin/media/upload", file, query={"type": kind}
        )
        media_id = answer.require(refused=NO_MEDIA).get("media_id")
        return media_id if isinstance(media_id, str) else None

    async def _sent(self, delivery_id: int) -> int:
        stored = await self._context.state.get(f"sent:{self._account.name}:{delivery_id}")
        return 0 if stored is None else int(stored.value)
