"""What a reply shows, in order, and what stands for it where a channel cannot show that.

Buttons become a numbered menu, and :func:`meant` understands the numbers: what was offered last is
read from the conversation's log.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from kefu.channels.base import Door
from kefu.channels.platform.texts import split_text
from kefu.core.content_texts import map_link, rating_ends, text_of, word
from kefu.core.contents import (
    CONTENT_TYPES,
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
    content_of,
)
from kefu.core.events import AgentUttered, BotUttered, Event, UserUttered
from kefu.core.messages import Reply
from kefu.errors import EventError
from kefu.logs import fields

__all__ = [
    "Abilities",
    "Asked",
    "Shown",
    "asked_in",
    "contents_of",
    "degraded",
    "links_of",
    "meant",
    "requested_rating",
    "split_text",
    "text_of",
    "understood",
]

log = logging.getLogger(__name__)

Shown: TypeAlias = str | Content
"""A text, or a content."""
Asked: TypeAlias = Menu | RatingRequest
"""A content that the next message can be an answer to."""

LOOKED_BACK = 60
LONGEST_ANSWER = 64
DIGITS: Final = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2}
_NUMBER = re.compile(
    r"(?:第|选择?|no\.?|option|#)?\s*(?P<number>\d{1,3}|[零一二两三四五六七八九十]{1,3})"
    r"\s*(?:[个号项种条]|分|星)?"
)
_EDGES = " \t\r\n.。、,，)）(（:：;；!！"


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a channel can show besides texts."""

    contents: frozenset[type] = frozenset()
    """Classes of :mod:`kefu.core.contents` that it shows itself."""
    text_bytes: int | None = None
    """How many bytes of UTF-8 a text may have; None: any number."""
    choices: int = 0
    """How many choices a menu may have that is shown as one."""
    locale: str | None = None
    """Language of the words that stand for something."""


def contents_of(reply: Reply) -> list[Shown]:
    """Return what ``reply`` shows: its text with the choices, picture, cards, file, payload.

    A payload (``custom``) of a type of ours is that content, one with ``text`` or ``title`` those
    words; others are for programs, and nothing. That a content is wrong, or that nothing at all is
    shown, is logged.
    """
    wrong: list[str] = []
    shown = _contents(reply, wrong)
    if wrong or not shown:
        why = "; ".join(wrong) or "it has nothing that a customer can be shown"
        what = "what a reply has is not shown" if shown else "a reply shows nothing"
        log.warning(what, extra=fields(conversation_id=reply.recipient_id, reason=why))
    return shown


def _contents(reply: Reply, wrong: list[str]) -> list[Shown]:
    """Return what ``reply`` shows; what is wrong with it is added to ``wrong``."""
    shown: list[Shown] = []
    choices = _choices([*reply.buttons, *reply.quick_replies])
    if choices:
        shown.append(Menu(text=reply.text or "", choices=choices))
    elif reply.text:
        shown.append(reply.text)
    if reply.image:
        shown.append(Image(url=reply.image))
    for element in reply.elements:
        shown += _card(element)
    if reply.attachment != reply.image:
        shown += _payload(reply.attachment, wrong)
    return shown + _payload(reply.custom, wrong)


def _choices(buttons: Iterable[Any]) -> tuple[Choice, ...]:
    choices = (_choice(button) for button in buttons if isinstance(button, Mapping))
    return tuple(choice for choice in choices if choice is not None)


def _choice(button: Mapping[str, Any]) -> Choice | None:
    """Return a button as a choice; None: there is nothing to choose."""
    payload, url = _text(button.get("payload")), _text(button.get("url"))
    if url and button.get("type") == "web_url":
        payload = None
    title = button.get("title") or url
    return Choice(title=str(title), payload=payload, url=url) if title else None


