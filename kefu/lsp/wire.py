"""Messages of JSON-RPC as editors frame them: ``Content-Length``, an empty line, the body."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from io import RawIOBase
from typing import Any, BinaryIO, Final

__all__ = [
    "BAD_REQUEST",
    "CANCELLED",
    "FAILED",
    "UNKNOWN_METHOD",
    "BadMessage",
    "Reader",
    "Writer",
]

BAD_REQUEST: Final = -32600
UNKNOWN_METHOD: Final = -32601
FAILED: Final = -32803
"""The request was right, but what it asks for cannot be done."""
CANCELLED: Final = -32800
_NO_JSON: Final = -32700
_LONGEST: Final = 256 * 1024 * 1024
_PIECE: Final = 64 * 1024


class BadMessage(Exception):
    """A message that cannot be understood; the next one may be."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Reader:
    """Reads messages; in large pieces, as each piece may have to wait for a thread that works."""

    def __init__(self, stream: RawIOBase) -> None:
        """Remember where messages come from.

        Args:
            stream: Without a buffer, so that reading gives what is there.
        """
        self._stream = stream
        self._bytes = bytearray()

    def message(self) -> dict[str, Any] | None:
        """Return the next message; None at the end of the stream.

        Raises:
            BadMessage: What came is no message; reading can go on behind it.
        """
        length = self._length()
        while length is not None and len(self._bytes) < length:
            if not self._fill():
                length = None
        if length is None:
            return None
        body = self._take(length)
        try:
            message = json.loads(body)
        except ValueError as error:
            raise BadMessage(_NO_JSON, f"this is not JSON: {error}") from None
        if not isinstance(message, dict) or not isinstance(message.get("method", ""), str):
            raise BadMessage(BAD_REQUEST, "a message is an object with 'method'")
        return message

    def _length(self) -> int | None:
        """Read the head of a message; None at the end of the stream."""
        length: int | None = None
        while line := self._line():
            name, _, value = line.strip().partition(b":")
            if name.lower() == b"content-length" and value.strip().isdigit():
                length = int(value)
            elif not line.strip() and length is not None:
                if length > _LONGEST:
                    raise BadMessage(BAD_REQUEST, f"a message of {length} bytes is too long")
                return length
        return None

    def _line(self) -> bytes:
        """Read a line with its end; empty at the end of the stream."""
        start = 0
        while (end := self._bytes.find(b"\n", start)) < 0:
            start = len(self._bytes)
            if not self._fill():
                return b""
        return self._take(end + 1)

    def _fill(self) -> bool:
        part = self._stream.read(_PIECE)
        self._bytes += part or b""
        return bool(part)

    def _take(self, count: int) -> bytes:
        taken = bytes(self._bytes[:count])
        del self._bytes[:count]
        return taken


class Writer:
    """Sends messages; to an editor that is gone nothing is sent."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def result(self, id_: Any, result: Any) -> None:
        """Answer a request."""
        self._send({"id": id_, "result": result})

    def error(self, id_: Any, code: int, text: str) -> None:
        """Answer a request that failed."""
        self._send({"id": id_, "error": {"code": code, "message": text}})

    def notify(self, method: str, params: Any) -> None:
        """Tell something."""
        self._send({"method": method, "params": params})

    def request(self, id_: str, method: str, params: Any) -> None:
        """Ask for something; nobody waits for the answer."""
        self._send({"id": id_, "method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False).encode()
        with self._lock, suppress(BrokenPipeError):
            self._stream.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            self._stream.flush()
