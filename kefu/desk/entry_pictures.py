"""The pictures in an entry of the log, for exports: of messages, of cards, of lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import msgspec

from kefu.core.contents import CONTENT_KEY, Image, content_of
from kefu.errors import EventError

__all__ = ["Linked", "pictures_in"]

Linked: TypeAlias = Callable[[str], str]
"""Gives the address of an attachment by its id."""

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def pictures_in(body: str, link: Linked | None) -> tuple[str, ...]:
    """Return the addresses of an entry's pictures: of the web, or paths on this server.

    Args:
        body: JSON text of what a customer, the bot or an agent said.
        link: Knows where attachments are; without it they have no address.
    """
    if "image" not in body:
        return ()
    try:
        raw = _decode(body)
    except msgspec.DecodeError:
        return ()
    return tuple(dict.fromkeys(one for one in _found(raw, link) if _is_shown(one)))


def _found(raw: Mapping[str, Any], link: Linked | None) -> Iterator[Any]:
    data, metadata = _map(raw.get("data")), _map(raw.get("metadata"))
    yield data.get("image")
    for content in (metadata.get(CONTENT_KEY), data.get("custom"), data.get("attachment")):
        yield from _of_content(content, link)
    elements = data.get("elements")
    for element in elements if isinstance(elements, list) else ():
        yield _map(element).get("image_url")


def _of_content(raw: Any, link: Linked | None) -> Iterator[Any]:
    try:
        content = content_of(raw) if isinstance(raw, Mapping) else None
    except EventError:
        return  # a payload of the project's own
    if not isinstance(content, Image):
        yield getattr(content, "image", None)
    elif content.attachment is not None:
        yield None if link is None else link(content.attachment)
    else:
        yield content.url


def _is_shown(address: Any) -> bool:
    if not isinstance(address, str):
        return False
    is_path = address.startswith("/") and not address.startswith(("//", "/\\"))
    return is_path or address.startswith(("https://", "http://"))


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
