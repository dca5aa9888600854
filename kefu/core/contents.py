"""What messages can hold besides words: one closed set for every channel.

A content is plain data with a ``type``; connectors translate it to and from their channel.
Customers' contents stand in the metadata of their messages under :data:`CONTENT_KEY`; the bot's
are the payload ``custom`` of a response, which names the same types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeAlias, get_args

import msgspec

from kefu.errors import EventError

__all__ = [
    "BEST_SCORE",
    "CONTENT_KEY",
    "CONTENT_TYPES",
    "Choice",
    "Content",
    "File",
    "Image",
    "Link",
    "Location",
    "Menu",
    "OrderCard",
    "ProductCard",
    "Rating",
    "RatingRequest",
    "Video",
    "Voice",
    "content_as_json",
    "content_of",
]

CONTENT_KEY: Final = "content"
"""Key of a message's metadata under which its content stands."""
BEST_SCORE: Final = 10
"""The most that a customer can be asked to give; the least that they can give is 0."""


class Image(msgspec.Struct, tag="image", frozen=True, kw_only=True, omit_defaults=True):
    """A picture: an attachment of ours, or an address elsewhere."""

    attachment: str | None = None
    """Id in the attachment store."""
    url: str | None = None
    name: str | None = None


class Voice(msgspec.Struct, tag="voice", frozen=True, kw_only=True, omit_defaults=True):
    """A voice note."""

    attachment: str | None = None
    url: str | None = None
    seconds: float | None = None
    recognition: str | None = None
    """What was said, where the channel or the browser recognised it."""


class Video(msgspec.Struct, tag="video", frozen=True, kw_only=True, omit_defaults=True):
    """A film."""

    attachment: str | None = None
    url: str | None = None
    seconds: float | None = None
    thumbnail: str | None = None


class File(msgspec.Struct, tag="file", frozen=True, kw_only=True, omit_defaults=True):
    """Any other file."""

    attachment: str | None = None
    url: str | None = None
    name: str | None = None
    size: int | None = None
    """In bytes."""


class Location(msgspec.Struct, tag="location", frozen=True, kw_only=True, omit_defaults=True):
    """A place, in degrees (WGS 84 where the channel says so, GCJ-02 on Chinese ones)."""

    latitude: float
    longitude: float
    label: str | None = None
    address: str | None = None


class Link(msgspec.Struct, tag="link", frozen=True, kw_only=True, omit_defaults=True):
    """An address with a preview."""

    url: str
    title: str | None = None
    description: str | None = None
    image: str | None = None


class Choice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing to choose: what is shown, and what choosing it says or opens."""

    title: str
    payload: str | None = None
    """None: the title."""
    url: str | None = None
    """An address to open; a choice that also has a payload says that instead."""

    @property
    def link(self) -> str | None:
        """The address that choosing it opens; None: choosing it says something."""
        return None if self.payload else self.url


class Menu(msgspec.Struct, tag="menu", frozen=True, kw_only=True, omit_defaults=True):
    """A question with choices."""

    text: str = ""
    choices: tuple[Choice, ...] = ()
    footer: str | None = None


class ProductCard(
    msgspec.Struct, tag="product_card", frozen=True, kw_only=True, omit_defaults=True
):
    """A product."""

    title: str
    product_id: str | None = None
    price: str | None = None
    """With its currency, ready to be shown."""
    image: str | None = None
    url: str | None = None
    description: str | None = None


class OrderCard(msgspec.Struct, tag="order_card", frozen=True, kw_only=True, omit_defaults=True):
    """An order."""

    order_id: str
    title: str | None = None
    status: str | None = None
    amount: str | None = None
    image: str | None = None
    url: str | None = None
    items: tuple[str, ...] = ()


class RatingRequest(
    msgspec.Struct, tag="rating_request", frozen=True, kw_only=True, omit_defaults=True
):
    """Asks how the service was."""

    text: str = ""
    scale: Annotated[int, msgspec.Meta(ge=2, le=BEST_SCORE)] = 5
    """The best score; the worst is 1, and 0 where the best is 10."""
    rating_id: str | None = None

    @property
    def lowest(self) -> int:
        """The worst score."""
        return 0 if self.scale == BEST_SCORE else 1


class Rating(msgspec.Struct, tag="rating", frozen=True, kw_only=True, omit_defaults=True):
    """How the customer found the service."""

    score: int
    """0 to :data:`BEST_SCORE`; channels refuse others."""
    comment: str | None = None
    rating_id: str | None = None


Content: TypeAlias = (
    Image
    | Voice
    | Video
    | File
    | Location
    | Link
    | Menu
    | ProductCard
    | OrderCard
    | RatingRequest
    | Rating
)
"""Everything a message can hold besides its text."""

_KINDS: Any = Content
CONTENT_TYPES: Final[Mapping[str, type]] = {
    kind.__struct_config__.tag: kind for kind in get_args(Content)
}
"""The class of each ``type``."""
_DEPTH = 3
"""Of a content, its choices and a choice: none has more levels."""


def content_of(raw: Mapping[str, Any]) -> Content:
    """Return the content that a map holds.

    A number where a text belongs (``price: 199``) is that text, and a text that is a number that
    number: YAML and slots write both.

    Raises:
        EventError: It is of no known type, or misses a field.
    """
    content: Content
    try:
        content = msgspec.convert(raw, _KINDS)
    except msgspec.ValidationError:
        try:
            content = msgspec.convert(_spelled(raw, _DEPTH), _KINDS, strict=False)
        except msgspec.ValidationError as error:
            raise EventError(f"no content of a message: {error}") from error
    return content


def _spelled(raw: Any, depth: int) -> Any:
    """Return ``raw`` with its numbers as texts, of which ``strict=False`` makes numbers again.

    Args:
        raw: What may be a content, perhaps from a stranger.
        depth: How many levels of maps and lists are looked into.
    """
    match raw:
        case bool():
            return raw
        case int() | float():
            return str(raw)
        case Mapping() if depth:
            return {key: _spelled(value, depth - 1) for key, value in raw.items()}
        case list() | tuple() if depth:
            return [_spelled(item, depth - 1) for item in raw]
        case _:
            return raw


def content_as_json(content: Content) -> dict[str, Any]:
    """Return the map of a content."""
    raw: dict[str, Any] = msgspec.to_builtins(content)
    return raw
