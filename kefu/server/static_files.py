"""Files that the build made, as browsers get them: packed, with a name for what they hold."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sanic.request import Request
from sanic.response import HTTPResponse

__all__ = [
    "COMMON_HEADERS",
    "FOREVER",
    "HTML",
    "SCRIPT",
    "StaticFile",
    "file_answer",
    "static_file",
    "text_answer",
]

HTML: Final = "text/html; charset=utf-8"
SCRIPT: Final = "text/javascript; charset=utf-8"
COMMON_HEADERS: Final = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
FOREVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """A file and everything that is said with it."""

    body: bytes
    packed: Mapping[str, bytes]
    """The body in other encodings, the smallest first."""
    etag: str
    headers: Mapping[str, str]
    content_type: str
    version: str = ""
    """The query under which it never changes."""


def static_file(
    body: bytes,
    content_type: str,
    headers: Mapping[str, str],
    *,
    brotli: bytes | None = None,
    version: str = "",
) -> StaticFile:
    """Return a file to serve.

    Args:
        body: What it holds.
        content_type: Of what kind that is.
        headers: What else is said with it.
        brotli: The body packed with Brotli, where the build did so.
        version: The query under which it never changes; empty: there is none.
    """
    packed = {} if brotli is None else {"br": brotli}
    packed["gzip"] = gzip.compress(body, 9, mtime=0)
    return StaticFile(
        body=body,
        packed=packed,
        etag=f'"{hashlib.sha256(body).hexdigest()[:20]}"',
        headers=headers,
        content_type=content_type,
        version=version,
    )


def file_answer(request: Request, file: StaticFile) -> HTTPResponse:
    """Return the answer with a file, in the smallest encoding that the browser takes."""
    headers = {**file.headers, "ETag": file.etag, "Vary": "Accept-Encoding"}
    if file.version and request.query_string == file.version:
        headers["Cache-Control"] = FOREVER
    if request.headers.get("if-none-match") == file.etag:
        return HTTPResponse(status=304, headers=headers)
    body = file.body
    accepted = _encodings(request.headers.get("accept-encoding", ""))
    for encoding, packed in file.packed.items():
        if encoding in accepted:
            body = packed
            headers["Content-Encoding"] = encoding
            break
    return HTTPResponse(body, headers=headers, content_type=file.content_type)


def _encodings(accepted: str) -> set[str]:
    """Return the encodings that a browser says it can unpack."""
    parts = [part.replace(" ", "").split(";") for part in accepted.lower().split(",")]
    return {name for name, *weight in parts if weight not in (["q=0"], ["q=0.0"])}


def text_answer(line: str, *, status: int = 200) -> HTTPResponse:
    """Return the answer with a line of text."""
    return HTTPResponse(line, status=status, content_type="text/plain; charset=utf-8")
