"""Errors to answers, once: the only place that knows which error has which status.

The API's own errors have Rasa's shape; those below ``/api/v1``, and of attachments, are problem
details. Errors of the
HTTP layer itself (no such address, wrong method, body too long) and of channels are short: JSON for
clients that speak it, else text.
"""

from __future__ import annotations

import logging
import math
import secrets
from asyncio import CancelledError
from http import HTTPStatus
from typing import Any

from sanic.exceptions import MethodNotAllowed, NotFound, SanicException
from sanic.handlers import ErrorHandler
from sanic.request import Request
from sanic.response import HTTPResponse

from kefu.errors import (
    AttachmentRefused,
    ChannelError,
    Conflict,
    EventError,
    KefuError,
    ModelError,
    RequestError,
    SenderBlocked,
    TooMany,
    Unavailable,
)
from kefu.logs import fields
from kefu.server.answers import json_answer
from kefu.server.problems import PREFIX, log_refusal, problem_answer
from kefu.server.traffic import Traffic
from kefu.server.versions import RASA_API_VERSION

__all__ = ["ErrorAnswers"]

log = logging.getLogger(__name__)

CLIENT_GONE = 499
RETRY_AFTER_SECONDS = "1"
PROBLEM_PATHS = (PREFIX, "/attachments/")
"""Below them whatever goes wrong is answered with a problem."""
API_PREFIXES = ("/api/", "/conversations/", "/domain", "/model", "/status")

STATUS: tuple[tuple[type[KefuError], int, str], ...] = (
    (Unavailable, 503, "Unavailable"),
    (Conflict, 409, "Conflict"),
    (EventError, 400, "BadRequest"),
    (ModelError, 400, "BadRequest"),
    (KefuError, 500, "ServerError"),
)
"""Status and reason of Kefu's errors; the first that fits counts."""


class ErrorAnswers(ErrorHandler):
    """Answers requests that failed."""

    def __init__(self, traffic: Traffic, *, api_is_off: bool) -> None:
        super().__init__()
        self._traffic = traffic
        self._api_is_off = api_is_off

    def default(self, request: Request, exception: Exception | CancelledError) -> HTTPResponse:
        """Return the answer for ``exception``, and log it when it is our fault."""
        if isinstance(exception, CancelledError):  # the client has gone: nobody gets this answer
            return HTTPResponse(status=CLIENT_GONE)
        if request.method == "OPTIONS" and isinstance(exception, MethodNotAllowed):
            return HTTPResponse("", 200, content_type=None)
        if self._api_is_off and isinstance(exception, NotFound) and _is_of_the_api(request):
            exception = NotFound(f"{exception}. The HTTP API is off; --enable-api turns it on.")
        is_problem = f"{request.path}/".startswith(PROBLEM_PATHS)
        answer = problem_answer(request, exception) if is_problem else _answer(request, exception)
        self._traffic.count_error(answer.status)
        return answer


def _is_of_the_api(request: Request) -> bool:
    return request.path.startswith(API_PREFIXES)


def _answer(request: Request, exception: Exception) -> HTTPResponse:
    if isinstance(exception, RequestError):
        return _api_error(exception)
    if isinstance(exception, SanicException):
        return _http_error(request, exception)
    if isinstance(exception, TooMany):
        answer = _short_error(request, 429, str(exception), as_json=True)
        answer.headers["Retry-After"] = str(max(1, math.ceil(exception.retry_after)))
        return answer
    if isinstance(exception, ChannelError):
        status = exception.status if isinstance(exception, AttachmentRefused) else 400
        status = 403 if isinstance(exception, SenderBlocked) else status
        return _short_error(request, status, str(exception), as_json=True)
    if isinstance(exception, KefuError):
        return _kefu_error(request, exception)
    number = secrets.token_hex(4)
    log.error(
        "a request failed", extra=fields(path=request.path, number=number), exc_info=exception
    )
    message = f"An unexpected error occurred. The server's log has it under number {number}."
    return _api_error(RequestError(500, "ServerError", message))


def _kefu_error(request: Request, error: KefuError) -> HTTPResponse:
    status, reason = next((s, r) for kind, s, r in STATUS if isinstance(error, kind))
    if status >= 500:
        log_refusal(request, error, status)
    details = {"error": error.code}
    answer = _api_error(RequestError(status, reason, str(error), details=details))
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return answer


def _api_error(error: RequestError) -> HTTPResponse:
    body: dict[str, Any] = {
        "version": RASA_API_VERSION,
        "status": "failure",
        "message": str(error),
        "reason": error.reason,
        "details": error.details,
        "help": error.help_url,
        "code": error.status,
    }
    return json_answer(body, error.status)


def _http_error(request: Request, error: SanicException) -> HTTPResponse:
    status = error.status_code
    message = str(error) if error.quiet is not False or status < 500 else ""
    answer = _short_error(request, status, message, as_json=_speaks_json(request))
    for name, value in (error.headers or {}).items():
        answer.headers[name] = value
    return answer


def _short_error(request: Request, status: int, message: str, *, as_json: bool) -> HTTPResponse:
    description = HTTPStatus(status).phrase
    if as_json:
        body = {"description": description, "status": status, "message": message}
        return json_answer(body, status)
    if request.method == "HEAD":
        return HTTPResponse("", status, content_type="text/plain; charset=utf-8")
    title = f"⚠️ {status} — {description}"
    text = f"{title}\n{'=' * len(title)}\n{message}\n\n"
    return HTTPResponse(text, status, content_type="text/plain; charset=utf-8")


def _speaks_json(request: Request) -> bool:
    headers = request.headers
    return "json" in headers.get("accept", "") or "json" in headers.get("content-type", "")
