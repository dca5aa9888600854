"""Replies, translated into messages that WeChat can be sent.

A reply can become several messages; each is counted by the platform. What the channel cannot show
becomes a text that says it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kefu.channels.platform.texts import split_text
from kefu.channels.showing import Abilities, contents_of, degraded, links_of
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
    Rating,
    RatingRequest,
    Video,
    Voice,
)
from kefu.core.messages import Reply

__all__ = ["PAGE", "TEXT_BYTES", "Part", "combined", "parts_of", "passive_fields", "texts_of"]

TEXT_BYTES = 2048
NATIVE_MENU_CHOICES = 10
STARS = "⭐"
MOST_STARS = 5
PAGE = "miniprogrampage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One message to send."""

    msgtype: str
    content: Mapping[str, Any] = field(default_factory=dict)
    """As the platform's API wants it; of a file or a page, without its media_id."""
    attachment: str | None = None
    """Id of the file to upload first."""
    url: str | None = None
    """Where the file is, if it is not ours."""
    choices: tuple[Choice, ...] = ()
    """What the message offers to choose from."""
    instead: str = ""
    """The text to send if the message itself cannot be shown."""

    def as_text(self) -> str:
        """Return what says the same in words."""
        return self.instead or str(self.content.get("content", ""))


def parts_of(reply: Reply, locale: str | None = None) -> list[Part]:
    """Return the messages that a reply becomes, in order; their words in ``locale``."""
    return [part for content in contents_of(reply) for part in _parts(content, locale)]


def combined(parts: Sequence[Part]) -> Part | None:
    """Return parts as the one message that a push can be answered with; None if they are none.

    A part alone is itself; several must be words, and not too many.
    """
    if len(parts) == 1:
        return parts[0] if passive_fields(parts[0]) is not None else None
    words = "\n\n".join(part.as_text() for part in parts)
    are_words = all(part.msgtype in ("text", "msgmenu") for part in parts)
    if not words or not are_words or len(words.encode()) > TEXT_BYTES:
        return None
    return Part(msgtype="text", content={"content": words})


def passive_fields(part: Part) -> Mapping[str, Any] | None:
    """Return a part as fields of the answer to a push; None if it cannot be one.

    Source: developers.weixin.qq.com, 被动回复用户消息.
    """
    match part.msgtype:
        case "text" | "msgmenu":
            words = part.as_text()
            if not words or len(words.encode()) > TEXT_BYTES:
                return None
            return {"MsgType": "text", "Content": words}
        case "image" | "voice" | "video" if "media_id" in part.content:
            media = {"MediaId": part.content["media_id"]}
            return {"MsgType": part.msgtype, part.msgtype.capitalize(): media}
        case "news":
            card = part.content["articles"][0]
            item = {
                "Title": card["title"],
                "Description": card["description"],
                "PicUrl": card["picurl"],
                "Url": card["url"],
            }
            return {"MsgType": "news", "ArticleCount": 1, "Articles": {"item": item}}
        case _:
            return None


def texts_of(text: str) -> list[Part]:
    """Return ``text`` as messages, each within the platform's limit."""
    pieces = split_text(text, TEXT_BYTES)
    return [Part(msgtype="text", content={"content": piece}) for piece in pieces]


def _parts(content: Content | str, locale: str | None) -> list[Part]:
    if isinstance(content, str):
        return texts_of(content)
    match content:
        case Menu():
            return _menu(content, locale)
        case RatingRequest():
            return _rating(content, locale)
        case Image() | Voice() | Video() | File():
            return [_file(content, locale)]
        case Link() | ProductCard() | OrderCard():
            return _card(content, locale)
        case Location() | Rating():
            said = degraded(content, Abilities(text_bytes=TEXT_BYTES, locale=locale))
            return [part for words in said for part in texts_of(str(words))]


def _rating(request: RatingRequest, locale: str | None) -> list[Part]:
    """Return stars to tap, or the question alone where nobody would count so many."""
    if request.scale > MOST_STARS:
        return texts_of(text_of(request, locale))
    stars = tuple(
        Choice(title=STARS * score, payload=f"{score}") for score in range(1, request.scale + 1)
    )
    asked = request.text or f"{word('rate', locale)}{word('colon', locale)}".rstrip()
    return _menu(Menu(text=asked, choices=stars), locale)


def _menu(menu: Menu, locale: str | None) -> list[Part]:
    """Return a menu, with the addresses that it offers below it; else a numbered text."""
    text = text_of(menu, locale)
    entries = [
        {"id": str(number), "content": choice.title}
        for number, choice in enumerate(menu.choices, 1)
        if choice.link is None
    ]
    fits = len(split_text(text, TEXT_BYTES)) == 1 and 0 < len(entries) <= NATIVE_MENU_CHOICES
    if not fits:
        return texts_of(text)
    content = {
        "head_content": menu.text or word("choices", locale),
        "list": entries,
        "tail_content": "\n".join(
            [*links_of(menu, locale), *([menu.footer] if menu.footer else [])]
        ),
    }
    return [Part(msgtype="msgmenu", content=content, choices=menu.choices, instead=text)]


def _file(content: Image | Voice | Video | File, locale: str | None) -> Part:
    words = bracketed(type(content).__name__.lower(), locale)
    name = getattr(content, "name", None)
    return Part(
        msgtype=type(content).__name__.lower(),
        attachment=content.attachment,
        url=content.url,
        instead=" ".join(f"{words} {name or ''} {content.url or ''}".split()),
    )


def _card(content: Link | ProductCard | OrderCard, locale: str | None) -> list[Part]:
    """Return a card that leads somewhere; of one that leads nowhere, its picture and words."""
    title, description, image, url = _told(content, locale)
    words = "\n".join(line for line in (title, description, url) if line)
    if not url:
        picture = [_file(Image(url=image), locale)] if image else []
        return picture + texts_of(words)
    if url.startswith(MINI_PROGRAM):
        return [_page(title, url, image, locale)]
    card = {"title": title, "description": description, "url": url, "picurl": image}
    return [Part(msgtype="news", content={"articles": [card]}, instead=words)]


def _page(title: str, url: str, image: str, locale: str | None) -> Part:
    """Return a card that opens a page of a mini-program."""
    appid, _, path = url.removeprefix(MINI_PROGRAM).partition("/")
    name = "" if title == url else title
    return Part(
        msgtype=PAGE,
        content={"title": name, "appid": appid, "pagepath": path},
        url=image or None,
        instead=f"{bracketed('mini_program', locale)} {name}".strip(),
    )


def _told(content: Link | ProductCard | OrderCard, locale: str | None) -> tuple[str, str, str, str]:
    """Return title, description, picture and address of a card."""
    match content:
        case Link(url=url, title=title, description=description, image=image):
            return title or url, description or "", image or "", url
        case ProductCard(title=title, price=price, description=description, image=image, url=url):
            lines = [line for line in (price, description) if line]
            return title, "\n".join(lines), image or "", url or ""
        case OrderCard():
            facts = [content.title, content.status, content.amount, *content.items]
            lines = [fact for fact in facts if fact]
            title = f"{word('order', locale)} {content.order_id}"
            return title, "\n".join(lines), content.image or "", content.url or ""
