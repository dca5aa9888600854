"""The frames of the web channel: what a client may send, and what it gets.

docs/reference/http.md describes each field. What a client does not know it ignores; what the
server does not know is answered with ``bad_frame``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from kefu.core.nesting import TooDeep, check_depth
from kefu.errors import ChannelError

__all__ = [
    "Attributes",
    "ClientFrame",
    "Consent",
    "End",
    "Forget",
    "Hello",
    "Hide",
    "History",
    "Leave",
    "LeaveMessage",
    "Message",
    "Page",
    "Ping",
    "Pong",
    "Rate",
    "Read",
    "Recall",
    "Received",
    "Track",
    "Typing",
    "User",
    "Visit",
    "decode_frame",
    "decode_message",
    "encode_frame",
    "error",
    "error_frame",
    "id_in",
]

MAX_ID_LENGTH = 64
MAX_TITLE_LENGTH = 300
MAX_LOCALE_LENGTH = 35
MAX_METADATA_KEYS = 32
MAX_HISTORY = 100

ErrorCode = Literal[
    "bad_frame",
    "too_many",
    "blocked",
    "unavailable",
    "too_large",
    "bad_type",
    "not_allowed",
    "bad_token",
]


class Page(msgspec.Struct, frozen=True):
    """The page that the client is on."""

    url: str
    title: str | None = None
    referrer: str | None = None


class Hello(msgspec.Struct, tag="hello", frozen=True):
    """The first frame: who the client is and what it has seen."""

    token: str | None = None
    last_seq: int = 0
    conversation: str | None = None
    """The ``conversation`` of the welcome that ``last_seq`` belongs to."""
    locale: str | None = None
    user: str | None = None
    page: Page | None = None
    client: str | None = None
    consent: bool | None = None


class Message(msgspec.Struct, tag="message", frozen=True):
    """Something the customer says; sending it again under the same ``id`` changes nothing."""

    id: str
    text: str = ""
    title: str | None = None
    """What the customer saw, when it is not ``text``: the caption of a button."""
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)
    content: dict[str, Any] | None = None
    """Of :mod:`kefu.core.contents`."""


class LeaveMessage(msgspec.Struct, tag="leave_message", frozen=True):
    """What a customer wants answered later, and where."""

    id: str
    contact: str
    text: str
    name: str | None = None


class Received(msgspec.Struct, tag="received", frozen=True):
    """Everything up to ``seq`` is on the customer's device."""

    seq: int


class Read(msgspec.Struct, tag="read", frozen=True):
    """Everything up to ``seq`` was in front of the customer."""

    seq: int


class Typing(msgspec.Struct, tag="typing", frozen=True):
    """The customer is writing, or no longer."""

    on: bool
    text: str | None = None
    """What is in the box, where the server shows that to agents."""


class Recall(msgspec.Struct, tag="recall", frozen=True):
    """Takes an own message back."""

    id: str


class User(msgspec.Struct, tag="user", frozen=True):
    """Signs in with the shop's token."""

    token: str


class Attributes(msgspec.Struct, tag="attributes", frozen=True):
    """What the page says about the customer."""

    data: dict[str, Any]


class Visit(msgspec.Struct, tag="visit", frozen=True):
    """The customer opened another page."""

    url: str
    title: str | None = None
    referrer: str | None = None


class Track(msgspec.Struct, tag="track", frozen=True):
    """Something happened on the page."""

    event: str
    data: dict[str, Any] = msgspec.field(default_factory=dict)


class Consent(msgspec.Struct, tag="consent", frozen=True):
    """Whether visits may be kept."""

    on: bool


class Hide(msgspec.Struct, tag="hide", frozen=True):
    """Keeps what the customer gave from agents and bot, or shows it again."""

    fields: list[str]
    on: bool = True


class Forget(msgspec.Struct, tag="forget", frozen=True):
    """Deletes what the customer gave: some fields, or everything."""

    fields: list[str] = []


class History(msgspec.Struct, tag="history", frozen=True):
    """Asks for what is before ``before``."""

    before: int
    limit: int = 50


class Rate(msgspec.Struct, tag="rate", frozen=True):
    """How the customer found the service."""

    score: int
    comment: str | None = None
    rating_id: str | None = None
    id: str | None = None
    """Answered with ``accepted``; sending it again under the same ``id`` changes nothing."""


class End(msgspec.Struct, tag="end", frozen=True):
    """The customer ends the chat."""

    id: str | None = None
    """As in :class:`Rate`."""


class Leave(msgspec.Struct, tag="leave", frozen=True):
    """The page is closed."""


class Ping(msgspec.Struct, tag="ping", frozen=True):
    """Asks for a ``pong``."""


class Pong(msgspec.Struct, tag="pong", frozen=True):
    """Answers the server's ``ping``."""


ClientFrame = (
    Hello
    | Message
    | LeaveMessage
    | Received
    | Read
    | Typing
    | Recall
    | User
    | Attributes
    | Visit
    | Track
    | Consent
    | Hide
    | Forget
    | History
    | Rate
    | End
    | Leave
    | Ping
    | Pong
)