def _card(element: Any) -> list[Shown]:
    if not isinstance(element, Mapping):
        return []
    action = element.get("default_action")
    url = _text(action.get("url")) if isinstance(action, Mapping) else None
    url = url or _text(element.get("url")) or _text(element.get("item_url"))
    title, subtitle = _text(element.get("title")), _text(element.get("subtitle"))
    image = _text(element.get("image_url")) or _text(element.get("image"))
    words = "\n".join(part for part in (title, subtitle) if part)
    shown: list[Shown] = []
    if url:
        shown.append(Link(url=url, title=title, description=subtitle, image=image))
    elif image:
        shown += [Image(url=image), words] if words else [Image(url=image)]
    choices = _choices(element.get("buttons") or ())
    if choices:
        asked = "" if url or image else words
        shown.append(Menu(text=asked, choices=choices))
    elif words and not shown:
        shown.append(words)
    return shown


def _payload(payload: Any, wrong: list[str]) -> list[Shown]:
    if isinstance(payload, str):
        return [payload] if payload else []
    if not isinstance(payload, Mapping):
        return []
    if isinstance(payload.get("payload"), Mapping) and payload.get("type") in ATTACHMENTS:
        # Facebook's shape, which Rasa's examples use: {"type": "image", "payload": {"src": ...}}
        source = payload["payload"]
        address = _text(source.get("src") or source.get("url"))
        return [ATTACHMENTS[payload["type"]](address)] if address else []
    try:
        return [content_of(payload)]
    except EventError as error:
        if payload.get("type") in CONTENT_TYPES:
            wrong.append(f"custom: {error}")
        words = _text(payload.get("text")) or _text(payload.get("title"))
        return [words] if words else []


ATTACHMENTS: Final[Mapping[str, Callable[[str], Content]]] = {
    "image": lambda url: Image(url=url),
    "audio": lambda url: Voice(url=url),
    "video": lambda url: Video(url=url),
    "file": lambda url: File(url=url),
}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def degraded(
    content: Shown, abilities: Abilities, *, link: Callable[[str], str] | None = None
) -> list[Shown]:
    """Return what a channel of these ``abilities`` shows of ``content``, in order.

    Args:
        content: Of :func:`contents_of`.
        abilities: What the channel can.
        link: Gives the address of an attachment by its id; None: files are named only.
    """
    if isinstance(content, str):
        return _pieces(content, abilities)
    fits = not isinstance(content, Menu) or len(content.choices) <= abilities.choices
    if type(content) in abilities.contents and fits:
        return [content]
    if isinstance(content, RatingRequest) and Menu in abilities.contents:
        return degraded(_as_menu(content, abilities.locale), abilities)
    if isinstance(content, Link | ProductCard | OrderCard):
        return _degraded_card(content, abilities)
    return _pieces(_said(content, abilities.locale, link), abilities)


def _said(content: Content, locale: str | None, link: Callable[[str], str] | None) -> str:
    match content:
        case Image() | Voice() | Video() | File():
            where = content.url
            if content.attachment and link is not None:
                where = link(content.attachment)
            words = text_of(content, locale)
            return f"{words} {where}" if where else words
        case Location():
            return f"{text_of(content, locale)}\n{map_link(content)}"
        case _:
            return text_of(content, locale)


def _degraded_card(content: Link | ProductCard | OrderCard, abilities: Abilities) -> list[Shown]:
    if content.url and Link in abilities.contents and not isinstance(content, Link):
        title, *rest = text_of(content, abilities.locale).split("\n")
        words = "\n".join(line for line in rest if line != content.url)
        return [Link(url=content.url, title=title, description=words or None, image=content.image)]
    pictures: list[Shown] = []
    if content.image and Image in abilities.contents:
        pictures = [Image(url=content.image)]
    said = text_of(content, abilities.locale)
    if isinstance(content, Link):
        parts = (content.title, content.description, content.url)
        said = "\n".join(part for part in parts if part)
    return pictures + _pieces(said, abilities)


def links_of(menu: Menu, locale: str | None) -> list[str]:
    """Return a line for each choice of ``menu`` that opens an address."""
    colon = word("colon", locale)
    return [f"{c.title}{colon}{c.link}" for c in menu.choices if c.link is not None]


