"""The visitor's widget: what ``web/`` was built into, with headers that let nothing else run in it.

``/widget.js`` for other sites' pages; ``/`` and ``/widget/`` a page of its own; ``/widget/frame``
the same to be framed by other sites. Running needs no Node; building does (``make web``).
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from kefu import __version__
from kefu.server.static_files import (
    COMMON_HEADERS,
    HTML,
    SCRIPT,
    StaticFile,
    file_answer,
    static_file,
    text_answer,
)

__all__ = ["serve_greeting", "serve_page"]

STATIC = Path(__file__).parent / "static" / "widget"
GREETING = f"Hello from Kefu: {__version__}"
NOT_BUILT = "The chat page is not built yet. Run `make web` in the repository, then start again."

PAGE_MODE = b'data-mode="page"'
NEWS_SCRIPT = b"".join(
    b'  <script defer src="../widget/%s.js"></script>\n' % name for name in (b"watch", b"trace")
)
PARTS = ("en.js", "more.js", "zh-Hant.js")
"""What the widget fetches later, under a query that names the contents of all of them."""

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' https: data: blob:; media-src 'self' https: blob:; "
    "connect-src 'self' ws: wss:; worker-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
)
PAGE_HEADERS = {
    **COMMON_HEADERS,
    "Cache-Control": "no-cache",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(self)",
}
OPEN_HEADERS = {
    **COMMON_HEADERS,
    # Pages of other sites load these.
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=300",
}
WORKER_HEADERS = {
    **COMMON_HEADERS,
    "Cache-Control": "no-cache",
    # It keeps the page at the root, too, which is above its own address.
    "Service-Worker-Allowed": "/",
}


def serve_greeting(app: Sanic[Any, Any]) -> None:
    """Answer ``/`` with a line of text."""

    async def greeting(_: Request) -> HTTPResponse:
        return text_answer(GREETING)

    app.add_route(greeting, "/", methods=["GET"], name="greeting")


def serve_page(
    app: Sanic[Any, Any], origins: Sequence[str] = (), *, shows_news: bool = False
) -> None:
    """Serve the built widget; at ``/``, programs, which do not ask for HTML, get a line.

    Where it is not built, browsers are told what to run.

    Args:
        app: Where.
        origins: Other sites that may show it in a frame; ``*``: all.
        shows_news: Whether the page shows how watched files fare; frames never do.
    """
    files = (
        _files(STATIC, origins, shows_news=shows_news) if (STATIC / "widget.js").is_file() else {}
    )

    async def front(request: Request) -> HTTPResponse:
        if "text/html" not in request.headers.get("accept", ""):
            answer = text_answer(GREETING)
        elif "/" in files:
            answer = file_answer(request, files["/"])
        else:
            answer = text_answer(NOT_BUILT, status=503)
        answer.headers["Vary"] = "Accept, Accept-Encoding"
        return answer

    app.add_route(front, "/", methods=["GET"], name="page")
    for number, path in enumerate(sorted({*files, "/widget.js", "/widget/"} - {"/"})):
        served = _serving(files.get(path))
        name = f"widget_{number}"
        app.add_route(served, path, ["GET"], name=name, strict_slashes=True, error_format="text")


def _files(folder: Path, origins: Sequence[str], *, shows_news: bool) -> dict[str, StaticFile]:
    """Return what is served at which path."""
    framed = (folder / "index.html").read_bytes()
    page = framed.replace(b"</head>", NEWS_SCRIPT + b"</head>") if shows_news else framed
    files = {
        # The page's own addresses are relative to /widget/.
        "/": _page(page.replace(b'"../', b'"./')),
        "/widget/": _page(page),
        "/widget/frame": _frame(framed, origins),
    }
    version = _version(folder)
    for path in sorted(folder.glob("*.js")):
        at = f"/{path.name}" if path.name == "widget.js" else f"/widget/{path.name}"
        headers = WORKER_HEADERS if path.name == "sw.js" else OPEN_HEADERS
        smallest = path.with_name(f"{path.name}.br")
        files[at] = static_file(
            path.read_bytes(),
            SCRIPT,
            headers,
            brotli=smallest.read_bytes() if smallest.is_file() else None,
            version=version if path.name in PARTS else "",
        )
    icon = (folder / "icon.svg").read_bytes()
    files["/widget/icon.svg"] = static_file(icon, "image/svg+xml", OPEN_HEADERS)
    return files


def _version(folder: Path) -> str:
    """Return the name of what is fetched later; the build puts the same into the widget."""
    paths = [folder / name for name in PARTS]
    held = b"".join(path.read_bytes() for path in paths if path.is_file())
    return hashlib.sha256(held).hexdigest()[:8]


def _frame(page: bytes, origins: Sequence[str]) -> StaticFile:
    """Return the page as other sites may frame it; it speaks to these alone."""
    ancestors = "*" if "*" in origins else " ".join(["'self'", *origins])
    parents = html.escape(" ".join(origins))
    mode = f'data-mode="frame" data-parents="{parents}"'.encode()
    return _page(page.replace(PAGE_MODE, mode), ancestors=ancestors)


def _page(body: bytes, *, ancestors: str = "'self'") -> StaticFile:
    policy = PAGE_POLICY.format(ancestors=ancestors)
    return static_file(body, HTML, {**PAGE_HEADERS, "Content-Security-Policy": policy})


def _serving(file: StaticFile | None) -> Callable[[Request], Coroutine[Any, Any, HTTPResponse]]:
    async def serve(request: Request) -> HTTPResponse:
        return file_answer(request, file) if file else text_answer(NOT_BUILT, status=503)

    return serve
