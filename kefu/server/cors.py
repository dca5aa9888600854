"""Which other origins' pages may call the server."""

from __future__ import annotations

from typing import Any

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

__all__ = ["allow_origins"]

ALL = "*"
PREFLIGHT_SECONDS = "600"


def allow_origins(app: Sanic[Any, Any], origins: tuple[str, ...], *, below: str = "/") -> None:
    """Let pages of ``origins`` read the answers of addresses ``below`` a path; none: nothing."""
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
        response.headers["Access-Control-Allow-Origin"] = ALL if allows_all else origin
        if not allows_all:
            response.headers["Vary"] = "Origin"
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"
        if request.method == "OPTIONS":
            headers = response.headers
            headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, DELETE, OPTIONS"
            wanted = request.headers.get("access-control-request-headers", "")
            headers["Access-Control-Allow-Headers"] = wanted or "Authorization, Content-Type"
            headers["Access-Control-Max-Age"] = PREFLIGHT_SECONDS

    app.on_response(add_headers)  # type: ignore[no-untyped-call]