def _as_menu(request: RatingRequest, locale: str | None) -> Menu:
    scores = range(request.lowest, request.scale + 1)
    low, high = rating_ends(request, locale)
    ends = {request.lowest: low, request.scale: high}
    choices = tuple(
        Choice(title=f"{score} {ends.get(score, '')}".strip(), payload=str(score))
        for score in scores
    )
    return Menu(text=request.text or word("rate", locale), choices=choices)


def _pieces(text: str, abilities: Abilities) -> list[Shown]:
    if abilities.text_bytes is None:
        return [text] if text.strip() else []
    return [*split_text(text, abilities.text_bytes)]


# -- what a message is an answer to ------------------------------------------------------------


def asked_in(events: Iterable[Event]) -> Asked | None:
    """Return what the customer can answer by a number: the last such since they wrote last.

    Args:
        events: Of the log, oldest first.
    """
    asked: Asked | None = None
    for event in events:
        match event:
            case UserUttered():
                asked = None
            case BotUttered(text=text, data=data) | AgentUttered(text=text, data=data):
                for content in _contents(_as_reply(text, data or {}), []):
                    if isinstance(content, Menu | RatingRequest):
                        asked = content
            case _:
                pass
    return asked


def _as_reply(text: str | None, data: Mapping[str, Any]) -> Reply:
    return Reply(
        recipient_id="",
        text=text,
        buttons=tuple(data.get("buttons") or ()),
        quick_replies=tuple(data.get("quick_replies") or ()),
        elements=tuple(data.get("elements") or ()),
        custom=data.get("custom"),
    )


def understood(text: str, asked: Asked) -> Choice | Rating | None:
    """Return what ``text`` answers to ``asked``: a title, or a number in any usual writing.

    ``2``, ``２``, ``2.``, ``二``, ``第二个``, ``选2``: the second. A title means itself, also
    where it is a number.
    """
    said = _bare(text)
    if not said or len(said) > LONGEST_ANSWER:
        return None
    if isinstance(asked, Menu):
        for choice in asked.choices:
            if _bare(choice.title) == said:
                return choice
    number = _number(said)
    if number is None:
        return None
    if isinstance(asked, RatingRequest):
        is_score = asked.lowest <= number <= asked.scale
        return Rating(score=number, rating_id=asked.rating_id) if is_score else None
    return asked.choices[number - 1] if 1 <= number <= len(asked.choices) else None


async def meant(door: Door, address: str, text: str) -> Choice | Rating | None:
    """Return the choice or the rating that the next message of ``address`` means, if any.

    Raises:
        Unavailable: The log cannot be read.
    """
    if not 0 < len(text) <= LONGEST_ANSWER:
        return None
    asked = asked_in(await _recent(door, address))
    return None if asked is None else understood(text, asked)


async def requested_rating(door: Door, address: str, rating_id: str) -> RatingRequest | None:
    """Return the request that a rating names; None if it is of none of late.

    Raises:
        Unavailable: The log cannot be read.
    """
    for event in reversed(await _recent(door, address)):
        if isinstance(event, BotUttered):
            for content in _contents(_as_reply(event.text, event.data), []):
                if isinstance(content, RatingRequest) and content.rating_id == rating_id:
                    return content
    return None


async def _recent(door: Door, address: str) -> list[Event]:
    """Return the last events of a conversation, oldest first."""
    conversation_id = await door.resolve(address)
    end = await door.last_seq(conversation_id)
    recent = await door.log(conversation_id, after=max(0, end - LOOKED_BACK))
    return [record.event for record in recent]


def _bare(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip(_EDGES).casefold()


def _number(said: str) -> int | None:
    found = _NUMBER.fullmatch(said)
    if found is None:
        return None
    written = found["number"]
    if written.isascii():
        return int(written)
    tens, ten, ones = written.partition("十")
    if not ten:
        return DIGITS[written] if len(written) == 1 else None
    if (tens and tens not in DIGITS) or (ones and ones not in DIGITS):
        return None
    return (DIGITS[tens] if tens else 1) * 10 + (DIGITS[ones] if ones else 0)
