"""What customers send and do, translated into messages and notes of ours."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from kefu.channels.wechat.pushes import Push, text_of_field
from kefu.core.content_texts import bracketed
from kefu.core.contents import Content, Image, Link, Location, Video, Voice
from kefu.core.notes import NoteKind
from kefu.errors import Untrusted

__all__ = ["Arrival", "Happening", "Said", "arrival_of"]

MAX_CONTENT = 32 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message of a customer."""

    key: str
    """The same for every repeat, and for no other message of the account."""
    openid: str
    at: float
    text: str
    content: Content | None = None
    media_id: str = ""
    """Where the platform keeps the file of ``content``."""
    menu_id: str = ""
    """The entry of a menu message of ours that was chosen."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    cause: str = "message"
    """What the quota counts it as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something a customer did that is no message."""

    key: str
    openid: str
    at: float
    kind: NoteKind | Literal[""]
    """``entered``, ``left``, ``scanned``, ``viewed``; "" for what nobody needs to know."""
    cause: str | None = None
    """What the quota counts it as; None: it opens no window."""
    details: Mapping[str, Any] = field(default_factory=dict)


Arrival = Said | Happening


def arrival_of(push: Push, locale: str | None = None) -> Arrival:
    """Return what a push means; what stands for contents is in ``locale``.

    Raises:
        Untrusted: ``malformed``: a field that has to be there is missing or nonsense.
    """
    at = _seconds(push)
    if push.kind == "event":
        return _event(push, at)
    number = text_of_field(push.fields, "MsgId", longest=64)
    if not number:
        raise Untrusted("malformed", "a message without MsgId")
    # MsgId alone was seen twice for different people (binarywang/WxJava#333).
    return _said(push, at, f"{push.sender}:{number}", locale)


def _said(push: Push, at: float, key: str, locale: str | None) -> Said:
    openid, fields = push.sender, push.fields
    media_id = text_of_field(fields, "MediaId")
    if push.kind == "text":
        return Said(
            key=key,
            openid=openid,
            at=at,
            text=text_of_field(fields, "Content", longest=MAX_CONTENT),
            menu_id=text_of_field(fields, "bizmsgmenuid"),
        )
    text, content = _content(push, locale)
    metadata = {"media_id": media_id} if media_id else {}
    if content is None:
        metadata = {**metadata, "msgtype": push.kind, **_page(fields)}
    return Said(
        key=key,
        openid=openid,
        at=at,
        text=text,
        content=content,
        media_id=media_id,
        metadata=metadata,
    )


def _content(  # noqa: PLR0911 - one for each kind
    push: Push, locale: str | None
) -> tuple[str, Content | None]:
    fields = push.fields
    match push.kind:
        case "image":
            return bracketed("image", locale), Image(
                url=text_of_field(fields, "PicUrl", longest=4096) or None
            )
        case "voice":
            words = text_of_field(fields, "Recognition", longest=MAX_CONTENT)
            return words or bracketed("voice", locale), Voice(recognition=words or None)
        case "video" | "shortvideo":
            return bracketed("video", locale), Video()
        case "location":
            return bracketed("location", locale), Location(
                latitude=_number(fields, "Location_X"),
                longitude=_number(fields, "Location_Y"),
                label=text_of_field(fields, "Label") or None,
            )
        case "link":
            return bracketed("link", locale), Link(
                url=text_of_field(fields, "Url", longest=4096),
                title=text_of_field(fields, "Title") or None,
                description=text_of_field(fields, "Description", longest=4096) or None,
            )
        case "miniprogrampage":
            title = text_of_field(fields, "Title")
            return f"{bracketed('mini_program', locale)} {title}".strip(), None
        case _:
            return bracketed("unsupported", locale), None


def _page(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a mini-program's card leads to."""
    names = {"AppId": "appid", "PagePath": "page_path", "Title": "title"}
    values = {ours: text_of_field(fields, theirs) for theirs, ours in names.items()}
    return {name: value for name, value in values.items() if value}


def _event(push: Push, at: float) -> Arrival:  # noqa: PLR0911 - one for each kind
    fields = push.fields
    event = text_of_field(fields, "Event")
    event_key = text_of_field(fields, "EventKey", longest=4096)
    # Two events of one second differ in what they are (binarywang/WxJava#2231).
    key = f"{push.sender}:{int(at)}:{event}:{event_key}"[:255]
    common: dict[str, Any] = {"key": key, "openid": push.sender, "at": at}
    scene = event_key.removeprefix("qrscene_")
    match event:
        case "CLICK" if event_key:
            metadata = {"event": event, "event_key": event_key}
            return Said(**common, text=event_key, metadata=metadata, cause="click")
        case "VIEW" | "view_miniprogram":
            return Happening(**common, kind="viewed", details={"url": event_key})
        case "subscribe":
            details = {"how": "subscribe", **({"scene": scene} if scene else {})}
            return Happening(**common, kind="entered", cause="follow", details=details)
        case "unsubscribe":
            return Happening(**common, kind="left", details={"how": "unsubscribe"})
        case "SCAN":
            return Happening(**common, kind="scanned", cause="scan", details={"scene": scene})
        case "user_enter_tempsession":
            origin = text_of_field(fields, "SessionFrom", longest=4096)
            details = {"how": "session", **({"from": origin} if origin else {})}
            return Happening(**common, kind="entered", cause="enter", details=details)
        case _:
            return Happening(**common, kind="", details={"event": event})


def _seconds(push: Push) -> float:
    text = text_of_field(push.fields, "CreateTime")
    if not (text.isascii() and text.isdecimal() and len(text) < 12):
        raise Untrusted("malformed", "CreateTime is no number of seconds")
    return float(text)


def _number(fields: Mapping[str, Any], name: str) -> float:
    try:
        number = float(text_of_field(fields, name))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise Untrusted("malformed", f"{name} is no number")
    return number
