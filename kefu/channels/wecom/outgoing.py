"""What the bot and people say, as messages of the platform."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from msgspec import structs

from kefu.channels.platform.calls import Downloaded
from kefu.channels.platform.media import NO_MEDIA, PlatformMedia
from kefu.channels.platform.texts import split_text
from kefu.channels.showing import contents_of
from kefu.channels.wecom.api import MAX_BYTES
from kefu.channels.wecom.enterprise import Enterprise
from kefu.channels.wecom.incoming import RATING, menu_key
from kefu.core.content_texts import MINI_PROGRAM, bracketed, text_of, word
from kefu.core.contents import (
    Choice,
    Content,
    File,
    Image,
    Link,
    Location,
    Menu,
    OrderCard,
    ProductCard,
    RatingRequest,
    Video,
    Voice,
)
from kefu.core.messages import Reply
from kefu.errors import ChannelError, Refused
from kefu.logs import fields

__all__ = ["Outgoing"]

MOST_STARS = 5
"""More are shown as a number."""

log = logging.getLogger(__name__)

Message = dict[str, Any]

TEXT_BYTES = 2048
HEAD_BYTES = 1024
CHOICE_BYTES = 128
CHOICES = 10
TITLE_BYTES, DESCRIPTION_BYTES = 128, 512
MENU_SECONDS = 30 * 86400.0
LINK_SECONDS = 3 * 86400.0
KINDS: Mapping[type, str] = {Image: "image", Voice: "voice", Video: "video", File: "file"}


class Outgoing:
    """Translates replies; files are brought to the platform first."""

    def __init__(self, enterprise: Enterprise) -> None:
        self._api = enterprise.api
        self._state = enterprise.context.state
        self._language = enterprise.context.language
        self._hosts = enterprise.settings.image_hosts
        self._attachments = enterprise.context.attachments
        self._media = PlatformMedia(self._api.calls, self._attachments, limits=MAX_BYTES)

    async def messages(self, reply: Reply) -> list[Message]:
        """Return the messages that show ``reply``, in order; the same number at every attempt.

        Raises:
            ChannelError: A file cannot be uploaded at the moment.
        """
        raw = reply.custom.get("wecom") if isinstance(reply.custom, dict) else None
        if isinstance(raw, dict) and isinstance(raw.get("msgtype"), str):
            return [raw]  # a project that writes the platform's own form
        shown: list[Message] = []
        for content in contents_of(reply):
            shown += await self._shown(content)
        return shown

    async def _shown(self, content: str | Content) -> Sequence[Message]:
        match content:
            case str():
                return _texts(content)
            case Menu() | RatingRequest():
                return await self._menu(_as_menu(content, self._language()))
            case Image() | Voice() | Video() | File():
                return [await self._file(content)]
            case Location():
                return [_location(content)]
            case Link() | ProductCard() | OrderCard():
                return await self._card(content)
            case _:
                return _texts(text_of(content, self._language()))

    async def _menu(self, menu: Menu) -> Sequence[Message]:
        """Return a menu; of a long question its beginning as a text, of many choices several."""
        before = split_text(menu.text, TEXT_BYTES)
        head = before.pop() if before and len(before[-1].encode()) <= HEAD_BYTES else ""
        messages = [message for text in before for message in _texts(text)]
        tail, *after = split_text(menu.footer or "", HEAD_BYTES) or [""]
        for start in range(0, len(menu.choices), CHOICES):
            choices = [await self._choice(one) for one in menu.choices[start : start + CHOICES]]
            body: dict[str, Any] = {"list": choices}
            if head and not start:
                body["head_content"] = head
            if tail and start + CHOICES >= len(menu.choices):
                body["tail_content"] = tail
            messages.append({"msgtype": "msgmenu", "msgmenu": body})
        rest = after if menu.choices else [head, tail, *after]
        return [*messages, *(message for text in rest for message in _texts(text))]

    async def _choice(self, choice: Choice) -> dict[str, Any]:
        payload = choice.payload or choice.title
        title, address = _cut(choice.title, CHOICE_BYTES), choice.link or payload
        if address.startswith(("https://", "http://")):
            return {"type": "view", "view": {"url": address, "content": title}}
        if choice.link:  # which the platform does not open
            title = _cut(f"{choice.title} {choice.link}", CHOICE_BYTES)
        menu_id = payload
        if len(payload.encode()) > CHOICE_BYTES or payload.startswith("#"):
            menu_id = "#" + sha256(payload.encode()).hexdigest()[:32]
            await self._state.put(menu_key(menu_id), payload, expires_in=MENU_SECONDS)
        return {"type": "click", "click": {"id": menu_id, "content": title}}

    async def _file(self, content: Image | Voice | Video | File) -> Message:
        """Return the file itself; what the platform does not take, as an address."""
        kind = KINDS[type(content)]
        try:
            return _message(kind, media_id=await self._media_id(content, kind))
        except Refused as error:
            log.info("a file is shown as its address", extra=fields(reason=str(error)))
        said = text_of(content, self._language())
        with_address = f"{said} {self._address(content)}".rstrip()
        fits = len(with_address.encode()) <= TEXT_BYTES  # a cut address leads nowhere
        return _message("text", content=with_address if fits else _cut(said, TEXT_BYTES))

    async def _media_id(self, content: Image | Voice | Video | File, kind: str) -> str:
        if content.attachment:
            return await self._media.give(content.attachment, kind=kind)
        if not content.url:
            raise Refused("there is neither an attachment nor an address")
        file = await self._fetched(content.url, kind)
        answer = await self._api.upload(kind, file)
        return str(answer.require(refused=NO_MEDIA).get("media_id"))

    async def _fetched(self, url: str, kind: str) -> Downloaded:
        if (urlsplit(url).hostname or "").lower() not in self._hosts:
            raise Refused("its host is not among 'image_hosts'")
        try:
            file = await self._api.fetch(url, kind=kind)
        except ChannelError as error:
            raise Refused(str(error)) from error
        if not isinstance(file, Downloaded) or not file.data:
            raise Refused("the address gives no file")
        return file

    def _address(self, content: Image | Voice | Video | File) -> str:
        if content.url:
            return content.url
        if content.attachment and self._attachments is not None:
            return self._attachments.link(content.attachment, seconds=LINK_SECONDS)
        return ""

    async def _card(self, card: Link | ProductCard | OrderCard) -> Sequence[Message]:
        """Return a card that leads somewhere; of one that leads nowhere, its picture and words.

        Words that are too long for one message are sent as texts: a card would show the beginning,
        and how many messages there are must not depend on whether the picture is to be had.
        """
        words = _words(card, self._language())
        if not card.url or len(words) > 1:
            picture = [await self._file(Image(url=card.image))] if card.image else []
            return [*picture, *words]
        thumb = await self._thumb(card.image)
        if not thumb:
            return words
        return [_linking(card, thumb, self._language())]

    async def _thumb(self, url: str | None) -> str:
        if not url:
            return ""
        try:
            return await self._media_id(Image(url=url), "image")
        except Refused:
            return ""


def _as_menu(content: Menu | RatingRequest, locale: str) -> Menu:
    if isinstance(content, Menu):
        return content
    rating = content.rating_id or ""
    marks = range(content.scale, content.lowest - 1, -1)
    choices = tuple(
        Choice(
            title="★" * mark if content.scale <= MOST_STARS else str(mark),
            payload=f"{RATING}{mark}:{rating}",
        )
        for mark in marks
    )
    return Menu(text=content.text or word("rate", locale), choices=choices)


def _words(card: Link | ProductCard | OrderCard, locale: str) -> list[Message]:
    """Return a card as texts: at least one."""
    is_mini = (card.url or "").startswith(MINI_PROGRAM)  # which no text opens
    if not isinstance(card, Link):
        return _texts(text_of(structs.replace(card, url=None) if is_mini else card, locale))
    title = f"{bracketed('mini_program', locale)} {card.title or ''}" if is_mini else card.title
    parts = (title, card.description, "" if is_mini else card.url)
    return _texts("\n".join(part for part in parts if part)) or _texts(text_of(card, locale))


def _linking(card: Link | ProductCard | OrderCard, thumb: str, locale: str) -> Message:
    """Return a card as a link, or as what opens a mini-program."""
    assert card.url
    if isinstance(card, Link):
        title, description = card.title or card.url, card.description or ""
    else:
        first, *rest = text_of(card, locale).split("\n")
        title = card.title or first
        description = "\n".join(line for line in (first, *rest) if line not in (title, card.url))
    title = _cut(title, TITLE_BYTES)
    if card.url.startswith(MINI_PROGRAM):
        appid, _, path = card.url.removeprefix(MINI_PROGRAM).partition("/")
        return _message(
            "miniprogram", appid=appid, title=title, pagepath=path, thumb_media_id=thumb
        )
    desc = _cut(description, DESCRIPTION_BYTES)
    return _message("link", title=title, desc=desc, url=card.url, thumb_media_id=thumb)


def _texts(text: str) -> list[Message]:
    return [_message("text", content=piece) for piece in split_text(text, TEXT_BYTES)]


def _message(kind: str, **body: Any) -> Message:
    return {"msgtype": kind, kind: body}


def _location(place: Location) -> Message:
    return _message(
        "location",
        name=place.label or "",
        address=place.address or "",
        latitude=place.latitude,
        longitude=place.longitude,
    )


def _cut(text: str, longest: int) -> str:
    """Return as much of ``text`` as ``longest`` bytes hold."""
    pieces = split_text(text, longest)
    return pieces[0] if pieces else ""
