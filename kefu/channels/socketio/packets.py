"""Packets of Engine.IO and Socket.IO as text.

An Engine.IO packet is a digit, its kind, and what it carries. One of the kind ``MESSAGE`` carries a
Socket.IO packet: a digit, an optional namespace, an optional number to acknowledge it by, JSON.

https://github.com/socketio/engine.io-protocol, https://github.com/socketio/socket.io-protocol
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from kefu.core.nesting import TooDeep, check_depth
from kefu.errors import ChannelError

__all__ = [
    "CLOSE",
    "MESSAGE",
    "NOOP",
    "OPEN",
    "PING",
    "PONG",
    "ROOT",
    "UPGRADE",
    "SocketPacket",
    "decode_payload",
    "encode_payload",
]

OPEN: Final = "0"
CLOSE: Final = "1"
PING: Final = "2"
PONG: Final = "3"
MESSAGE: Final = "4"
UPGRADE: Final = "5"
NOOP: Final = "6"

ROOT: Final = "/"
"""The namespace of those who name none."""

_BETWEEN: Final = "\x1e"
_OLD_LENGTH: Final = re.compile(rb"(?:\d\0){1,9}:\0")
_SOCKET: Final = re.compile(
    r"(?P<kind>[0-6])(?:\d+-)?(?:(?P<namespace>/[^,\[{\"]*),?)?(?P<id>\d+)?(?P<data>.*)", re.DOTALL
)
_BINARY: Final = frozenset({5, 6})
_MOST_PACKETS: Final = 100
_encode = msgspec.json.Encoder().encode


def encode_payload(packets: Iterable[str], version: int) -> str:
    """Return packets as the body of a poll's answer, in the form of Engine.IO ``version``."""
    if version >= 4:
        return _BETWEEN.join(packets)
    return "".join(f"{_old_length(packet)}:{packet}" for packet in packets)


def decode_payload(body: bytes, version: int) -> list[str]:
    """Return the packets of a body that was posted.

    Raises:
        ChannelError: It is none.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ChannelError("the body is not UTF-8; binary packets are not taken") from error
    packets = text.split(_BETWEEN) if version >= 4 else _old_packets(text)
    if len(packets) > _MOST_PACKETS or not all(packets):
        raise ChannelError("the body is no list of packets")
    return packets


def _old_length(packet: str) -> int:
    """Return the length as JavaScript counts it: in units of UTF-16."""
    return len(packet.encode("utf-16-le", "surrogatepass")) // 2


def _old_packets(text: str) -> list[str]:
    data = text.encode("utf-16-le", "surrogatepass")
    packets = []
    while data:
        found = _OLD_LENGTH.match(data)
        if found is None:
            raise ChannelError("the body is no list of packets")
        end = found.end() + 2 * int(found.group()[:-2].decode("utf-16-le"))
        if end > len(data):
            raise ChannelError("the body ends within a packet")
        packets.append(data[found.end() : end].decode("utf-16-le", "replace"))
        data = data[end:]
    return packets


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketPacket:
    """A packet of Socket.IO."""

    CONNECT = 0
    DISCONNECT = 1
    EVENT = 2
    ACK = 3
    CONNECT_ERROR = 4

    kind: int
    namespace: str = ROOT
    id: int | None = None
    """Whoever sent it wants to know by this number that it came."""
    data: Any = None

    @classmethod
    def decoded(cls, text: str) -> SocketPacket:
        """Read a packet.

        Raises:
            ChannelError: It is none, or a binary one.
        """
        found = _SOCKET.fullmatch(text)
        if found is None:
            raise ChannelError("it is no packet of Socket.IO")
        kind = int(found["kind"])
        if kind in _BINARY:
            raise ChannelError("binary packets are not taken")
        try:
            check_depth(text)
            data = msgspec.json.decode(found["data"]) if found["data"] else None
        except (msgspec.DecodeError, UnicodeEncodeError, TooDeep) as error:
            raise ChannelError("what the packet carries is no JSON") from error
        return cls(
            kind=kind,
            # Socket.IO 2 has the query behind the namespace
            namespace=(found["namespace"] or ROOT).partition("?")[0],
            id=int(found["id"]) if found["id"] and len(found["id"]) < 16 else None,
            data=data,
        )

    @property
    def event(self) -> tuple[str, Any]:
        """The name of an event, and the first of what it carries.

        Raises:
            ChannelError: It is no event.
        """
        data = self.data
        if not isinstance(data, list) or not data or not isinstance(data[0], str):
            raise ChannelError("an event is a list that begins with its name")
        return data[0], data[1] if len(data) > 1 else None

    def encoded(self) -> str:
        """Return it as an Engine.IO packet."""
        namespace = "" if self.namespace == ROOT else f"{self.namespace},"
        number = "" if self.id is None else str(self.id)
        data = "" if self.data is None else _encode(self.data).decode()
        return f"{MESSAGE}{self.kind}{namespace}{number}{data}"
