"""The frames of the web channel: what a client may send, and what it gets.

From the client: ``hello`` first, then ``message`` and ``ping``. To the client: ``welcome``,
``message`` and ``notice`` with the ``seq`` they have in the log, ``synced`` when nothing is
missing any more, ``accepted``, ``typing``, ``pong`` and ``error``.
docs/reference/http.md describes each field.
"""

from __future__ import annotations

from typing import Any

import msgspec

from kefu.errors import ChannelError

__all__ = [
    "ClientFrame",
    "Hello",
    "Message",
    "Ping",
    "decode_frame",
    "decode_message",
    "encode_frame",
    "error_frame",
]

MAX_ID_LENGTH = 64
MAX_TITLE_LENGTH = 300
MAX_LOCALE_LENGTH = 35
MAX_METADATA_KEYS = 32


class Hello(msgspec.Struct, tag="hello", frozen=True):
    """The first frame: who the client is and what it has seen."""

    token: str | None = None
    last_seq: int = 0
    locale: str | None = None


class Message(msgspec.Struct, tag="message", frozen=True):
    """Something the customer says; sending it again under the same ``id`` changes nothing."""

    id: str
    text: str
    title: str | None = None
    """What the customer saw, when it is not ``text``: the caption of a button."""
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)


class Ping(msgspec.Struct, tag="ping", frozen=True):
    """Asks for a ``pong``."""


ClientFrame = Hello | Message | Ping

_decoder = msgspec.json.Decoder(ClientFrame)
_message_decoder = msgspec.json.Decoder(Message)


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


def _decoded(decoder: msgspec.json.Decoder[Any], data: str | bytes) -> Any:
    try:
        return decoder.decode(data)
    except msgspec.DecodeError as error:
        raise ChannelError(str(error)) from error
    except UnicodeDecodeError as error:
        raise ChannelError("not UTF-8") from error


def _checked(frame: ClientFrame, max_text: int) -> ClientFrame:
    match frame:
        case Message():
            if not 0 < len(frame.id) <= MAX_ID_LENGTH:
                raise ChannelError(f"'id' must have 1 to {MAX_ID_LENGTH} characters")
            if not frame.text.strip() or len(frame.text) > max_text:
                raise ChannelError(f"'text' must have 1 to {max_text} characters")
            if frame.title is not None and len(frame.title) > MAX_TITLE_LENGTH:
                raise ChannelError(f"'title' must have at most {MAX_TITLE_LENGTH} characters")
            if len(frame.metadata) > MAX_METADATA_KEYS:
                raise ChannelError(f"'metadata' must have at most {MAX_METADATA_KEYS} keys")
        case Hello():
            if frame.last_seq < 0:
                raise ChannelError("'last_seq' must not be negative")
            if frame.locale is not None and len(frame.locale) > MAX_LOCALE_LENGTH:
                raise ChannelError("'locale' is too long")
        case Ping():
            pass
    return frame


def encode_frame(kind: str, **content: Any) -> str:
    """Return a frame of type ``kind`` for the client."""
    return msgspec.json.encode({"type": kind, **content}).decode()


def error_frame(code: str, message: str, **content: Any) -> str:
    """Return an error frame: ``code`` for programs, ``message`` for people."""
    return encode_frame("error", code=code, message=message, **content)
