"""Bodies in and out: JSON by msgspec, arguments of a query."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec
from sanic.request import Request
from sanic.response import HTTPResponse

from kefu.core.nesting import TooDeep, check_depth
from kefu.errors import RequestError

__all__ = [
    "bad_request",
    "flag",
    "json_answer",
    "json_body",
    "json_object",
    "number",
    "read_body",
    "seconds",
    "whole",
]

TRUE_WORDS = frozenset({"true", "yes", "1", "y", "on"})


def json_answer(
    value: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> HTTPResponse:
    """Return ``value`` as a JSON answer."""
    body = msgspec.json.encode(value)
    return HTTPResponse(body, status, dict(headers or {}), "application/json")


def json_body(request: Request) -> Any:
    """Return the decoded body.

    Raises:
        RequestError: It is no JSON (400).
    """
    try:
        check_depth(request.body)
        return msgspec.json.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError, TooDeep) as error:
        raise RequestError(400, "BadRequest", f"The body is not valid JSON: {error}.") from error


def json_object(request: Request) -> dict[str, Any]:
    """Return the decoded body, which has to be an object; an empty body is an empty object.

    Raises:
        RequestError: It is something else (400).
    """
    if not request.body.strip():
        return {}
    body = json_body(request)
    if not isinstance(body, dict):
        raise RequestError(400, "BadRequest", "The body must be a JSON object.")
    return body


async def read_body(request: Request, max_length: int) -> None:
    """Read the body of a request whose handler takes it as a stream.

    Raises:
        PayloadTooLarge: It is longer than ``max_length`` bytes (413).
    """
    if request.stream is not None and request.stream.request_body:
        request.stream.request_max_size = max_length
        await request.receive_body()  # type: ignore[no-untyped-call]


def bad_request(message: str, parameter: str, place: str = "body") -> RequestError:
    """Return the error for a wrong parameter, naming it as Rasa does."""
    details = {"parameter": parameter, "in": place}
    return RequestError(400, "BadRequest", message, details=details)


def flag(request: Request, name: str, *, default: bool = False) -> bool:
    """Return the query parameter ``name`` as true or false."""
    word: str | None = request.args.get(name)
    return default if word is None else word.lower() in TRUE_WORDS


def number(request: Request, name: str) -> float | None:
    """Return the query parameter ``name`` as a number, None when it is none."""
    try:
        return float(request.args.get(name, ""))
    except ValueError:
        return None


def seconds(request: Request, name: str) -> float | None:
    """Return the query parameter ``name`` as seconds since the epoch; None: it was not given.

    Raises:
        RequestError: It is no number (400).
    """
    if name not in request.args:
        return None
    found = number(request, name)
    if found is None or not math.isfinite(found):
        raise bad_request(f"'{name}' must be seconds since the epoch.", name, "query")
    return found


def whole(request: Request, name: str, default: int, *, least: int = 0, most: int = 2**53) -> int:
    """Return the query parameter ``name`` as a whole number, ``most`` where it is larger.

    Raises:
        RequestError: It is no whole number, or below ``least`` (400).
    """
    text = request.args.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdecimal() or len(text) > 16 or int(text) < least:
        raise bad_request(f"'{name}' must be a whole number from {least} on.", name, "query")
    return min(int(text), most)
