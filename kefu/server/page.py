"""The chat page: files of ``static/`` with headers that let nothing else run in it."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from kefu import __version__

__all__ = ["serve_greeting", "serve_page"]

STATIC = Path(__file__).parent / "static"
PAGE = "index.html"
GREETING = f"Hello from Kefu: {__version__}"

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; "
        "media-src https:; connect-src 'self' ws: wss:; manifest-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    content_type: str
    etag: str


def serve_greeting(app: Sanic[Any, Any]) -> None:
    """Answer ``/`` with a line of text."""

    async def greeting(_: Request) -> HTTPResponse:
        return _greeting()

    app.add_route(greeting, "/", methods=["GET"], name="greeting")


def serve_page(app: Sanic[Any, Any]) -> None:
    """Serve the chat page at ``/``: programs, which do not ask for HTML, get a line of text."""
    files = {path.name: _file(path) for path in sorted(STATIC.iterdir()) if path.is_file()}
    page = files.pop(PAGE)

    async def front(request: Request) -> HTTPResponse:
        wants_page = "text/html" in request.headers.get("accept", "")
        answer = _answer(request, page) if wants_page else _greeting()
        answer.headers["Vary"] = "Accept"
        return answer

    app.add_route(front, "/", methods=["GET"], name="page")
    for name, file in files.items():
        slug = name.replace(".", "_").replace("-", "_")
        app.add_route(_handler(file), f"/static/{name}", methods=["GET"], name=f"static_{slug}")


def _greeting() -> HTTPResponse:
    return HTTPResponse(GREETING, content_type="text/plain; charset=utf-8")


def _file(path: Path) -> _File:
    body = path.read_bytes()
    content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if path.suffix == ".webmanifest":
        content_type = "application/manifest+json"
    if content_type.startswith("text/"):
        content_type += "; charset=utf-8"
    return _File(body, content_type, f'"{hashlib.sha256(body).hexdigest()[:20]}"')


def _handler(file: _File) -> Callable[[Request], Coroutine[Any, Any, HTTPResponse]]:
    async def handler(request: Request) -> HTTPResponse:
        return _answer(request, file)

    return handler


def _answer(request: Request, file: _File) -> HTTPResponse:
    headers = {**SECURITY_HEADERS, "ETag": file.etag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == file.etag:
        return HTTPResponse(status=304, headers=headers)
    return HTTPResponse(file.body, headers=headers, content_type=file.content_type)
