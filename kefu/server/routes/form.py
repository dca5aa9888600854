"""What a route takes and gives, as types: bodies are decoded by them, OpenAPI describes them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar

import msgspec
from sanic.request import Request

from kefu.core.nesting import TooDeep, check_depth
from kefu.errors import RequestError
from kefu.server.answers import bad_request, whole

__all__ = [
    "PAGING",
    "Form",
    "Page",
    "as_cursor",
    "as_time",
    "body_as",
    "cursor_of",
    "limit_of",
    "paged",
]

T = TypeVar("T")

_DEFAULT_LIMIT: Final = 50
_MAX_LIMIT: Final = 200
_JSON: Final = "application/json"

PAGING: Final = {
    "cursor": "`next` of the page before",
    "limit": f"how many at most; default {_DEFAULT_LIMIT}, most {_MAX_LIMIT}",
}
"""Query parameters of every list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What goes in and what comes out of a route."""

    body: Any = None
    """Type of the JSON body; None: there is none."""
    query: Mapping[str, str] = field(default_factory=dict)
    """Query parameter -> what it means."""
    answer: Any = None
    """Type of the JSON answer; None: some JSON object, or nothing with status 204."""
    status: int = 200
    """Of the answer when all is well."""
    body_type: str = _JSON
    """Content type of the body."""
    answer_type: str = _JSON
    """Content type of the answer."""


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A part of a list."""

    items: list[T]
    next: str | None = None
    """Ask for it as ``?cursor=``; null: that was all."""


def body_as(request: Request, kind: type[T]) -> T:
    """Return the body as ``kind``.

    Raises:
        RequestError: It is no JSON (400, 415), or not of that kind (400), with the place of what
            is wrong in ``details.pointer``.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
        raise RequestError(415, "UnsupportedMediaType", f"The body must be {_JSON}.")
    try:
        check_depth(request.body)
        return msgspec.json.decode(request.body, type=kind)
    except msgspec.ValidationError as error:
        text, _, place = str(error).partition(" - at `$")
        details = {
            "pointer": place.rstrip("`").replace("[", ".").replace("]", "").replace(".", "/")
        }
        raise RequestError(400, "BadRequest", f"{text}.", details=details) from error
    except (msgspec.DecodeError, UnicodeDecodeError, TooDeep) as error:
        raise RequestError(400, "BadRequest", f"The body is not valid JSON: {error}.") from error


def limit_of(request: Request) -> int:
    """Return how many items are asked for.

    Raises:
        RequestError: It is no number above 0 (400).
    """
    return whole(request, "limit", _DEFAULT_LIMIT, least=1, most=_MAX_LIMIT)


def cursor_of(request: Request) -> str | None:
    """Return the place behind which the page begins; None: at the beginning.

    Raises:
        RequestError: It is no cursor (400).
    """
    text: str | None = request.args.get("cursor")
    if not text:
        return None
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise bad_request("'cursor' must be 'next' of a page.", "cursor", "query") from error


def paged(
    request: Request, everything: Sequence[T], place: Callable[[T], str], shown: Callable[[T], Any]
) -> Page[Any]:
    """Return the page of a list, sorted by ``place``, that is asked for.

    Args:
        request: Says which page.
        everything: The whole list.
        place: Gives what the list is sorted by, different for each item.
        shown: Gives what is shown of an item.
    """
    behind, limit = cursor_of(request), limit_of(request)
    rest = [item for item in everything if behind is None or place(item) > behind]
    following = as_cursor(place(rest[limit - 1])) if len(rest) > limit else None
    return Page(items=[shown(item) for item in rest[:limit]], next=following)


def as_cursor(place: str) -> str:
    """Return a place in a list as a cursor."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def as_time(seconds: float) -> datetime:
    """Return a time as it is shown."""
    return datetime.fromtimestamp(seconds, tz=UTC)