class _Named(msgspec.Struct):
    id: str | None = None


_decoder = msgspec.json.Decoder(ClientFrame)
_named_decoder = msgspec.json.Decoder(_Named)
_message_decoder = msgspec.json.Decoder(Message)

_LENGTHS: Final[Mapping[str, int]] = {
    "conversation": 64,
    "locale": MAX_LOCALE_LENGTH,
    "title": MAX_TITLE_LENGTH,
    "url": 2048,
    "referrer": 2048,
    "token": 8192,
    "user": 8192,
    "client": 64,
    "contact": 200,
    "name": 100,
    "comment": 1000,
    "rating_id": 64,
    "event": 64,
}
"""Field -> how many characters it may have."""


def decode_frame(data: str | bytes, *, max_text: int) -> ClientFrame:
    """Decode a client's frame.

    Raises:
        ChannelError: It is not a frame of the protocol, or too long.
    """
    return _checked(_decoded(_decoder, data), max_text)


def decode_message(data: bytes, *, max_text: int) -> Message:
    """Decode a message sent by HTTP, where ``type`` may be left out.

    Raises:
        ChannelError: It is not a message, or too long.
    """
    message: Message = _decoded(_message_decoder, data)
    _checked(message, max_text)
    return message


def id_in(data: str | bytes) -> str | None:
    """Return the ``id`` of what is no valid frame, so that its sender knows which one it was."""
    try:
        name = _named_decoder.decode(data).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return name if name and len(name) <= MAX_ID_LENGTH else None


def _decoded(decoder: msgspec.json.Decoder[Any], data: str | bytes) -> Any:
    try:
        check_depth(data)
        return decoder.decode(data)
    except (msgspec.DecodeError, TooDeep) as error:
        raise ChannelError(str(error)) from error
    except UnicodeDecodeError as error:
        raise ChannelError("not UTF-8") from error


def _checked(frame: ClientFrame, max_text: int) -> ClientFrame:
    _check_lengths(frame)
    match frame:
        case Message() | LeaveMessage():
            _check_message(frame, max_text)
        case Recall(id=name):
            _check_id(name)
        case Hello(last_seq=number) | Received(seq=number) | Read(seq=number):
            _check_place(frame, number)
        case History(before=before, limit=limit):
            if before < 1 or not 0 < limit <= MAX_HISTORY:
                raise ChannelError(f"'before' begins at 1, 'limit' goes to {MAX_HISTORY}")
        case Rate() | End():
            _check_closing(frame)
        case _:
            pass
    return frame


def _check_place(frame: Hello | Received | Read, number: int) -> None:
    if not 0 <= number < 2**53:
        name = "last_seq" if isinstance(frame, Hello) else "seq"
        raise ChannelError(f"{name!r} must not be negative")
    if isinstance(frame, Hello) and frame.page is not None:
        _check_lengths(frame.page)


def _check_closing(frame: Rate | End) -> None:
    if frame.id is not None:
        _check_id(frame.id)
    if isinstance(frame, Rate) and not 0 <= frame.score <= 10:
        raise ChannelError("'score' must be 0 to 10")


def _check_id(name: str) -> None:
    if not 0 < len(name) <= MAX_ID_LENGTH:
        raise ChannelError(f"'id' must have 1 to {MAX_ID_LENGTH} characters")


def _check_message(frame: Message | LeaveMessage, max_text: int) -> None:
    _check_id(frame.id)
    has_content = isinstance(frame, Message) and frame.content is not None
    if len(frame.text) > max_text or not (has_content or frame.text.strip()):
        raise ChannelError(f"'text' must have 1 to {max_text} characters")
    if isinstance(frame, Message) and len(frame.metadata) > MAX_METADATA_KEYS:
        raise ChannelError(f"'metadata' must have at most {MAX_METADATA_KEYS} keys")
    if isinstance(frame, LeaveMessage) and not frame.contact.strip():
        raise ChannelError("'contact' must say where to answer")


def _check_lengths(frame: msgspec.Struct) -> None:
    for name in frame.__struct_fields__:
        longest = _LENGTHS.get(name)
        if longest is not None:
            value = getattr(frame, name)
            if value is not None and len(value) > longest:
                raise ChannelError(f"{name!r} must have at most {longest} characters")


def encode_frame(kind: str, **content: Any) -> str:
    """Return a frame of type ``kind`` for the client."""
    return msgspec.json.encode({"type": kind, **content}).decode()


def error(code: ErrorCode, message: str, **content: Any) -> dict[str, Any]:
    """Return the content of an error frame: ``code`` for programs, ``message`` for people."""
    return {"type": "error", "code": code, "message": message, **content}


def error_frame(code: ErrorCode, message: str, **content: Any) -> str:
    """Return an error frame."""
    return msgspec.json.encode(error(code, message, **content)).decode()
