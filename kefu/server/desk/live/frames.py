"""The frames of the live line: what agents' screens send, and the text of what they are told."""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import Meta, Struct

from kefu.core.nesting import TooDeep, check_depth
from kefu.errors import RequestError

__all__ = [
    "MAX_OPEN",
    "PONG",
    "ClientFrame",
    "Hello",
    "Open",
    "Ping",
    "Shut",
    "Typing",
    "bye",
    "cursor_frame",
    "decode_frame",
    "encoded",
    "items_frame",
]

MAX_OPEN: Final = 50
"""How many threads one line may have on the screen."""
MAX_FRAME: Final = 64 * 1024
_MOST: Final = 2**53

Name = Annotated[str, Meta(min_length=1, max_length=300)]
Place = Annotated[int, Meta(ge=0, le=_MOST)]


class Hello(Struct, tag="hello", frozen=True):
    """Comes first: from where on to tell, and what is on the screen."""

    cursor: Place | None = None
    open: Annotated[dict[Name, Place], Meta(max_length=MAX_OPEN)] = {}


class Open(Struct, tag="open", frozen=True):
    """A thread is on the screen, known up to a place."""

    conversation_id: Name
    after: Place = 0


class Shut(Struct, tag="shut", frozen=True):
    """It no longer is."""

    conversation_id: Name


class Typing(Struct, tag="typing", frozen=True):
    """The agent writes to the customer, or has stopped."""

    conversation_id: Name
    on: bool = True


class Ping(Struct, tag="ping", frozen=True):
    """Still here."""


ClientFrame: TypeAlias = Hello | Open | Shut | Typing | Ping
_decode: Any = msgspec.json.Decoder(ClientFrame).decode
_encode = msgspec.json.Encoder().encode

PONG: Final = '{"type":"pong"}'


def decode_frame(data: str | bytes) -> ClientFrame:
    """Return the frame that a screen sent.

    Raises:
        RequestError: It is none (400).
    """
    if len(data) > MAX_FRAME:
        raise RequestError(400, "BadRequest", f"a frame has at most {MAX_FRAME} bytes")
    try:
        check_depth(data)
        frame: ClientFrame = _decode(data)
    except (msgspec.DecodeError, UnicodeError, TooDeep) as error:
        raise RequestError(400, "BadRequest", f"not a frame: {error}") from error
    return frame


def encoded(value: Any) -> str:
    """Return a value as JSON text."""
    try:
        return _encode(value).decode()
    except UnicodeEncodeError:  # half of a pair of surrogates, from wherever
        return _encode(_whole(msgspec.to_builtins(value))).decode()


def _whole(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        case dict():
            return {_whole(name): _whole(item) for name, item in value.items()}
        case list():
            return [_whole(item) for item in value]
        case _:
            return value


def items_frame(conversation_id: str, items: str, last_seq: int, row: str = "null") -> str:
    """Return the frame that brings new entries of a thread.

    Args:
        conversation_id: Whose.
        items: The items as JSON, separated by commas.
        last_seq: Up to where the thread is complete with them.
        row: The row as JSON.
    """
    return (
        f'{{"type":"items","conversation_id":{encoded(conversation_id)},"items":[{items}],'
        f'"last_seq":{last_seq},"row":{row}}}'
    )


def cursor_frame(position: int) -> str:
    """Return the frame that says: nothing of yours up to here."""
    return f'{{"type":"cursor","position":{position}}}'


def bye(reason: str) -> str:
    """Return the frame before the end."""
    return f'{{"type":"bye","reason":"{reason}"}}'
