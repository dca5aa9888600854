"""What a client's message holds, checked: own files only, harmless addresses only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from kefu.channels.base import Attachments, Door
from kefu.channels.showing import requested_rating
from kefu.core.contents import (
    BEST_SCORE,
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
from kefu.errors import ChannelError, EventError

__all__ = ["checked_content"]

MAX_WORDS = 2000


async def checked_content(
    raw: Mapping[str, Any], address: str, attachments: Attachments | None, door: Door
) -> Content:
    """Return the content of a client's frame.

    Raises:
        ChannelError: It is none that a customer can send, or names a file that is not theirs.
    """
    try:
        content = content_of(raw)
    except EventError as error:
        raise ChannelError(str(error)) from error
    _check_words(content)
    match content:
        case Image() | Voice() | Video() | File():
            return await _own_file(content, address, attachments)
        case Menu() | RatingRequest():
            raise ChannelError(f"customers send no {raw.get('type')}")
        case Link() | ProductCard() | OrderCard():
            for url in (content.url, content.image):
                if url is not None and urlsplit(url).scheme not in ("http", "https"):
                    raise ChannelError("addresses begin with https:// or http://")
        case Location(latitude=latitude, longitude=longitude):
            if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
                raise ChannelError("there is no such place")
        case Rating():
            await _check_score(content, address, door)
    return content


async def _check_score(rating: Rating, address: str, door: Door) -> None:
    """Refuse a score that nobody gives, or that is not on the scale of the request it names."""
    if not 0 <= rating.score <= BEST_SCORE:
        raise ChannelError(f"'score' must be 0 to {BEST_SCORE}")
    if rating.rating_id is None:
        return
    request = await requested_rating(door, address, rating.rating_id)
    if request is not None and not request.lowest <= rating.score <= request.scale:
        raise ChannelError(f"'score' must be {request.lowest} to {request.scale}")


async def _own_file(
    content: Image | Voice | Video | File, address: str, attachments: Attachments | None
) -> Content:
    """Return the content with what the store knows of its file, and no address from elsewhere."""
    if content.attachment is None or attachments is None:
        raise ChannelError("upload the file first, and name its 'attachment'")
    kept = await attachments.find(content.attachment)
    if kept is None or kept.conversation_id != address:
        raise ChannelError("there is no such attachment")
    known: dict[str, Any] = {"url": None}
    if isinstance(content, File):
        known |= {"name": kept.name, "size": kept.size}
    if isinstance(content, Video):
        known["thumbnail"] = None
    return msgspec.structs.replace(content, **known)


def _check_words(content: Content) -> None:
    for name in content.__struct_fields__:
        value = getattr(content, name)
        if isinstance(value, str) and len(value) > MAX_WORDS:
            raise ChannelError(f"{name!r} must have at most {MAX_WORDS} characters")
        if isinstance(value, tuple) and (
            len(value) > 50 or any(len(str(item)) > MAX_WORDS for item in value)
        ):
            raise ChannelError(f"{name!r} is too long")
