"""Which other origins' pages may call the server."""

from __future__ import annotations

from typing import Any

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

__all__ = ["allow_origins"]

ALL = "*"
PREFLIGHT_SECONDS = "600"


def allow_origins(
    app: Sanic[Any, Any],
    origins: tuple[str, ...],
    *,
    below: str = "/",
    harmless: tuple[str, ...] = (),
) -> None:
    """Let pages of ``origins`` read the answers of addresses ``below`` a path; none: nothing.

    Below ``harmless`` ones browsers may send along the cookies of whoever sits before them, which
    old clients ask for: nothing there heeds them.
    """
    if not origins:
        return
    allows_all = ALL in origins
    allowed = frozenset(origin.rstrip("/") for origin in origins)

    async def add_headers(request: Request, response: HTTPResponse) -> None:
        origin = request.headers.get("origin")
        if not origin or not request.path.startswith(below):
            return
        if not (allows_all or origin in allowed):
            return
        is_harmless = request.path.startswith(harmless) if harmless else False
        is_named = is_harmless or not allows_all
        response.headers["Access-Control-Allow-Origin"] = origin if is_named else ALL
        if is_harmless:
            response.headers["Access-Control-Allow-Credentials"] = "true"
        if is_named:
            response.headers["Vary"] = "Origin"
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"
        if request.method == "OPTIONS":
            headers = response.headers
            headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, DELETE, OPTIONS"
            wanted = request.headers.get("access-control-request-headers", "")
            headers["Access-Control-Allow-Headers"] = wanted or "Authorization, Content-Type"
            headers["Access-Control-Max-Age"] = PREFLIGHT_SECONDS

    app.on_response(add_headers)  # type: ignore[no-untyped-call]
