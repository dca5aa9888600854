"""The agents' workbench: what ``web/apps/desk`` was built into, at ``/desk``.

Addresses below it are the workbench's own, but for files; all of them answer with its page.
Running needs no Node; building does (``make web``).
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from kefu.server.static_files import (
    COMMON_HEADERS,
    FOREVER,
    HTML,
    SCRIPT,
    StaticFile,
    file_answer,
    static_file,
    text_answer,
)

__all__ = ["is_built", "serve_desk"]

STATIC = Path(__file__).parent / "static" / "desk"
NOT_BUILT: Final = (
    "The workbench is not built yet. Run `make web` in the repository, then start again."
)
GONE: Final = "There is no such file; the workbench was built anew. Load the page again."
ASSETS: Final = "assets/"
"""Below it names hold a hash of the contents."""

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' https: data: blob:; media-src 'self' https: blob:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Styles may be inline: components place their menus so. Scripts may not."""
PAGE_HEADERS: Final = {
    **COMMON_HEADERS,
    "Cache-Control": "no-cache",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
ASSET_HEADERS: Final = {**COMMON_HEADERS, "Cache-Control": FOREVER}
ICON_HEADERS: Final = {**COMMON_HEADERS, "Cache-Control": "public, max-age=3600"}


def is_built() -> bool:
    """Whether there is something to serve."""
    return (STATIC / "index.html").is_file()


def serve_desk(app: Sanic[Any, Any]) -> None:
    """Serve the workbench; where it is not built, browsers are told what to run."""
    files = _Files(STATIC) if is_built() else None

    async def desk(request: Request, path: str = "") -> HTTPResponse:
        if files is None:
            return text_answer(NOT_BUILT, status=503)
        file = files.get(path)
        return text_answer(GONE, status=404) if file is None else file_answer(request, file)

    app.add_route(desk, "/desk", methods=["GET"], name="desk")
    app.add_route(desk, "/desk/<path:path>", methods=["GET"], name="desk_below")


class _Files:
    """What there is, by its path below ``/desk/``; a file is read when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._page = static_file((folder / "index.html").read_bytes(), HTML, PAGE_HEADERS)
        self._paths: Mapping[str, Path] = {
            path.relative_to(folder).as_posix(): path
            for path in folder.rglob("*")
            if path.is_file() and path.suffix != ".html" and not _is_hidden(path, folder)
        }
        self._read: dict[str, StaticFile] = {}

    def get(self, name: str) -> StaticFile | None:
        """Return the file of an address; None: it should be one, and is not there."""
        path = self._paths.get(name)
        if path is None:
            return None if name.startswith(ASSETS) else self._page
        if name not in self._read:
            headers = ASSET_HEADERS if name.startswith(ASSETS) else ICON_HEADERS
            self._read[name] = static_file(path.read_bytes(), _content_type(path), headers)
        return self._read[name]


def _is_hidden(path: Path, folder: Path) -> bool:
    """Whether it is of the build's own, such as its list of files."""
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _content_type(path: Path) -> str:
    if path.suffix == ".js":
        return SCRIPT
    kind, _ = mimetypes.guess_type(path.name)
    return "text/css; charset=utf-8" if kind == "text/css" else kind or "application/octet-stream"
