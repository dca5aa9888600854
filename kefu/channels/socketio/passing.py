"""What processes say to each other about clients of sessions that only one of them has.

``id`` is a number of the process that the client has reached.
"""

from __future__ import annotations

from typing import Final

import msgspec

__all__ = [
    "Answered",
    "Asked",
    "Frame",
    "Gone",
    "Opened",
    "Passed",
    "Said",
    "Shut",
    "Taken",
    "decode",
    "encode",
]


class _OfClient(msgspec.Struct, frozen=True, tag=str.lower):
    id: int


class Asked(_OfClient, frozen=True):
    """A client polls or posts."""

    method: str
    query: dict[str, str]
    body: bytes
    client: str


class Answered(_OfClient, frozen=True):
    """What it is answered."""

    status: int
    body: bytes
    content_type: str


class Opened(_OfClient, frozen=True):
    """A client has opened a WebSocket."""

    query: dict[str, str]
    client: str


class Frame(_OfClient, frozen=True):
    """What came in by it."""

    text: str


class Taken(_OfClient, frozen=True):
    """The next frame may come."""


class Said(_OfClient, frozen=True):
    """What goes out by it."""

    text: str


class Shut(_OfClient, frozen=True):
    """It is to be closed."""

    code: int
    reason: str


class Gone(_OfClient, frozen=True):
    """The client has gone: no answer is wanted, the WebSocket is closed."""


Passed = Asked | Answered | Opened | Frame | Taken | Said | Shut | Gone
_encoder: Final = msgspec.json.Encoder()
_decoder: Final = msgspec.json.Decoder(Passed)


def encode(message: Passed) -> str:
    """Return a message as text."""
    return _encoder.encode(message).decode()


def decode(text: str) -> Passed:
    """Return the message of a text."""
    message: Passed = _decoder.decode(text)
    return message
