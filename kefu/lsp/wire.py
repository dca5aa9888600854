"""Messages of JSON-RPC as editors frame them: ``Content-Length``, an empty line, the body."""

from __future__ import annotations

import json
import threading
from io import RawIOBase
from typing import Any, BinaryIO, Final

__all__ = ["BAD_REQUEST", "FAILED", "UNKNOWN_METHOD", "BadMessage", "Writer", "read_message"]

BAD_REQUEST: Final = -32600
UNKNOWN_METHOD: Final = -32601
FAILED: Final = -32803
"""The request was right, but what it asks for cannot be done."""
_NO_JSON: Final = -32700
_LONGEST: Final = 256 * 1024 * 1024


class BadMessage(Exception):
    """A message that cannot be understood; the next one may be."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def read_message(stream: RawIOBase) -> dict[str, Any] | None:
    """Return the next message; None at the end of the stream.

    Raises:
        BadMessage: What came is no message; reading can go on behind it.
    """
    length = _length(stream)
    if length is None:
        return None
    body = bytearray()
    while len(body) < length:
        part = stream.read(length - len(body))
        if not part:
            return None
        body += part
    try:
        message = json.loads(body)
    except ValueError as error:
        raise BadMessage(_NO_JSON, f"this is not JSON: {error}") from None
    if not isinstance(message, dict) or not isinstance(message.get("method", ""), str):
        raise BadMessage(BAD_REQUEST, "a message is an object with 'method'")
    return message


def _length(stream: RawIOBase) -> int | None:
    """Read the head of a message; None at the end of the stream."""
    length: int | None = None
    while line := stream.readline(_LONGEST):
        name, _, value = line.strip().partition(b":")
        if name.lower() == b"content-length" and value.strip().isdigit():
            length = int(value)
        elif not line.strip() and length is not None:
            if length > _LONGEST:
                raise BadMessage(BAD_REQUEST, f"a message of {length} bytes is too long")
            return length
    return None


class Writer:
    """Sends messages."""

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

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False).encode()
        with self._lock:
            self._stream.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            self._stream.flush()
