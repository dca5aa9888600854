"""Serves attachments to whoever has a link that is signed and not over.

What was uploaded cannot run script in a browser: its type is the one that was told by its bytes,
nothing is guessed from the content, only pictures, sound and films are shown in place, and a
sandbox surrounds even these.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from sanic import Sanic
from sanic.exceptions import NotFound
from sanic.request import Request
from sanic.response import HTTPResponse

from kefu.server.ports import ServedAttachments

__all__ = ["serve_attachments"]

SECONDS_KEPT = 600
SECURITY_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; media-src 'self'; img-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Accept-Ranges": "bytes",
}
SHOWN = ("image/", "audio/", "video/")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def serve_attachments(app: Sanic[Any, Any], attachments: ServedAttachments) -> None:
    """Serve the files of ``attachments`` below ``/attachments/``."""

    async def attachment(request: Request, attachment_id: str) -> HTTPResponse:
        found = await attachments.fetch(
            attachment_id,
            expires=request.args.get("expires", ""),
            signature=request.args.get("signature", ""),
        )
        if found is None:
            raise NotFound("there is no such attachment, or the link to it has expired")
        kept, data = found
        place = "inline" if kept.content_type.startswith(SHOWN) else "attachment"
        headers = {
            **SECURITY_HEADERS,
            "Content-Disposition": f"{place}; filename*=UTF-8''{quote(kept.name, safe='')}",
            "Cache-Control": f"private, max-age={SECONDS_KEPT}, immutable",
        }
        return _answer(request, data, kept.content_type, headers)

    app.add_route(
        attachment, "/attachments/<attachment_id:str>", methods=["GET", "HEAD"], name="attachment"
    )


def _answer(
    request: Request, data: bytes, content_type: str, headers: dict[str, str]
) -> HTTPResponse:
    """Return the file, or the part of it that is asked for (RFC 9110, section 14)."""
    if content_type.startswith("text/"):
        content_type += "; charset=utf-8"
    match = _RANGE.fullmatch(request.headers.get("range", "").strip())
    if match is None or match.group(0) == "bytes=-":
        return _sent(request, data, 200, headers, content_type)
    size = len(data)
    if match.group(1):
        first = int(match.group(1))
        last = min(int(match.group(2)), size - 1) if match.group(2) else size - 1
    else:
        first, last = max(0, size - int(match.group(2))), size - 1
    if first >= size or first > last:
        return HTTPResponse(b"", 416, {**headers, "Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return _sent(request, data[first : last + 1], 206, headers, content_type)


def _sent(
    request: Request, data: bytes, status: int, headers: dict[str, str], content_type: str
) -> HTTPResponse:
    if request.method == "HEAD":
        headers["Content-Length"] = str(len(data))
        data = b""
    return HTTPResponse(data, status, headers, content_type)
