"""Who may call the HTTP API: whoever shows the token."""

from __future__ import annotations

import hmac

from sanic.request import Request

from kefu.errors import RequestError

__all__ = ["HELP_URL", "require_token", "shown_token"]

HELP_URL = "https://rasa.com/docs/rasa/user-guide/configuring-http-api/#security-considerations"
"""Where Rasa explains its API's tokens, which work the same here; its clients know the address."""

BEARER = "bearer "


def require_token(request: Request, token: str | None) -> None:
    """Check that ``request`` shows ``token``, as ``?token=`` or ``Authorization: Bearer``.

    Raises:
        RequestError: It does not (401). Nothing is raised when ``token`` is None.
    """
    if token is None or _is_same(shown_token(request), token):
        return
    raise RequestError(401, "NotAuthenticated", "User is not authenticated.", help_url=HELP_URL)


def shown_token(request: Request) -> str | None:
    """Return the token that ``request`` shows, right or wrong; None: none."""
    header = request.headers.get("authorization", "")
    if header[: len(BEARER)].lower() == BEARER:
        return header[len(BEARER) :].strip()
    shown: str | None = request.args.get("token")
    return shown


def _is_same(shown: str | None, token: str) -> bool:
    if shown is None:
        return False
    return hmac.compare_digest(shown.encode("utf-8", "replace"), token.encode("utf-8", "replace"))
