"""What is kept of a customer's visits to pages, within limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from kefu.customers.records import Visit, VisitBody, VisitEvent
from kefu.errors import CustomerError

__all__ = ["MAX_VISITS", "began", "happened", "tracked", "visit_as_json"]

MAX_VISITS: Final = 100
"""Newest visits kept of a customer's conversation."""

_MAX_URL = 2000
_MAX_TITLE = 300
_MAX_EVENTS = 50
_MAX_EVENT_NAME = 64
_MAX_DATA = 2000

_encode = msgspec.json.Encoder().encode


def began(
    visit_id: str,
    conversation_id: str,
    *,
    url: str,
    title: str | None,
    referrer: str | None,
    now: float,
) -> Visit:
    """Return a visit that begins now.

    Raises:
        CustomerError: ``url`` is no address of a web page.
    """
    body = VisitBody(
        url=_address(url),
        title=None if title is None else title[:_MAX_TITLE],
        referrer=_referrer(referrer),
    )
    return Visit(
        visit_id=visit_id, conversation_id=conversation_id, body=body, begun_at=now, seen_at=now
    )


def happened(event: str, data: Mapping[str, Any], *, now: float) -> VisitEvent:
    """Return something that happened on a page just now.

    Raises:
        CustomerError: The event has no name, or too much data.
    """
    if not 0 < len(event) <= _MAX_EVENT_NAME:
        raise CustomerError(f"an event's name has 1 to {_MAX_EVENT_NAME} characters")
    try:
        length = len(_encode(data))
    except (TypeError, ValueError) as error:
        raise CustomerError(f"the data of event {event!r} is no JSON") from error
    if length > _MAX_DATA:
        raise CustomerError(f"the data of event {event!r} is longer than {_MAX_DATA} bytes")
    return VisitEvent(event=event, at=now, data=dict(data))


def tracked(body: VisitBody, event: VisitEvent) -> VisitBody:
    """Return a visit with one event more; the oldest are dropped above the limit."""
    events = (*body.events, event)
    return msgspec.structs.replace(body, events=events[-_MAX_EVENTS:])


def visit_as_json(visit: Visit) -> dict[str, Any]:
    """Return a visit as the HTTP API shows it; times in seconds since the Unix epoch."""
    body: dict[str, Any] = msgspec.to_builtins(visit.body)
    return {
        "visit_id": visit.visit_id,
        "begun_at": visit.begun_at,
        "seen_at": visit.seen_at,
        "duration": max(0.0, visit.seen_at - visit.begun_at),
        **body,
    }


def _address(url: str) -> str:
    """Return an address without user, password and fragment, which may hold secrets."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise CustomerError("a visit needs the address of a page") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise CustomerError("a visit needs the address of a page, with http:// or https://")
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, fragment="").geturl()[:_MAX_URL]


def _referrer(referrer: str | None) -> str | None:
    if not referrer:
        return None
    try:
        return _address(referrer)
    except CustomerError:
        return None
