"""Errors of ``/api/v1`` as problem details (RFC 9457)."""

from __future__ import annotations

import logging
import math
import re
import secrets
from http import HTTPStatus
from typing import Any, Final

from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse

from kefu.errors import (
    AttachmentRefused,
    ChannelError,
    Conflict,
    DeskError,
    EventError,
    KefuError,
    ModelError,
    RequestError,
    SenderBlocked,
    StaffError,
    TooMany,
    Unavailable,
)
from kefu.logs import Seldom, fields
from kefu.server.answers import json_answer

__all__ = ["CONTENT_TYPE", "PREFIX", "SAFE_HEADERS", "log_refusal", "problem_answer"]

log = logging.getLogger(__name__)

PREFIX: Final = "/api/v1/"
"""Below it, whatever goes wrong is answered with a problem."""
SAFE_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""Of every answer below it."""
CONTENT_TYPE: Final = "application/problem+json"

_KINDS: Final[tuple[tuple[type[KefuError], int, str], ...]] = (
    (Unavailable, 503, "unavailable"),
    (Conflict, 409, "conflict"),
    (EventError, 400, "bad-request"),
    (ModelError, 400, "bad-request"),
    (TooMany, 429, "too-many"),
    (SenderBlocked, 403, "forbidden"),
    (ChannelError, 400, "bad-request"),
    (KefuError, 500, "server-error"),
)
"""Status and problem of Kefu's errors; the first that fits counts."""
_RETRY_AFTER: Final = "1"
_refusals = Seldom()


def problem_answer(request: Request, exception: Exception) -> HTTPResponse:
    """Return the answer for ``exception``, and log it when it is our fault."""
    if isinstance(exception, SanicException):
        return _of_http(request, exception)
    if isinstance(exception, KefuError):
        return _of_kefu(request, exception)
    number = secrets.token_hex(4)
    where = fields(path=request.path, number=number)
    log.error("a request failed", extra=where, exc_info=exception)
    text = f"An unexpected error occurred. The server's log has it under number {number}."
    return _answer(request, 500, "server-error", text)


def log_refusal(request: Request, error: KefuError, status: int) -> None:
    """Log what could not be done for a fault of ours; refusals under load now and then only."""
    if status != HTTPStatus.SERVICE_UNAVAILABLE:
        log.error("a request could not be carried out: %s", error, extra=fields(path=request.path))
        return
    more = _refusals.again()
    if more is not None:
        where = fields(path=request.path, more_like_it=more)
        log.warning("requests are refused: %s", error, extra=where)


def _of_request(request: Request, error: RequestError) -> HTTPResponse:
    more: dict[str, Any] = {"reason": error.reason, "details": error.details}
    return _answer(request, error.status, _slug(error.reason), str(error), more)


def _of_kefu(request: Request, error: KefuError) -> HTTPResponse:
    match error:
        case StaffError():
            return _answer(request, error.status, error.problem, str(error), _told(error.details))
        case DeskError():
            pointer = {"pointer": f"/{error.field}"} if error.field else {}
            more = _told({**error.details, **pointer})
            return _answer(request, error.status, error.problem, str(error), more)
        case RequestError():
            return _of_request(request, error)
        case AttachmentRefused():
            more = _told(error.details)
            return _answer(request, error.status, "attachment-refused", str(error), more)
        case _:
            pass
    status, problem = next((s, p) for kind, s, p in _KINDS if isinstance(error, kind))
    if status >= 500:
        log_refusal(request, error, status)
    answer = _answer(request, status, problem, str(error), {"details": {"error": error.code}})
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(math.ceil(error.retry_after))
    elif status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = _RETRY_AFTER
    return answer


def _told(details: dict[str, Any]) -> dict[str, Any] | None:
    return {"details": details} if details else None


def _of_http(request: Request, error: SanicException) -> HTTPResponse:
    status = error.status_code
    text = str(error) if error.quiet is not False or status < 500 else ""
    answer = _answer(request, status, _slug(HTTPStatus(status).phrase), text)
    for name, value in (error.headers or {}).items():
        answer.headers[name] = value
    return answer


def _answer(
    request: Request, status: int, problem: str, text: str, more: dict[str, Any] | None = None
) -> HTTPResponse:
    body = {
        "type": f"urn:kefu:problem:{problem}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": text,
        "instance": request.path,
        **(more or {}),
    }
    answer = json_answer(body, status, SAFE_HEADERS)
    answer.content_type = CONTENT_TYPE
    return answer


def _slug(name: str) -> str:
    """Return ``NotFound``, or ``Not Found``, as ``not-found``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|\s+", "-", name).lower()
