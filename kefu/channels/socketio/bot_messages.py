"""What the bot said, as Rasa's Socket.IO channel puts it to a client."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kefu.channels.showing import Abilities, contents_of, degraded
from kefu.core.contents import Image, content_of
from kefu.core.events import AgentUttered, BotUttered, Event
from kefu.core.messages import Reply
from kefu.errors import EventError

__all__ = ["bot_messages"]

_SHOWN = Abilities(contents=frozenset({Image}))
_PARAGRAPH_BREAK = "\n\n"


def bot_messages(
    event: Event, *, link: Callable[[str], str] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the messages that a client is sent for an event; none for most.

    Args:
        event: Of the log.
        link: Gives the address of an attachment by its id; None: there are none.
    """
    match event:
        case BotUttered(text=text, data=data):
            yield from _messages(text, data, link)
        case AgentUttered(text=text, data=data):
            yield from _messages(text, data or {}, link)
        case _:
            return


def _messages(
    text: str | None, data: Mapping[str, Any], link: Callable[[str], str] | None
) -> Iterator[dict[str, Any]]:
    choices = data.get("quick_replies") or data.get("buttons") or ()
    parts = text.strip().split(_PARAGRAPH_BREAK) if text and text.strip() else []
    if choices:
        *before, last = parts or [""]
        yield from ({"text": part} for part in before)
        yield {"text": last, "quick_replies": [_choice(one) for one in choices]}
    else:
        yield from ({"text": part} for part in parts)
    image, attachment, custom = data.get("image"), data.get("attachment"), data.get("custom")
    if custom:
        yield from _custom(custom, link)
    if image:
        yield _image(image)
    if attachment and attachment != image:
        yield {"attachment": attachment}
    for element in data.get("elements") or ():
        payload = {"template_type": "generic", "elements": element}
        yield {"attachment": {"type": "template", "payload": payload}}


def _choice(button: Mapping[str, Any]) -> dict[str, Any]:
    title = button.get("title") or button.get("url") or ""
    shown = {
        "content_type": "text",
        "title": title,
        "payload": button.get("payload") or button.get("url") or title,
    }
    # What buttons have besides, such as the address one opens, clients may use.
    return {**{key: button[key] for key in ("type", "url") if key in button}, **shown}


def _image(address: Any) -> dict[str, Any]:
    return {"attachment": {"type": "image", "payload": {"src": address}}}


def _custom(custom: Any, link: Callable[[str], str] | None) -> Iterator[dict[str, Any]]:
    """Yield a payload as it is; a content of Kefu's, which no client knows, as words for it."""
    try:
        content_of(custom)
    except EventError:
        # Rasa's way to send anything: the rest names the event and the room, which are ours to say
        is_wrapped = isinstance(custom, Mapping) and isinstance(custom.get("data"), Mapping)
        yield dict(custom["data"]) if is_wrapped else custom
        return
    for content in contents_of(Reply(recipient_id="", custom=custom)):
        for shown in degraded(content, _SHOWN, link=link):
            if isinstance(shown, str):
                yield {"text": shown}
            elif isinstance(shown, Image):
                address = link(shown.attachment) if shown.attachment and link else shown.url
                yield _image(address)
